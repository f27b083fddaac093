'use strict';
/* cls-rtracer with its recipe for pino, and the one of its middlewares that works on plain http. */
const rTracer = require('cls-rtracer');

const middleware = rTracer.fastifyMiddleware({ useHeader: true, headerName: 'Correlation-Id', echoHeader: true });

exports.middleware = (handler) => (request, response) => middleware(request, response, () => handler(request, response));
exports.logger = { mixin: () => ({ correlation_id: rTracer.id() }) };
exports.headers = () => ({ 'correlation-id': rTracer.id() });
