// Elastic Common Schema. With the preload, nothing else is needed: correlation_id is on every line.
'use strict';
const { ecsFormat } = require('@elastic/ecs-pino-format');
const pino = require('pino');

const ecs = ecsFormat({ serviceName: 'shop', convertReqRes: true });

/** The format converts Node's own req and res, and drops all others: with CORR_HOPS=true, those of @corr's records. */
function log(record) {
  const isPlain = ([name, value]) => /^re[qs]$/.test(name) && Object.getPrototypeOf(value ?? 0) === Object.prototype;
  return { ...ecs.formatters.log(record), ...Object.fromEntries(Object.entries(record).filter(isPlain)) };
}

module.exports = pino({ ...ecs, formatters: { ...ecs.formatters, log } });
