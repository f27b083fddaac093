import { expectOwnIds } from './cases';
import type { Cases } from './cases';
import { QUICK, itInFull } from '../breadth';

const REQUESTS = QUICK ? 60 : 200;

const GRPC = {
  unary: ['server got', 'answered'],
  refused: ['server got', 'refused'],
  'server stream': ['server got', 'metadata', 'data', 'end'],
  'client stream': ['server got', 'answered'],
  'both ways': ['server got', 'metadata', 'data', 'end'],
  'nobody there': ['failed'],
} satisfies Cases;
const WRAPPER: Cases = { request: ['server got', 'finish', 'response', 'data', 'end'] };
const GOT: Cases = { get: ['server got', 'answered'] };
const UNDICI: Cases = { request: ['server got', 'data', 'end', 'answered'] };
const CLIENTS: Record<string, Cases> = { grpc: GRPC, 'grpc-1.9': GRPC, 'grpc-1.3': GRPC, 'http2-wrapper': WRAPPER, 'http2-wrapper1': WRAPPER, got: GOT, got11: GOT, undici6: UNDICI, undici7: UNDICI };
const MAJOR = Number.parseInt(process.versions.node, 10);
// undici 8 needs Node 22.
if (MAJOR >= 22) CLIENTS['undici8'] = UNDICI;
const MANY: Record<string, Cases> = { grpc: { unary: GRPC.unary, 'both ways': GRPC['both ways'] } };
// Node 20's http2 server corrupts its memory when this many sessions end, even without the preload.
if (MAJOR >= 22) MANY['got'] = GOT;

describe('a client that queues for its only http2 session, which is renewed', function () {
  this.timeout(120_000);
  for (const [name, cases] of Object.entries(CLIENTS)) {
    (['http2-wrapper', 'got', 'undici7'].includes(name) ? it : itInFull)(`${name} sends and receives under the ID of its own request, ${REQUESTS} at a time`, async () => {
      await expectOwnIds('http2', name, cases, { requests: REQUESTS });
    });
  }

  for (const [name, cases] of Object.entries(MANY)) {
    itInFull(`${name} does so 2,000 at a time`, async () => {
      await expectOwnIds('http2', name, cases, { requests: 2000 });
    });
  }

  itInFull('grpc does so in trace mode', async () => {
    await expectOwnIds('http2', 'grpc', GRPC, { requests: 200, env: { CORR_MODE: 'trace' } });
  });
});
