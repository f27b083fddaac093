'use strict';
const Module = require('node:module');

// Gives all code in this process another copy of OpenTelemetry's API: the one named by TEST_CORR_API (`otel-api-1.0`).
const api = process.env.TEST_CORR_API;
const resolve = Module._resolveFilename;
if (api) Module._resolveFilename = (id, ...rest) => resolve.call(Module, id === '@opentelemetry/api' ? api : id, ...rest);
