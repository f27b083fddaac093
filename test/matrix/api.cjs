'use strict';
const Module = require('node:module');

// Has everybody in this process get another copy of OpenTelemetry's API: the one that TEST_CORR_API names (`otel-api-1.0`).
const api = process.env.TEST_CORR_API;
const resolve = Module._resolveFilename;
if (api) Module._resolveFilename = (id, ...rest) => resolve.call(Module, id === '@opentelemetry/api' ? api : id, ...rest);
