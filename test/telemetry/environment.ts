/** Asks for no telemetry, whatever mode the suites are run in. */
export const UNASKED = {
  CORR_MODE: undefined,
  OTEL_TRACES_EXPORTER: undefined,
  OTEL_METRICS_EXPORTER: undefined,
  OTEL_LOGS_EXPORTER: undefined,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: undefined,
};
