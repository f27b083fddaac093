import type http from 'node:http';
import type https from 'node:https';
import Module, { createRequire, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { onModuleLoad } from '@corr/log-bridge/internal';
import { CorrelationIdPropagator } from '@corr/propagator';
import type { CorrelationOptions } from '@corr/propagator';
import { otelApi } from '@corr/propagator/internal';
import type * as Api from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PinoInstrumentation } from '@opentelemetry/instrumentation-pino';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK, startNodeSDK } from '@opentelemetry/sdk-node';
import { ExporterRequests } from './exporter-requests';
import { flushAtEnd } from './flush';
import type { Telemetry } from './mode';
import { patch } from '../node/patch';
import { onSecondSdk } from './second-sdk';
import { correlatedLoggers, correlatedTracers } from './attributes';
import type { LoggerProvider } from './attributes';

type Instrumentation = HttpInstrumentation | UndiciInstrumentation | PinoInstrumentation;

// What the SDK itself uses: with another copy we would register, or wrap, past it.
const sdkRequire = createRequire(require.resolve('@opentelemetry/sdk-node'));
const api = sdkRequire('@opentelemetry/api') as typeof Api;
interface LogsApi {
  logs: { getLoggerProvider(): LoggerProvider; setGlobalLoggerProvider(provider: LoggerProvider): unknown; disable(): void };
}
// A package of its own up to API 1.9.
const { logs } = ('logs' in api ? api : sdkRequire('@opentelemetry/api-logs')) as LogsApi;

/** Starts the SDK as the OTEL_* variables say, every span and log record with the ID, and flushes it at the end. */
export function startTelemetry(telemetry: Telemetry, options: CorrelationOptions, warn: (message: string) => void): void {
  const logging = telemetry.signals.logs || telemetry.configFile;
  const pino = new PinoInstrumentation({ disableLogCorrelation: true, disableLogSending: !logging }); // our stamp has the trace's fields
  // An adapter's made-up request has no socket, and instrumentation-http throws on it.
  const http = new HttpInstrumentation({ ignoreIncomingRequestHook: ({ socket }) => (socket as unknown) === undefined });
  const instrumentations = [http, new UndiciInstrumentation(), pino, ...installed(telemetry.instrumentations, warn)];

  patchImports();
  reportFirstFailure(warn);
  if (telemetry.configFile) startNodeSDK({ instrumentations });
  else startFromEnvironment(telemetry, instrumentations);

  const proxy = api.trace.getTracerProvider() as Api.ProxyTracerProvider;
  const tracers = proxy.getDelegate();
  proxy.setDelegate(correlatedTracers(tracers, api));
  if (logging) {
    const loggers = correlatedLoggers(logs.getLoggerProvider());
    logs.disable();
    logs.setGlobalLoggerProvider(loggers);
    for (const instrumentation of instrumentations) (instrumentation as { setLoggerProvider?: (p: unknown) => void }).setLoggerProvider?.(loggers);
  }
  // OTEL_PROPAGATORS=none registers nothing that ours could join.
  if (otelApi()?.propagation === undefined) api.propagation.setGlobalPropagator(new CorrelationIdPropagator(options));

  onSecondSdk(() => warn('The application starts an OpenTelemetry SDK of its own, which is refused since this preload started one: set CORR_MODE=carry.'));
  keepArrayHeaders();

  const requests = new ExporterRequests();
  // Not a shutdown: the application may go on after a signal.
  const providers = [tracers, api.metrics.getMeterProvider(), logs.getLoggerProvider()] as { forceFlush?(): Promise<void> }[];
  flushAtEnd(
    () => Promise.allSettled([...providers.map((provider) => provider.forceFlush?.()), requests.settle()]),
    () => requests.abandon(),
  );
}

interface CommonJsModule {
  exports: unknown;
  loaded: boolean;
  require(this: CommonJsModule, id: string): unknown;
  _compile(this: CommonJsModule, content: string, filename: string): unknown;
}
const loader = Module as unknown as {
  prototype: CommonJsModule;
  _cache: Record<string, CommonJsModule | undefined>;
  _resolveFilename(id: string, parent: CommonJsModule): string;
};
const { require: load } = loader.prototype;

/**
 * Has `import` of a CommonJS package come through the hooks of the instrumentations, which are at `require`, with no loader hook.
 *
 * A file's exports are exchanged as soon as it has run: after the load, Node 20 and 22 have put them aside for `import`.
 */
function patchImports(): void {
  patch(loader.prototype, '_compile', (original) =>
    function (_, filename) {
      const result: unknown = Reflect.apply(original, this, arguments);
      if (!filename.includes(`${path.sep}node_modules${path.sep}`)) return result;
      if (loader._cache[filename] !== this) return result; // it took itself out: a require would run it again
      try {
        this.loaded = true; // else this would be a circular require
        this.exports = this.require(filename);
      } catch {
        // Whatever an instrumentation makes of it, loading goes on.
      }
      this.loaded = false;
      return result;
    },
  );
  // A first require is a load without the hooks, then: they give away nothing patched before they are through.
  patch(loader.prototype, 'require', (hooked) =>
    function (id) {
      const filename = resolved(id, this);
      if (filename !== undefined && loader._cache[filename]?.loaded === false) return load.call(this, id); // circular: nothing to hook yet
      if (filename !== undefined && path.isAbsolute(filename) && !(filename in loader._cache)) {
        const exports = load.call(this, id);
        if (!(filename in loader._cache)) return exports; // it took itself out
      }
      return hooked.call(this, id);
    },
  );
}

function resolved(id: string, parent: CommonJsModule): string | undefined {
  try {
    return loader._resolveFilename(id, parent);
  } catch {
    return undefined;
  }
}

function startFromEnvironment({ signals }: Telemetry, instrumentations: Instrumentation[]): void {
  // With CORR_MODE=trace and no more, spans go to the specification's default.
  const traces = signals.traces || (!signals.metrics && !signals.logs && process.env['OTEL_TRACES_EXPORTER'] !== 'none');
  new NodeSDK({
    instrumentations,
    ...(traces ? {} : { spanProcessors: [] }),
    ...(signals.metrics ? {} : { metricReaders: [] }),
    ...(signals.logs ? {} : { logRecordProcessors: [] }),
  }).start();
}

/** Instrumentations that the application has installed, by `auto`, short name or package name. */
function installed(names: readonly string[], warn: (message: string) => void): Instrumentation[] {
  const load = (name: string): Record<string, unknown> => {
    try {
      return createRequire(path.resolve(process.argv[1] ?? '.', 'x'))(name) as Record<string, unknown>;
    } catch {
      return createRequire(path.join(process.cwd(), 'x'))(name) as Record<string, unknown>;
    }
  };
  return names.flatMap((name) => {
    const file = name === 'auto' ? '@opentelemetry/auto-instrumentations-node' : name.includes('/') ? name : `@opentelemetry/instrumentation-${name}`;
    try {
      const exported = load(file);
      if (name === 'auto') {
        const own = Object.fromEntries(['http', 'undici', 'pino'].map((one) => [`@opentelemetry/instrumentation-${one}`, { enabled: false }]));
        return (exported['getNodeAutoInstrumentations'] as (config: unknown) => Instrumentation[])(own);
      }
      const found = Object.entries(exported).find(([key, value]) => key.endsWith('Instrumentation') && typeof value === 'function');
      if (found === undefined) throw new TypeError('it exports no instrumentation');
      return [new (found[1] as new () => Instrumentation)()];
    } catch (error) {
      warn(`CORR_INSTRUMENTATIONS: ${file} is not used: ${(error as Error).message.split('\n', 1)[0]}`);
      return [];
    }
  });
}

/** Telemetry that cannot be sent is told of once, not at every attempt. */
function reportFirstFailure(warn: (message: string) => void): void {
  let told = false;
  const tell = (error: unknown): void => {
    if (told) return;
    told = true;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Telemetry cannot be exported (${reason}); further failures are not reported.`;
    const diag = otelApi()?.diag;
    if (diag === undefined) warn(message);
    else diag.error(`@corr: ${message}`);
  };
  // Each copy has a handler of its own, and npm gives the exporters several.
  onModuleLoad((filename, { exports }) => {
    if (/[\\/]@opentelemetry[\\/]core[\\/]/.test(filename)) (exports as { setGlobalErrorHandler?(handler: typeof tell): void }).setGlobalErrorHandler?.(tell);
  });
}

/** Gives instrumentation-http the headers as an object: of an array it would send "0: name, 1: value". */
function keepArrayHeaders(): void {
  // Its hook patches at a require, which may be yet to come, or never be where all is imported; ours belongs on top of it.
  for (const module of [require('http'), require('https')] as [typeof http, typeof https]) {
    for (const name of ['request', 'get'] as const) {
      patch(module, name, (original) =>
        function (this: unknown, ...args: unknown[]) {
          return Reflect.apply(original as (...all: unknown[]) => http.ClientRequest, this, args.map(withObjectHeaders));
        } as typeof original,
      );
    }
  }
  syncBuiltinESMExports();
}

function withObjectHeaders(argument: unknown): unknown {
  const headers = (argument as { headers?: unknown } | null | undefined)?.headers;
  if (!Array.isArray(headers) || argument instanceof URL) return argument;
  const flat = Array.isArray(headers[0]) ? (headers as unknown[][]).flat() : (headers as unknown[]);
  const object = new Map<string, [string, unknown]>();
  for (let i = 0; i < flat.length; i += 2) {
    const name = String(flat[i]);
    const before = object.get(name.toLowerCase());
    object.set(name.toLowerCase(), before === undefined ? [name, flat[i + 1]] : [before[0], [before[1], flat[i + 1]].flat()]);
  }
  return { ...(argument as object), headers: Object.fromEntries(object.values()) };
}
