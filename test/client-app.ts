import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { App, NODE } from './app';
import type { Line, StartOptions } from './app';
import { CERTIFICATE } from './recorder';
import type { Addresses, Recorded, Recorder } from './recorder';

/** A set of calls in `fixtures/clients`, by client. */
export type Table = 'http' | 'library' | 'fetch' | 'leak';

/** Headers that an edge or another service sends with a request. */
export const INBOUND = {
  'correlation-id': 'client-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
  baggage: 'user=7;p=1,region=eu',
};

/** In trace mode the SDK sends its own trace context. */
export const TRACED = process.env['TEST_CORR_MODE'] === 'trace';

/** Names of the calls in a table by group, for the Node under test. */
export function namesOf<T extends Table>(table: T): Record<T extends 'leak' ? 'reached' | 'unreached' | 'redirected' : 'bare' | 'calls', string[]> {
  const file = path.join(__dirname, `fixtures/clients/${table}-calls.cjs`);
  const program = 'for (const [group, calls] of Object.entries(require(process.argv[1]))) console.log(`${group}\t${Object.keys(calls).join("\t")}`)';
  const groups = execFileSync(NODE, ['-e', program, file], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split('\t'));
  return Object.fromEntries(groups.map(([group, ...names]) => [group, names])) as ReturnType<typeof namesOf<T>>;
}

/** The requests that the calls of one run sent, and the calls that failed. */
export class Run {
  constructor(
    private readonly recorded: Recorded[],
    private readonly failed: Record<string, string>,
  ) {}

  /** The same run, with the requests of further recorders. */
  and(...recorded: Recorded[][]): Run {
    return new Run([...this.recorded, ...recorded.flat()], this.failed);
  }

  /** The requests of one call, at least one; fails with the error of the call itself. */
  of(call: string): Recorded[] {
    if (this.failed[call] !== undefined) throw new Error(`${call}: ${this.failed[call]}`);
    const requests = this.recorded.filter((request) => request.call === call);
    expect(requests, `requests of ${call}`).to.have.length.above(0);
    return requests;
  }
}

/** A real application that makes the calls: outside a request at its start, and inside one on demand. */
export class ClientApp {
  private constructor(
    private readonly app: App,
    private readonly recorder: Recorder,
  ) {}

  static start(entry: string, recorder: Recorder, { atStart = [], ...options }: StartOptions & { atStart?: Table[] } = {}): ClientApp {
    const app = App.start(entry, {
      ...options,
      env: { NODE_EXTRA_CA_CERTS: CERTIFICATE, ...options.env },
      args: [JSON.stringify(recorder.addresses), ...atStart],
    });
    return new ClientApp(app, recorder);
  }

  /** The run of a table that the app made at its start. */
  async outside(table: Table): Promise<Run> {
    const { failed } = await this.app.line((line) => line.msg === 'outside' && line['table'] === table);
    return new Run(this.recorder.take(), failed as Record<string, string>);
  }

  /** A run inside a request that brings these headers. */
  async inside(
    table: Table,
    { style = 'require', own, headers = INBOUND, addresses = { ...this.recorder.addresses } }: { style?: string; own?: Record<string, string>; headers?: Record<string, string>; addresses?: Addresses & Record<string, unknown> } = {},
  ): Promise<Run> {
    const port = await this.app.port();
    const failed = await new Promise<string>((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: `/${table}/${encodeURIComponent(style)}`, headers, agent: false });
      request.on('error', reject).on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => void (text += piece)).on('end', () => resolve(text));
      });
      request.end(JSON.stringify({ addresses, own }));
    });
    return new Run(this.recorder.take(), JSON.parse(failed) as Record<string, string>);
  }

  get stderr(): string {
    return this.app.stderr;
  }

  /** The first line, past or future, that matches. */
  line(fits: (line: Line) => boolean): Promise<Line> {
    return this.app.line(fits);
  }

  get lines(): readonly Line[] {
    return this.app.lines;
  }

  async stop(): Promise<void> {
    await this.app.stop();
  }
}

/** Members of all `baggage` fields of a request. */
export function baggageOf(request: Recorded): string[] {
  return request.all('baggage').flatMap((value) => value.split(',').map((member) => member.trim()));
}

/** What every request of a call carries besides the application's fields; `relayed`: the inbound request's fields are passed on. */
export function carries(request: Recorded, id: string, { relayed = false } = {}): void {
  if (request.method === 'CONNECT') {
    // CONNECT is for a proxy, which may not be allowed to have the ID.
    expect(request.all('correlation-id')).to.deep.equal([]);
    expect(baggageOf(request).filter((member) => /^correlation/.test(member))).to.deep.equal([]);
    return;
  }
  expect(request.all('correlation-id')).to.deep.equal([id]);
  expect(baggageOf(request).filter((member) => member.startsWith('correlation.id='))).to.have.length.at.most(1);
  if (TRACED) return tracedOnce(request);
  expect(baggageOf(request)).to.deep.equal([...(relayed ? ['user=7;p=1', 'region=eu'] : []), `correlation.id=${id}`]);
  expect(request.all('traceparent')).to.deep.equal(relayed ? [INBOUND.traceparent] : []);
  expect(request.all('tracestate')).to.deep.equal(relayed ? [INBOUND.tracestate] : []);
}

/** In trace mode, the spans are the SDK's and the trace is the inbound one; calls that no instrumentation sees have none. */
export function tracedOnce(request: Recorded): void {
  const traces = request.all('traceparent');
  expect(traces).to.have.length.at.most(1);
  for (const trace of traces) expect(trace.split('-')[1]).to.equal(INBOUND.traceparent.split('-')[1]);
  const members = baggageOf(request);
  expect(new Set(members), 'members of baggage, each once').to.have.property('size', members.length);
}

/** The application's own fields arrive unchanged. */
export function kept(request: Recorded): void {
  expect(request.all('x-app').join(', ')).to.equal('1, 2');
  expect(request.all('host')).to.have.length.at.most(1);
  expect(request.fields.filter(([name]) => /^\d+$/.test(name)), 'array indexes for field names').to.deep.equal([]);
}
