// Elastic Common Schema in an application that is not preloaded.
'use strict';
const { correlationMixin } = require('@corr/log-bridge');
const { ecsFormat } = require('@elastic/ecs-pino-format');
const pino = require('pino');

module.exports = pino({ ...ecsFormat({ serviceName: 'shop', convertReqRes: true }), mixin: correlationMixin() });
