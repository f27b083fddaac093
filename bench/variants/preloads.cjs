'use strict';
/** Node's arguments that preload files. */
exports.required = (...files) => files.flatMap((file) => ['-r', file]);

/** The environment of all variants with OpenTelemetry's SDK: spans only, by OTLP, which null-exporter.cjs drops. */
exports.telemetry = {
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_SERVICE_NAME: 'bench',
  OTEL_NODE_RESOURCE_DETECTORS: 'none',
};
