import { expect } from 'chai';
import { App } from '../app';
import type { Line } from '../app';

const NOTHING = { handler: null, http: null, undici: null, fetch: null, echo: null, 'http2 handler': null, 'http2 echo': null };
const everything = (id: string): Record<string, string> => Object.fromEntries(Object.keys(NOTHING).map((what) => [what, id]));

describe('CorrelationInstrumentation', () => {
  let lines: Map<string | undefined, Line>;

  before(async () => {
    const app = App.start('instrumentation/cycle.cjs', { preload: 'none' });
    expect(await app.exited, app.stderr).to.deep.equal({ code: 0, signal: null });
    expect(app.stderr).to.equal('');
    lines = new Map(app.lines.map((line) => [line.msg, line]));
  });

  it('has no effect if it is only imported, or created with enabled: false', () => {
    expect(lines.get('off')?.['seen']).to.deep.equal(NOTHING);
    expect(lines.get('made but off')?.['left']).to.deep.equal([]);
  });

  for (const cycle of [1, 2]) {
    it(`carries the ID everywhere when it is enabled, ${cycle === 1 ? 'the first time' : 'the second time'}`, () => {
      expect(lines.get(`on ${cycle}`)?.['seen']).to.deep.equal(everything(`id-${cycle}`));
      expect(lines.get(`on ${cycle}`)?.['patched']).to.include.members(['net.Server.emit', 'ClientRequest._storeHeader', 'net.Socket.setNoDelay', 'http2 client session.request', 'undici DispatcherBase.dispatch']);
    });

    it(`removes every patch and subscription when it is disabled, ${cycle === 1 ? 'the first time' : 'the second time'}`, () => {
      expect(lines.get(`off ${cycle}`)?.['left']).to.deep.equal([]);
      expect(lines.get(`off ${cycle}`)?.['seen']).to.deep.equal(NOTHING);
    });
  }

  it('takes a new configuration', () => {
    const { config, seen } = lines.get('reconfigured') as Line & { seen: Record<string, string> };
    expect(config).to.deep.equal({ header: 'X-Other', aliases: [], trustIncoming: true, echo: true, expose: false, relay: [], hops: false });
    expect(seen).to.include({ echo: null, http: null });
    expect(seen['handler']).to.match(/^[0-9a-f-]{36}$/);
  });

  it('patches connect of http2 only to control leaks', () => {
    expect(lines.get('on 1')?.['patched']).not.to.include('http2.connect');
    expect(lines.get('leaks controlled')?.['patched']).to.include('http2.connect');
  });

  it('a second one neither adds to the first nor removes it', () => {
    expect((lines.get('second one off') as { seen: Record<string, string> } & Line).seen['handler']).to.match(/^[0-9a-f-]{36}$/);
    expect(lines.get('done')?.['left']).to.deep.equal([]);
  });
});
