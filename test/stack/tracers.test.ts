import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { describeInFull } from '../breadth';

const HERE = path.join(__dirname, '../../test-tracers');
const PRELOAD = path.join(__dirname, '../../packages/auto-register/dist/register.js');
const TLS = path.join(__dirname, '../fixtures/tls');
const INBOUND = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'user=7', 'correlation-id': 'client-1' };

type Fields = [name: string, value: string][];
interface Asked { url: string; fields: Fields }
interface Servers { upstream: string; intake: string; secure: string }

/** How each agent is started, and how it is given the address of its intake. */
const TRACERS: Record<string, { args: string[]; env: (servers: Servers) => Record<string, string> }> = {
  'dd-trace': { args: ['-r', 'dd-trace/init'], env: ({ intake }) => ({ DD_TRACE_AGENT_URL: intake, DD_SERVICE: 'shop', DD_REMOTE_CONFIGURATION_ENABLED: 'false', DD_TRACE_STARTUP_LOGS: 'false' }) },
  'newrelic': {
    args: ['-r', 'newrelic'],
    env: ({ secure }) => ({ NEW_RELIC_APP_NAME: 'shop', NEW_RELIC_LICENSE_KEY: '0'.repeat(40), NEW_RELIC_HOST: 'localhost', NEW_RELIC_PORT: new URL(secure).port, NEW_RELIC_LOG_ENABLED: 'false', NEW_RELIC_NO_CONFIG_FILE: 'true', NEW_RELIC_UTILIZATION_DETECT_AWS: 'false', NEW_RELIC_UTILIZATION_DETECT_AZURE: 'false', NEW_RELIC_UTILIZATION_DETECT_GCP: 'false' }),
  },
  'elastic-apm-node': { args: ['-r', 'elastic-apm-node/start'], env: ({ intake }) => ({ ELASTIC_APM_SERVER_URL: intake, ELASTIC_APM_SERVICE_NAME: 'shop', ELASTIC_APM_LOG_LEVEL: 'off', ELASTIC_APM_CLOUD_PROVIDER: 'none' }) },
  '@sentry/node': { args: ['-r', path.join(HERE, 'sentry.cjs')], env: ({ intake }) => ({ SENTRY_DSN: `${intake.replace('//', '//key@')}/1` }) },
  '@sentry/node without its OpenTelemetry': { args: ['-r', path.join(HERE, 'sentry.cjs')], env: ({ intake }) => ({ SENTRY_DSN: `${intake.replace('//', '//key@')}/1`, SENTRY_SKIP: 'true' }) },
};

interface Seen { calls: Map<string, Fields>; intake: Asked[]; lines: { correlation_id?: string; msg: string }[]; returned: string | undefined; stderr: string }

/** The answers of New Relic's collector to a connecting agent. */
function collected(url: string, port: number): object {
  const method = new URL(url, 'http://intake').searchParams.get('method');
  if (method === 'preconnect') return { return_value: { redirect_host: `localhost:${port}` } };
  if (method === 'connect') return { return_value: { agent_run_id: 1, account_id: '1', primary_application_id: '2', trusted_account_key: '1', messages: [], collect_traces: true } };
  return { return_value: method === null ? {} : [] };
}

async function observe(name: string, nodeArgs: (tracer: string[]) => string[], env: Record<string, string> = {}): Promise<Seen> {
  const tracer = TRACERS[name] as (typeof TRACERS)[string];
  const calls = new Map<string, Fields>();
  const intake: Asked[] = [];
  const fieldsOf = ({ rawHeaders }: http.IncomingMessage): Fields => rawHeaders.flatMap((field, i) => (i % 2 === 0 ? [[field.toLowerCase(), rawHeaders[i + 1] as string] as [string, string]] : []));
  const take = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    intake.push({ url: request.url as string, fields: fieldsOf(request) });
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(collected(request.url as string, (secure.address() as AddressInfo).port)));
    });
  };
  const upstream = http.createServer((request, response) => {
    calls.set((request.url as string).slice(1), fieldsOf(request));
    response.end();
  });
  const plain = http.createServer(take);
  const secure = https.createServer({ key: readFileSync(path.join(TLS, 'key.pem')), cert: readFileSync(path.join(TLS, 'cert.pem')) }, take);
  const [at, intakeAt, secureAt] = await Promise.all([upstream, plain, secure].map(async (server) => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }));
  const app = fork(path.join(HERE, 'app.cjs'), [at as string], {
    cwd: HERE,
    execArgv: nodeArgs(tracer.args),
    silent: true,
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', NODE_EXTRA_CA_CERTS: path.join(TLS, 'cert.pem'), ...tracer.env({ upstream: at as string, intake: intakeAt as string, secure: secureAt as string }), ...env },
  });
  const lines: Seen['lines'] = [];
  let text = '';
  let stderr = '';
  app.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  app.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  try {
    const [port] = (await once(app, 'message')) as [number];
    // New Relic traces only after its collector has answered.
    while (name === 'newrelic' && !intake.some(({ url }) => url.includes('method=agent_settings') || url.includes('method=connect'))) await new Promise((resolve) => secure.once('request', resolve));
    let returned: string | undefined;
    for (let i = 0; i < (name === 'newrelic' ? 10 : 1); i++) {
      const [response] = (await once(http.get({ port, host: '127.0.0.1', agent: false, headers: INBOUND }), 'response')) as [http.IncomingMessage];
      await once(response.resume(), 'end');
      returned = response.headers['correlation-id'] as string | undefined;
      if (calls.get('http')?.some(([field]) => field === 'traceparent') === true) break;
    }
    // It sends the remaining data when it ends.
    app.send('end');
    await once(app, 'exit');
    for (const line of text.split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line) as Seen['lines'][number]);
    return { calls, intake, lines, returned, stderr };
  } finally {
    app.kill('SIGKILL');
    for (const server of [upstream, plain, secure]) {
      server.closeAllConnections();
      server.close();
    }
  }
}

const valuesOf = (fields: Fields | undefined, name: string): string[] => (fields ?? []).flatMap(([field, value]) => (field === name ? [value] : []));
const ORDERS: Record<string, (tracer: string[]) => string[]> = { first: (tracer) => [...tracer, '-r', PRELOAD], last: (tracer) => ['-r', PRELOAD, ...tracer] };

describeInFull("beside another vendor's agent", function () {
  this.timeout(60_000);
  before(function () {
    if (existsSync(path.join(HERE, 'node_modules'))) return;
    const advice = 'not installed: npm ci --prefix test-tracers';
    if (process.env['TEST_CORR_REQUIRE_STACK'] === '1') throw new Error(advice);
    console.log(`      skipped, ${advice}`);
    this.skip();
  });
  for (const name of Object.keys(TRACERS)) {
    describe(name, () => {
      let alone: Seen;
      before(async () => {
        alone = await observe(name, (tracer) => tracer);
      });

      for (const [order, nodeArgs] of Object.entries(ORDERS)) {
        for (const relay of ['', 'tracecontext,baggage']) {
          it(`loaded ${order}${relay === '' ? '' : ', with CORR_RELAY'}: sends its own trace context once and our ID once, and no ID to its intake`, async () => {
            const seen = await observe(name, nodeArgs, relay === '' ? {} : { CORR_RELAY: relay });
            expect([...seen.calls.keys()].sort()).to.deep.equal(['fetch', 'http']);
            for (const [call, fields] of seen.calls) {
              expect(valuesOf(fields, 'correlation-id'), call).to.deep.equal(['client-1']);
              const own = valuesOf(alone.calls.get(call), 'traceparent').length;
              expect(own, `${call}, traceparent without us`).to.be.at.most(1);
              const traceparents = valuesOf(fields, 'traceparent');
              // If no registered propagator sends a traceparent (Sentry's does), we pass on the received one, if configured to.
              expect(traceparents, `${call}, traceparent`).to.have.length(own === 0 && relay !== '' && name !== '@sentry/node' ? 1 : own);
              for (const value of traceparents) expect(value).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
              expect(valuesOf(fields, 'tracestate').length, `${call}, tracestate`).to.be.at.most(1);
              const members = valuesOf(fields, 'baggage').flatMap((value) => value.split(','));
              expect(members.filter((member) => member.startsWith('correlation.id=')), `${call}, baggage`).to.have.length.at.most(1);
              expect(new Set(members)).to.have.property('size', members.length);
            }
            for (const { url, fields } of seen.intake) expect(fields.filter(([field, value]) => /correlation/i.test(`${field}${value}`)), url).to.deep.equal([]);
            expect(seen.lines.map(({ msg, correlation_id }) => [msg, correlation_id]).slice(-2)).to.deep.equal([['asked', 'client-1'], ['answered', 'client-1']]);
            expect(seen.returned).to.equal('client-1');
            expect(seen.stderr).to.equal(alone.stderr);
          });
        }
      }
    });
  }
});
