// Elastic Common Schema. Under the preload there is nothing to add: correlation_id is on every line.
'use strict';
const { ecsFormat } = require('@elastic/ecs-pino-format');
const pino = require('pino');

module.exports = pino(ecsFormat({ serviceName: 'shop', convertReqRes: true }));
