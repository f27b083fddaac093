import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { listRequests, openSources } from '../../src/read';
import { parseLine } from '../../src/read/formats/line';
import { tell } from '../../src/tell/tell';

const record = (grpcStatus: unknown, space = ''): string =>
  JSON.stringify({ level: 40, time: 1_795_468_800_000, correlation_id: `grpc-${String(grpcStatus)}`, hop: 'k3f9', req: { method: 'POST', url: '/shop.Payment/Charge' }, res: { statusCode: 200, grpcStatus }, start: 1_795_468_799_900.5, responseTime: 99.5, msg: 'request completed' }).replaceAll('":', `":${space}`);
const FAULTS = [2, 4, 12, 13, 14, 15];

describe('a gRPC request that was answered with 200', () => {
  for (const [name, space] of [['as pino writes it', ''], ['as Python writes it', ' ']] as const) {
    it(`is listed as failed by its own status (${name})`, async () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'corr-story-grpc-'));
      try {
        writeFileSync(path.join(folder, 'payment.log'), Array.from({ length: 17 }, (_, status) => `${record(status, space)}\n`).join(''));
        const sources = openSources([folder]);
        const { requests } = await listRequests({ failed: true }, sources, { threads: 1 });
        sources.close();
        expect(requests.map(({ grpcStatus }) => grpcStatus)).to.have.members(FAULTS);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  it('has failed if the status means the same as a 5xx, and nothing but one of the 17 numbers counts', () => {
    const hopOf = (status: unknown): object | undefined => tell('x', parseLine(record(status).replace(/grpc-[^"]*/, 'x'), 'payment.log')).hops[0];
    for (let status = 0; status <= 16; status++) expect(hopOf(status)).to.deep.include({ grpcStatus: status, failed: FAULTS.includes(status) });
    for (const status of [-1, 17, 4.5, 'UNAVAILABLE', null, [14], 1e300]) expect(hopOf(status), String(status)).to.include({ failed: false }).and.not.have.property('grpcStatus');
  });
});
