/** Asks for no telemetry, whatever mode the suites are run in. */
export const UNASKED = {
  CORR_MODE: undefined,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: undefined,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: undefined,
  OTEL_BSP_SCHEDULE_DELAY: undefined,
};
