// Elastic Common Schema in an application without the preload.
'use strict';
const { correlationMixin } = require('@corr/log-bridge');
const { ecsFormat } = require('@elastic/ecs-pino-format');
const pino = require('pino');

module.exports = pino({ ...ecsFormat({ serviceName: 'shop', convertReqRes: true }), mixin: correlationMixin() });
