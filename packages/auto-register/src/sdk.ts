import type http from 'node:http';
import type https from 'node:https';
import { createRequire, syncBuiltinESMExports } from 'node:module';
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
import type { Telemetry } from './environment';
import { flushAtEnd } from './flush';
import { patch } from './patch';
import { onSecondSdk } from './second-sdk';
import { correlatedLoggers, correlatedTracers } from './telemetry-attributes';
import type { LoggerProvider } from './telemetry-attributes';

type Instrumentation = HttpInstrumentation | UndiciInstrumentation | PinoInstrumentation;

// What the SDK itself uses: with another copy we would register, or wrap, past it.
const sdkRequire = createRequire(require.resolve('@opentelemetry/sdk-node'));
const api = sdkRequire('@opentelemetry/api') as typeof Api;
interface LogsApi {
  logs: { getLoggerProvider(): LoggerProvider; setGlobalLoggerProvider(provider: LoggerProvider): unknown; disable(): void };
}
// A package of its own up to API 1.9.
const { logs } = ('logs' in api ? api : sdkRequire('@opentelemetry/api-logs')) as LogsApi;
const { setGlobalErrorHandler } = sdkRequire('@opentelemetry/core') as { setGlobalErrorHandler(handler: (error: unknown) => void): void };

/** Starts the SDK as the OTEL_* variables say, every span and log record with the ID, and flushes it at the end. */
export function startTelemetry(telemetry: Telemetry, options: CorrelationOptions, warn: (message: string) => void): void {
  const logging = telemetry.signals.logs || telemetry.configFile;
  const pino = new PinoInstrumentation({ disableLogCorrelation: true, disableLogSending: !logging }); // our stamp has the trace's fields
  const instrumentations = [new HttpInstrumentation(), new UndiciInstrumentation(), pino, ...installed(telemetry.instrumentations, warn)];

  // What is required through the hooks of the instrumentations comes patched; `import` of the same file does not pass them.
  onModuleLoad((filename, module) => {
    if (!filename.includes(`${path.sep}node_modules${path.sep}`)) return;
    const patched: unknown = module.require(filename);
    if (patched !== module.exports) module.exports = patched;
  });

  reportFirstFailure(warn);
  const sdk = telemetry.configFile ? startNodeSDK({ instrumentations }) : startFromEnvironment(telemetry, instrumentations);

  const provider = api.trace.getTracerProvider() as Api.ProxyTracerProvider;
  provider.setDelegate(correlatedTracers(provider.getDelegate(), api));
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
  flushAtEnd(() => sdk.shutdown());
}

function startFromEnvironment({ signals }: Telemetry, instrumentations: Instrumentation[]): NodeSDK {
  // With CORR_MODE=trace and no more, spans go to the specification's default.
  const traces = signals.traces || (!signals.metrics && !signals.logs && process.env['OTEL_TRACES_EXPORTER'] !== 'none');
  const sdk = new NodeSDK({
    instrumentations,
    ...(traces ? {} : { spanProcessors: [] }),
    ...(signals.metrics ? {} : { metricReaders: [] }),
    ...(signals.logs ? {} : { logRecordProcessors: [] }),
  });
  sdk.start();
  return sdk;
}

/** Instrumentations that the application has installed, by `auto`, short name or package name. */
function installed(names: readonly string[], warn: (message: string) => void): Instrumentation[] {
  const fromApp = createRequire(path.resolve(process.argv[1] ?? '.', 'x'));
  const fromFolder = createRequire(path.join(process.cwd(), 'x'));
  const load = (name: string): Record<string, unknown> => {
    try {
      return fromApp(name) as Record<string, unknown>;
    } catch {
      return fromFolder(name) as Record<string, unknown>;
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
  setGlobalErrorHandler((error) => {
    if (told) return;
    told = true;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Telemetry cannot be exported (${reason}); further failures are not reported.`;
    const diag = otelApi()?.diag;
    if (diag === undefined) warn(message);
    else diag.error(`@corr: ${message}`);
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
