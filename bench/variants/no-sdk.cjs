'use strict';
const { correlationMixin } = require('../../packages/log-bridge');

exports.logger = { mixin: correlationMixin() };
