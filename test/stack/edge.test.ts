import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { needs } from './debian';
import type { Package } from './debian';
import { Program, freePort, until } from './program';
import { describeInFull } from '../breadth';

interface Edge {
  name: string;
  packages: Package[];
  program: string;
  args: string[];
  /** File of the access log; default standard output. */
  log?: string;
}

const EDGES: Edge[] = [
  { name: 'nginx', packages: ['nginx'], program: 'nginx', args: ['-e', 'stderr', '-c', 'nginx.conf'], log: 'access.log' },
  { name: 'nginx-lua', packages: ['nginx', 'libnginx-mod-http-lua'], program: 'nginx', args: ['-e', 'stderr', '-c', 'nginx.conf'], log: 'access.log' },
  { name: 'haproxy', packages: ['haproxy'], program: 'haproxy', args: ['-f', 'haproxy.cfg'] },
  { name: 'caddy', packages: ['caddy'], program: 'caddy', args: ['run', '--config', 'Caddyfile'] },
];

const ACCEPTABLE = /^[A-Za-z0-9._~:/+=@#-]{1,128}$/;
const KEPT = [
  'client-1',
  '018f3c1e-5d1c-7b0a-9c1d-2f6a7b8c9d0e',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '4bf92f3577b34da6a3ce929d0e0e4736',
  'dGhlIHdob2xlIHJvYWQ+/==',
  'Az09._~:/+=@#-',
  '7',
  'm'.repeat(128),
];
const HOSTILE = [
  'o'.repeat(129),
  'o'.repeat(4000),
  'two words',
  'semi;colon',
  '"quoted"',
  'back\\slash',
  'tab\there',
  '<script>',
  'caf\u00e9',
  '%0d%0aSet-Cookie:evil',
  '$request_uri',
  '{http.request.uri}',
  '${jndi:ldap}',
  'it\'s',
  'line{}',
  ',second',
  'bad one,second',
];

interface Answer {
  status: number | undefined;
  /** Every Correlation-Id line of the request, as the service received it. */
  received: string[];
  /** Every Correlation-Id line of the response. */
  ids: string[];
  headers: http.IncomingHttpHeaders;
}

for (const { name, packages, program, args, log } of EDGES) {
  (name === 'nginx' ? describe : describeInFull)(`edge: ${name}`, () => {
    /** Every Correlation-Id line of each request that the service received, by path. */
    const received = new Map<string, string[]>();
    /** The baggage of each request that the service received. */
    const passed: unknown[] = [];
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    const service = http.createServer((request, response) => {
      received.set(request.url as string, idsOf(request.rawHeaders));
      passed.push(request.headers['baggage']);
      // As a service with the preload does.
      if (request.url?.startsWith('/silent') !== true) response.setHeader('Correlation-Id', request.headers['correlation-id'] as string);
      response.setHeader('X-Own', 'kept');
      response.statusCode = request.url?.startsWith('/missing') === true ? 404 : 200;
      response.end('answer');
    });
    let edge: Program | undefined;
    let port = 0;
    let count = 0;

    const ask = async (headers: http.OutgoingHttpHeaders, route = 'ask'): Promise<Answer> => {
      const path = `/${route}/${++count}`;
      const request = http.get({ port, host: '127.0.0.1', path, headers, agent });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      response.resume();
      await once(response, 'end');
      return { status: response.statusCode, ids: idsOf(response.rawHeaders), headers: response.headers, received: received.get(path) ?? [] };
    };

    const logged = async (id: string): Promise<void> => {
      await until(`${id} in the access log`, () => (edge as Program).log(log).includes(id));
    };

    before(async function () {
      needs(this, ...packages);
      service.listen(0, '127.0.0.1');
      await once(service, 'listening');
      port = await freePort();
      edge = new Program(program, name.startsWith('nginx') ? ['-p', '.', ...args] : args, path.join(__dirname, '../../examples/edge', name), {
        8080: port,
        3000: (service.address() as AddressInfo).port,
      });
      await edge.listening(port);
    });

    after(async () => {
      agent.destroy();
      await edge?.stop();
      service.close();
      service.closeAllConnections();
    });

    it('passes an acceptable ID on unaltered, returns it once and logs it', async () => {
      for (const id of KEPT) {
        const answer = await ask({ 'Correlation-Id': id });
        expect(answer.received, id).to.deep.equal([id]);
        expect(answer.ids, id).to.deep.equal([id]);
        await logged(id);
      }
    });

    it('passes baggage on, and the number of a hop in it', async () => {
      const baggage = 'user=7,correlation.id=client-1,correlation.hop=k3f9.2..abcd';
      await ask({ 'Correlation-Id': 'client-1', Baggage: baggage });
      expect(passed.at(-1)).to.equal(baggage);
    });

    it('creates an ID for each request without one', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask({})));
      for (const { received: sent, ids } of answers) {
        expect(sent).to.have.length(1);
        expect(sent[0]).to.match(ACCEPTABLE).and.have.length.within(32, 36);
        expect(ids).to.deep.equal(sent);
        await logged(sent[0] as string);
      }
      expect(new Set(answers.map(({ ids }) => ids[0])).size).to.equal(20);
    });

    it('replaces an unacceptable ID, which is neither passed on, returned nor logged', async () => {
      for (const id of ['', ...HOSTILE]) {
        const answer = await ask({ 'Correlation-Id': id });
        expect(answer.status, id).to.equal(200);
        expect(answer.received, id).to.have.length(1);
        expect(answer.received[0], id).to.match(ACCEPTABLE).and.have.length.within(32, 36);
        expect(answer.ids, id).to.deep.equal(answer.received);
        await logged(answer.ids[0] as string);
      }
      for (const id of HOSTILE) expect((edge as Program).log(log)).not.to.include(id);
    });

    it('takes the first value of a header that was sent twice, or a new ID if that is unacceptable', async () => {
      const twice = await ask({ 'Correlation-Id': ['first-1', 'second-1'] });
      expect(twice.received).to.deep.equal(['first-1']);
      expect(twice.ids).to.deep.equal(['first-1']);
      const list = await ask({ 'Correlation-Id': 'first-2,second-2' });
      expect(list.received).to.deep.equal(['first-2']);
      expect(list.ids).to.deep.equal(['first-2']);
      const bad = await ask({ 'Correlation-Id': ['bad one', 'second-3'] });
      expect(bad.received).to.have.length(1);
      expect(bad.received[0]).to.match(ACCEPTABLE).and.not.equal('second-3');
      expect(bad.ids).to.deep.equal(bad.received);
    });

    it('returns the ID for a service that does not, and keeps the rest of its response', async () => {
      const answer = await ask({ 'Correlation-Id': 'silent-1' }, 'silent');
      expect(answer.ids).to.deep.equal(['silent-1']);
      expect(answer.headers['x-own']).to.equal('kept');
      const missing = await ask({ 'Correlation-Id': 'missing-1' }, 'missing');
      expect(missing).to.include({ status: 404 }).and.to.have.property('ids').deep.equal(['missing-1']);
    });

    it('writes its access log as JSON, one line for each request', async () => {
      const { ids: [id] } = await ask({}, 'one');
      await logged(id as string);
      const lines = (edge as Program).log(log).split('\n').filter((line) => line.includes(id as string));
      expect(lines).to.have.length(1);
      const line = JSON.parse(lines[0] as string) as { correlation_id?: string; resp_headers?: Record<string, string[]> };
      expect(line.correlation_id ?? line.resp_headers?.['Correlation-Id']?.join()).to.equal(id);
    });

    if (name === 'nginx-lua') {
      it('takes an ID from an alias, and from a service that sends only W3C baggage', async () => {
        expect((await ask({ 'X-Request-Id': 'alias-1' })).received).to.deep.equal(['alias-1']);
        expect((await ask({ 'X-Request-Id': 'bad one', 'X-Correlation-Id': 'alias-2' })).received).to.deep.equal(['alias-2']);
        expect((await ask({ baggage: 'tenant=7, correlation.id=bag%2Bged-1;p=1,x=y' })).received).to.deep.equal(['bag+ged-1']);
        expect((await ask({ 'Correlation-Id': 'own-1', 'X-Request-Id': 'alias-3', baggage: 'correlation.id=bag-3' })).received).to.deep.equal(['own-1']);
        expect((await ask({ baggage: 'correlation.id=bad%20one' })).ids[0]).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      });
    }

    it('returns and logs the ID with its own response if no service is reachable', async () => {
      service.close();
      service.closeAllConnections();
      agent.destroy(); // if a service is lost, haproxy closes the client's kept connection
      const answer = await ask({ 'Correlation-Id': 'gone-1' });
      expect(answer.status).to.be.within(502, 503);
      expect(answer.ids).to.deep.equal(['gone-1']);
      await logged('gone-1');
    });
  });
}

function idsOf(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'correlation-id');
}
