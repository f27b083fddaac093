'use strict';
/* Preloaded before an SDK: its OTLP exporter then accepts every batch, counts the spans and sends none. */
const otel = require('./otel.cjs');

globalThis.exportedSpans = 0;
for (const { OTLPTraceExporter } of otel.copies('exporter-trace-otlp-proto')) {
  OTLPTraceExporter.prototype.export = (spans, done) => {
    globalThis.exportedSpans += spans.length;
    done({ code: 0 });
  };
}
