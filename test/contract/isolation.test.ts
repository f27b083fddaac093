import { expect } from 'chai';
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { App } from '../app';
import type { Line } from '../app';
import { Wire, head } from '../wire';
import { CORE, QUICK } from '../breadth';
import { Random } from '../random';

const REQUESTS = QUICK ? 320 : CORE ? 500 : 2000; // fewer in each cell of the version matrix
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** The ID that a client sends: its own, none, or an unacceptable one. */
const sent = (t: string, choice: number): string | undefined => [`id-${t}`, undefined, `bad id ${t}`][choice];

/** Lines of services with a wrong ID: each line must have the ID that `idOf` gives for its request. */
function crossTalk(lines: Line[], idOf: Map<string, string>): Line[] {
  return lines.filter(({ t, correlation_id: id, seen }) => id !== idOf.get(t as string) || (seen !== undefined && seen !== id));
}

/** The IDs of requests by token: the echoed one, or, for a client that saw no echo, the one on the request's first line. */
function completed(idOf: Map<string, string>, lines: Line[]): Map<string, string> {
  for (const { t, correlation_id: id } of lines) if (!idOf.has(t as string)) idOf.set(t as string, id as string);
  return idOf;
}

/** Lines written for a request; other lines concern the server or, for a socket error, a connection. */
const requestLines = ({ lines }: App): Line[] => lines.filter((line) => 't' in line);

describe('isolation', function () {
  this.timeout(60_000);
  const seed = Number(process.env['TEST_CORR_SEED'] ?? Date.now() % 1_000_000);

  it(`puts its own request's ID on every line of three services, ${REQUESTS} requests at a time (TEST_CORR_SEED=${seed})`, async () => {
    const random = new Random(seed);
    const stock = App.start('servers/hops/stock.cjs');
    const orders = App.start('servers/hops/orders.mjs', { preload: 'import', env: { NEXT_PORT: String(await stock.port()) } });
    const gateway = App.start('servers/hops/gateway.cjs', { env: { NEXT_PORT: String(await orders.port()) } });
    const services = [gateway, orders, stock];
    const agent = new http.Agent({ keepAlive: true, maxSockets: 500 });
    const idOf = new Map<string, string>();
    const left: string[] = [];
    const answered: string[] = [];

    const request = async (t: string): Promise<void> => {
      const plan = {
        t,
        delays: [random.below(20), random.below(20), random.below(20)],
        retries: random.below(4) === 0 ? 1 + random.below(2) : 0,
        aborts: [undefined, undefined, undefined, 'gateway', 'orders'][random.below(5)],
        after: random.below(30),
        clientLeaves: random.below(10) === 0,
      };
      const id = sent(t, random.below(3));
      const body = random.below(4) === 0 ? 'x'.repeat(1 + random.below(100_000)) : undefined;
      const outgoing = http.request({
        agent,
        host: '127.0.0.1',
        port,
        path: `/?${new URLSearchParams({ plan: JSON.stringify(plan) }).toString()}`,
        method: body === undefined ? 'GET' : 'POST',
        headers: id === undefined ? {} : { 'Correlation-Id': id },
      });
      outgoing.end(body);
      const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
      const echoed = response.headers['correlation-id'] as string;
      idOf.set(t, echoed);
      if (id === `id-${t}`) expect(echoed).to.equal(id);
      else expect(echoed).to.match(UUID);
      if (plan.clientLeaves) {
        outgoing.destroy();
        left.push(t);
        return;
      }
      expect(await text(response)).to.equal(t);
      expect(response.statusCode).to.equal(200);
      answered.push(t);
    };

    const port = await gateway.port();
    try {
      await Promise.all(Array.from({ length: REQUESTS }, (_, i) => request(`r${i}`)));
      agent.destroy();
      // Each service ends by itself when its requests are done; all its lines have been written then.
      for (const service of services) expect(await service.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
    } finally {
      agent.destroy();
      await Promise.all(services.map((service) => service.stop()));
    }

    expect(idOf).to.have.property('size', REQUESTS);
    expect(new Set(idOf.values())).to.have.property('size', REQUESTS);
    for (const service of services) expect(crossTalk(requestLines(service), idOf)).to.deep.equal([]);

    // The events behind the lines must have happened: without traffic, isolation proves nothing.
    const written = (service: App, msg: string): Set<unknown> => new Set(service.lines.filter((line) => line.msg === msg).map((line) => line['t']));
    expect(written(gateway, 'close')).to.have.property('size', REQUESTS);
    for (const service of services) expect(written(service, 'close')).to.include.all.keys(answered);
    expect(left.length).to.be.greaterThan(REQUESTS / 50);
    for (const service of [gateway, orders]) expect(written(service, 'failed').size).to.be.greaterThan(REQUESTS / 50);
  });

  it(`puts its own request's ID on every line when ${REQUESTS} requests are pipelined (TEST_CORR_SEED=${seed})`, async () => {
    const random = new Random(seed);
    const app = App.start('servers/listeners.cjs');
    const connections = 40;
    const idOf = new Map<string, string>();
    try {
      const port = await app.port();
      await Promise.all(
        Array.from({ length: connections }, async (_, c) => {
          const asked = Array.from({ length: REQUESTS / connections }, (_, i) => ({ t: `c${c}r${i}`, delay: random.below(10), choice: random.below(3) }));
          const requests = asked.map(({ t, delay, choice }) => {
            const id = sent(t, choice);
            return head('GET', `/?t=${t}&delay=${delay}`, id ?? '');
          });
          const leaves = random.below(8) === 0;
          const wire = await Wire.open(port);
          wire.socket.setNoDelay(true);
          // In pieces of any size, which begin and end in the middle of a request.
          for (let rest = requests.join(''); rest !== ''; ) {
            const size = 1 + random.below(2000);
            wire.write(rest.slice(0, size));
            rest = rest.slice(size);
            await new Promise(setImmediate);
          }
          const last = asked[leaves ? random.below(asked.length - 1) : asked.length - 1] as (typeof asked)[number];
          const received = await wire.until(`${last.t};`);
          wire.socket.destroy();
          const echoed = [...received.matchAll(/^Correlation-Id: (.*)\r\n[^]*?(c\d+r\d+);/gm)];
          for (const [i, { t, choice }] of asked.slice(0, echoed.length).entries()) {
            const [, id, body] = echoed[i] as unknown as [string, string, string];
            expect(body).to.equal(t);
            if (choice === 0) expect(id).to.equal(`id-${t}`);
            else expect(id).to.match(UUID);
            idOf.set(t, id);
          }
          if (!leaves) expect(echoed).to.have.lengthOf(asked.length);
        }),
      );
      expect(await app.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
    } finally {
      await app.stop();
    }
    const lines = requestLines(app);
    expect(crossTalk(lines, completed(idOf, lines))).to.deep.equal([]);
    expect(idOf.size).to.be.greaterThan(REQUESTS * 0.8);
    expect(new Set(idOf.values())).to.have.property('size', idOf.size);
    expect(lines.filter((line) => line.msg === 'response finish').length).to.be.greaterThan(REQUESTS / 2);
  });
});
