import { onModuleLoad } from '@corr/log-bridge/internal';
import { CorrelationIdPropagator } from '@corr/propagator';
import { otelApi, shared } from '@corr/propagator/internal';
import type * as Api from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PinoInstrumentation } from '@opentelemetry/instrumentation-pino';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK, startNodeSDK } from '@opentelemetry/sdk-node';
import { keepArrayHeaders } from './array-headers';
import { correlatedLoggers, correlatedTracers } from './attributes';
import type { LoggerProvider } from './attributes';
import { OneStoreContextManager, sdkRequire } from './context-manager';
import { ExporterRequests } from './exporter-requests';
import { flushAtEnd } from './flush';
import { patchImports } from './imports';
import { installed } from './installed';
import type { Telemetry } from './mode';
import { onSecondSdk } from './second-sdk';

const api = sdkRequire('@opentelemetry/api') as typeof Api;
interface LogsApi {
  logs: { getLoggerProvider(): LoggerProvider; setGlobalLoggerProvider(provider: LoggerProvider): unknown; disable(): void };
}
// A separate package up to API 1.9.
const { logs } = ('logs' in api ? api : sdkRequire('@opentelemetry/api-logs')) as LogsApi;

/** Starts the SDK as the OTEL_* variables say, adds the ID to every span and log record, and flushes at the end. */
export function startTelemetry(telemetry: Telemetry, warn: (message: string) => void): void {
  const hideArrayHeaders = keepArrayHeaders();
  const logging = telemetry.signals.logs || telemetry.configFile;
  const pino = new PinoInstrumentation({ disableLogCorrelation: true, disableLogSending: !logging }); // our stamp adds the trace fields
  // An adapter's artificial request has no socket, and instrumentation-http throws on it.
  const http = new HttpInstrumentation({ ignoreIncomingRequestHook: ({ socket }) => (socket as unknown) === undefined });
  const instrumentations = [http, new UndiciInstrumentation(), pino, ...installed(telemetry.instrumentations, warn)];

  patchImports();
  reportFirstFailure(warn);
  const contextManager = otelApi()?.context === undefined ? new OneStoreContextManager() : undefined; // otherwise another context manager is registered
  if (!telemetry.configFile) startFromEnvironment(telemetry, instrumentations, contextManager);
  else {
    startNodeSDK({ instrumentations });
    if (contextManager !== undefined) {
      api.context.disable(); // the SDK has no option for this
      api.context.setGlobalContextManager(contextManager);
    }
  }
  if (otelApi()?.context === contextManager) shared.manager = contextManager;

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
  if (otelApi()?.propagation === undefined) api.propagation.setGlobalPropagator(new CorrelationIdPropagator());

  onSecondSdk(() => warn('The application\'s OpenTelemetry SDK is not registered, because this preload started one first: set CORR_MODE=carry.'));
  hideArrayHeaders();
  const requests = new ExporterRequests();
  // Not a shutdown, because the application may continue after a signal.
  const providers = [tracers, api.metrics.getMeterProvider(), logs.getLoggerProvider()] as { forceFlush?(): Promise<void> }[];
  flushAtEnd(
    () => Promise.allSettled([...providers.map((provider) => provider.forceFlush?.()), requests.settle()]),
    () => requests.abandon(),
  );
}

function startFromEnvironment({ signals }: Telemetry, instrumentations: Instrumentation[], contextManager: OneStoreContextManager | undefined): void {
  // With CORR_MODE=trace alone, spans go to the specification's default endpoint.
  const traces = signals.traces || (!signals.metrics && !signals.logs && process.env['OTEL_TRACES_EXPORTER'] !== 'none');
  new NodeSDK({
    instrumentations,
    ...(contextManager === undefined ? {} : { contextManager }),
    ...(traces ? {} : { spanProcessors: [] }),
    ...(signals.metrics ? {} : { metricReaders: [] }),
    ...(signals.logs ? {} : { logRecordProcessors: [] }),
  }).start();
}

/** Reports telemetry that cannot be sent once, not at every attempt. */
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
  // Each copy has its own handler, and npm may install several for the exporters.
  onModuleLoad((filename, { exports }) => {
    if (/[\\/]@opentelemetry[\\/]core[\\/]/.test(filename)) (exports as { setGlobalErrorHandler?(handler: typeof tell): void }).setGlobalErrorHandler?.(tell);
  });
}
