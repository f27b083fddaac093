'use strict';
/* cls-rtracer with its recipe for pino; of its middlewares the one that works on plain http. */
const rTracer = require('cls-rtracer');

const middleware = rTracer.fastifyMiddleware({ useHeader: true, headerName: 'Correlation-Id', echoHeader: true });

exports.middleware = (handler) => (request, response) => middleware(request, response, () => handler(request, response));
exports.logger = { mixin: () => ({ correlation_id: rTracer.id() }) };
exports.headers = () => ({ 'correlation-id': rTracer.id() });
