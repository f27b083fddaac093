import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { App, PRELOAD } from '../app';
import type { Line } from '../app';
import { Client } from '../ask';
import type { Answer } from '../ask';
import { CERTIFICATE, Recorder } from '../recorder';
import type { Recorded } from '../recorder';

const FIXTURES = path.join(__dirname, '../fixtures/otel');
export const fixture = (name: string): string => path.join(FIXTURES, name);

/** Node's arguments for our preload, and for the application's own setup. */
export const OURS = ['-r', PRELOAD];
export const OURS_IMPORTED = ['--import', PRELOAD];
export const TRACING = ['-r', fixture('tracing.cjs')];
export const TRACING_IMPORTED = ['--import', fixture('tracing.mjs')];

export interface Setup {
  /** Name in `setups.cjs`. */
  setup?: string;
  /** Major of OpenTelemetry. Default 2. */
  major?: 2 | 3;
  entry?: string;
  nodeArgs: string[];
  /** `<recorder>` in a value is replaced by the address of the peer. */
  env?: Record<string, string | undefined>;
}

interface View {
  fields: string[];
  injected: string[];
  active: boolean;
  tracing: boolean;
}

/** The observed behaviour of an application with its own OpenTelemetry setup. */
export interface Observed {
  answer: Answer;
  failed: Record<string, string>;
  /** What each copy of the API sees inside the request. */
  copies: Record<string, View>;
  /** Requests that the application made, by call: for an ordinary request, and for one that its HTTP instrumentation ignores. */
  wire: Map<string, Recorded[]>;
  ignored: Map<string, Recorded[]>;
  /** Paths (each the ID of the request that made the call) and the IDs sent, of twelve requests through a pool of two connections. */
  pooled: string[][];
  /** Requests of exporters. */
  exported: Recorded[];
  spans: Line[];
  lines: Line[];
  stderr: string;
  other: string;
}

export const INBOUND = {
  'correlation-id': 'client-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  b3: '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1',
  baggage: 'user=7',
};

/** Variables for the whole test run must not reach an application whose own setup is under test. */
const NEUTRAL = { CORR_MODE: undefined, OTEL_TRACES_EXPORTER: undefined, OTEL_METRICS_EXPORTER: undefined, OTEL_LOGS_EXPORTER: undefined };

/** A running application, and the recorder of its requests. */
export interface Running {
  app: App;
  /** Requests of the application since the last call, by call; those of its exporters are under `simple` and `batch`. */
  calls(): Map<string, Recorded[]>;
  ask(where: string, headers?: Record<string, string>): Promise<Answer>;
}

/** Starts the application, and ends it after use. */
export async function withApp<T>({ setup = 'none', major = 2, entry = 'app.cjs', nodeArgs, env }: Setup, use: (running: Running) => Promise<T>): Promise<T> {
  const recorder = await Recorder.start();
  const folder = major === 3 ? path.join(__dirname, '../../test-otel3') : FIXTURES;
  const loader = path.join(folder, nodeArgs.includes(fixture('tracing.mjs')) ? 'load.mjs' : 'load.cjs');
  const located = Object.fromEntries(Object.entries(env ?? {}).map(([name, value]) => [name, value?.replace('<recorder>', recorder.addresses.http)]));
  const app = App.start(path.join('otel', entry), {
    preload: 'none',
    nodeArgs,
    args: [JSON.stringify(recorder.addresses)],
    env: { ...NEUTRAL, NODE_EXTRA_CA_CERTS: CERTIFICATE, TEST_CORR_SETUP: setup, TEST_CORR_OTEL: loader, ...located },
  });
  const client = new Client();
  try {
    const port = await app.port();
    return await use({ app, calls: () => byCall(recorder.take()), ask: (where, headers = INBOUND) => client.ask('http', port, { path: where, headers }) });
  } finally {
    client.close();
    await app.stop();
    await recorder.stop();
  }
}

/** Makes the application do everything that it can. */
export function observe(setup: Setup): Promise<Observed> {
  return withApp(setup, async ({ app, ask, ...running }) => {
    const exported: Recorded[] = [];
    const calls = (): Map<string, Recorded[]> => {
      const all = running.calls();
      exported.push(...takeExports(all));
      return all;
    };

    const answer = await ask('/calls');
    const wire = calls();
    await ask('/ignored');
    const ignored = calls();
    const ids = Array.from({ length: 12 }, (_, i) => `request-${i}`);
    await Promise.all(ids.map((id) => ask('/pool', { ...INBOUND, 'correlation-id': id })));
    const pooled = [...calls().values()].flat().map((request) => [request.call, ...request.all('correlation-id')]);
    await pipeline(await app.port());
    // On the connection of the first request, whose spans have ended by then.
    await ask('/dropped');
    await app.line(({ msg, of }) => msg === 'dropped' && of === undefined);
    const spans = app.lines.filter(({ msg }) => msg === 'span');
    if (spans.length > 0) for (const to of ['simple', 'batch']) await app.line(({ msg, to: where }) => msg === 'exported' && where === to);
    calls();

    const { failed, copies } = JSON.parse(answer.text) as Observed;
    return { answer, failed, copies, wire, ignored, pooled, exported, spans, lines: app.lines.filter(({ level }) => level !== undefined), stderr: app.stderr, other: app.other };
  });
}

/** Two requests in one packet: the second begins before the first ends. */
async function pipeline(port: number): Promise<void> {
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1');
  const request = (name: string): string => `GET /late HTTP/1.1\r\nHost: app\r\nX-Request: ${name}\r\nCorrelation-Id: late-${name}\r\n${name === 'last' ? 'Connection: close\r\n' : ''}\r\n`;
  socket.resume().end(request('first') + request('last'));
  await once(socket, 'close');
}

/** Removes the requests of exporters: those of the fixtures, and those to OTEL_EXPORTER_OTLP_ENDPOINT. */
export function takeExports(calls: Map<string, Recorded[]>): Recorded[] {
  return ['simple', 'batch', 'traces'].flatMap((to) => {
    const requests = calls.get(to) ?? [];
    calls.delete(to);
    return requests;
  });
}

function byCall(recorded: Recorded[]): Map<string, Recorded[]> {
  const calls = new Map<string, Recorded[]>();
  for (const request of recorded) calls.set(request.call, [...(calls.get(request.call) ?? []), request]);
  return calls;
}
