'use strict';
/* Written by hand: a middleware around AsyncLocalStorage, a pino mixin, and one header on every call. */
const { AsyncLocalStorage } = require('node:async_hooks');
const { randomUUID } = require('node:crypto');

const store = new AsyncLocalStorage();

const idOf = (request) => request.headers['correlation-id'] ?? randomUUID();

exports.middleware = (handler) => (request, response) => {
  const id = idOf(request);
  response.setHeader('Correlation-Id', id);
  store.run({ id }, handler, request, response);
};
exports.enter = (request, run) => store.run({ id: idOf(request) }, run);
exports.logger = { mixin: () => ({ correlation_id: store.getStore()?.id ?? 'Internal' }) };
exports.headers = () => ({ 'correlation-id': store.getStore().id });
