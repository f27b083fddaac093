import { expect } from 'chai';
import { debug } from '../packages/auto-register/src/debug';
import { watch } from '../packages/auto-register/src/node/watch';
import { App } from './app';
import { Recorder } from './recorder';

const AT = /^\[@corr\/auto-register\] debug: /;

describe('CORR_DEBUG', () => {
  /** The stderr of an application after it has served these requests. */
  async function said(env: Record<string, string>, ...requests: Record<string, string>[]): Promise<string[]> {
    const recorder = await Recorder.start();
    const app = App.start('environment/server.cjs', { env, args: [recorder.addresses.http] });
    try {
      const port = await app.port();
      for (const headers of requests) await (await fetch(`http://127.0.0.1:${port}/hop`, { headers })).text();
    } finally {
      await app.stop('SIGTERM');
      await recorder.stop();
    }
    return app.stderr.trim().split('\n').filter((line) => line !== '');
  }
  const debugged = async (...[env, ...requests]: Parameters<typeof said>): Promise<string[]> =>
    (await said({ CORR_DEBUG: 'true', ...env }, ...requests)).map((line) => {
      expect(line).to.match(AT);
      return line.replace(AT, '');
    });

  it('prints nothing by default', async () => {
    expect(await said({}, { 'Correlation-Id': 'client-1' })).to.deep.equal([]);
  });

  it('prints at the start the version, the mode and why, the header, options and their source, what is patched, and fallbacks', async () => {
    const [start] = await debugged({ CORR_HEADER: 'X-Id', CORR_ECHO: 'true', CORR_INTERNAL_LABEL: '', pm2_env: '{"CORR_ALIASES":"X-Request-Id"}' });
    const { version } = require('../packages/auto-register/package.json') as { version: string };
    expect(start).to.match(new RegExp(`^@corr/auto-register ${version} on Node \\d+\\.`));
    expect(start).to.include('; carry mode: no OTEL_* variable asks for telemetry; header X-Id; ');
    expect(start).to.include('options: CORR_HEADER="X-Id" (environment), CORR_ALIASES="X-Request-Id" (pm2_env), CORR_DEBUG="true" (environment), CORR_INTERNAL_LABEL="" (environment); ');
    expect(start).to.include('patched: http, https and http2 servers, ').and.match(/, loggers; fallbacks: none$/);
  });

  it('prints which variable decides the mode', async () => {
    expect((await debugged({ CORR_MODE: 'carry', OTEL_TRACES_EXPORTER: 'otlp' }))[0]).to.include('; carry mode: CORR_MODE=carry; ');
    expect((await debugged({ OTEL_SDK_DISABLED: 'true' }))[0]).to.include('; carry mode: OTEL_SDK_DISABLED=true; ');
  });

  it("prints a logger's name, version and path and that it is stamped, and what was found in the first request and sent with the first call", async () => {
    const [, logger, request, call, ...more] = await debugged({}, { 'Correlation-Id': 'client-1' }, { 'Correlation-Id': 'client-2' });
    expect(logger).to.match(/^found pino \d+\.\d+\.\d+ in ".*[\\/]node_modules[\\/]pino\w*": stamped$/);
    expect(request).to.equal('first request in: kept ID client-1 of Correlation-Id');
    expect(call).to.match(/^first call out of a request, to "127\.0\.0\.1:\d+": ID client-1 active; sent: correlation-id, baggage$/);
    expect(more).to.deep.equal([]);
  });

  it('prints where else an ID was found, and why one was created', async () => {
    const first = async (env: Record<string, string>, headers: Record<string, string>): Promise<string | undefined> =>
      (await debugged(env, headers)).find((line) => line.startsWith('first request'))?.replace(/[0-9a-f-]{36}/, 'NEW');
    expect(await first({}, {})).to.equal('first request in: created ID NEW; the request has no Correlation-Id');
    expect(await first({ CORR_ALIASES: 'X-Request-Id' }, { 'X-Request-Id': 'alias-1' })).to.equal('first request in: took ID alias-1 of x-request-id; the request has no Correlation-Id');
    expect(await first({}, { baggage: 'correlation.id=member-1' })).to.equal('first request in: took ID member-1 of baggage; the request has no Correlation-Id');
    expect(await first({ CORR_TRUST_INCOMING: 'false' }, { 'Correlation-Id': 'client-1' })).to.equal('first request in: created ID NEW, because CORR_TRUST_INCOMING=false');
  });

  it('prints no unacceptable ID and no other header', async () => {
    const lines = await debugged({}, { 'Correlation-Id': 'secret one', authorization: 'secret two', baggage: 'user=secret-three' });
    expect(lines.join('\n')).to.include('its Correlation-Id is not acceptable').and.not.match(/secret/);
  });

  it('prints why a call has no ID', async () => {
    const lines = await debugged({ CORR_PROPAGATE_TO: 'api.example.com' }, { 'Correlation-Id': 'client-1' });
    expect(lines.at(-1)).to.match(/ID client-1 active; not sent: CORR_PROPAGATE_TO does not allow this host$/);
  });

  it('prints ten seconds after the first request that no logger was found, and what to do', () => {
    const { lines, met, pass } = started();
    expect(lines.at(-1)).to.include('first request');
    expect(pass()).to.equal(10_000);
    expect(lines.at(-1)).to.match(/no logger was found that can be stamped .* set CORR_CONSOLE=true/);
    met('pino', undefined, 'stamped');
    expect(lines.at(-1)).to.include('found pino inlined in a bundle: stamped');
  });

  it('prints ten seconds after the first request which loggers of package.json were not found', () => {
    const { lines, met, pass } = started('express', 'pino', 'winston', 'consola');
    met('pino', undefined, 'stamped');
    pass();
    expect(lines.at(-1)).to.match(/these loggers of package\.json were not found: winston, consola\. .*docs\/loggers\.md$/);
  });

  /** Debugging in this process after its first request; `pass` lets the time pass, and returns how many milliseconds it was. */
  function started(...dependencies: string[]): { lines: string[]; met: ReturnType<typeof debug>; pass(): number } {
    const lines: string[] = [];
    const timers: [run: () => void, ms: number][] = [];
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((...timer: [() => void, number]) => (timers.push(timer), { unref: () => undefined })) as unknown as typeof setTimeout;
    try {
      const met = debug({ mode: 'carry', why: '', variables: [], patched: [], fallbacks: [] }, watch, (line) => void lines.push(line), dependencies);
      watch.admitted?.([], 'client-1');
      const [[run, ms]] = timers as [[() => void, number]];
      return { lines, met, pass: () => (run(), ms) };
    } finally {
      globalThis.setTimeout = setTimeout;
      watch.admitted = watch.sent = undefined;
    }
  }
});
