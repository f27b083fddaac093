// Elastic Common Schema. With the preload, nothing else is needed: correlation_id is on every line.
'use strict';
const { ecsFormat } = require('@elastic/ecs-pino-format');
const pino = require('pino');

module.exports = pino(ecsFormat({ serviceName: 'shop', convertReqRes: true }));
