'use strict';
const { execFileSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { here } = require('../processes.cjs');
const servers = require('../servers.cjs');
const { bare, carry, hops, trace } = require('../variants/index.cjs');
const tracers = require('../variants/tracers.cjs');

/**
 * A scenario for each framework, whose application is in apps/frameworks: bare, with @corr, with what its users take today, and under
 * tracers. What users take is a way that the application has (BENCH_WAY) or, under Next.js, a path.
 */
module.exports = {
  express: framework('express', 'express 5', { 'cls-rtracer': way('cls-rtracer'), 'pino-http': way('pino-http, its genReqId', 'pino-http'), ...withLoggers('pino-http'), trace, ...tracers }),
  fastify: framework('fastify', 'fastify 5', { genReqId: way('its own genReqId and request.log', 'genReqId'), ...withLoggers('genReqId', 'request.log'), 'request-context': way('@fastify/request-context', 'request-context'), trace, ...tracers }),
  koa: framework('koa', 'koa 3', { 'cls-rtracer': way('cls-rtracer') }),
  nest: framework('nest', 'NestJS 11 on fastify', { 'nestjs-cls': way('nestjs-cls') }),
  hono: framework('hono', 'hono 4', { 'request-id': way('hono/request-id and hono/context-storage', 'request-id') }),
  next: framework(
    'next',
    'Next.js 16',
    { wrapped: way('handler wrapped in an AsyncLocalStorage', 'bare', '/wrapped'), proxied: way('proxy.js and headers()', 'bare', '/proxied') },
    // A request of Next.js takes some ten times as long as one of the others.
    { warmUpRequests: 1_500, requests: 100, prepare: buildNext },
  ),
};

function framework(name, title, peers, { prepare, ...load } = {}) {
  const variants = {};
  for (const [key, variant] of Object.entries({ bare, carry, ...peers })) {
    variants[key] = { ...variant, ...load, env: { NODE_ENV: 'production', BENCH_FRAMEWORK: name, ...variant.env } };
  }
  return servers({
    title: `${title}: a small JSON and two pino lines`,
    rounds: { full: 3, quick: 1 },
    app: `frameworks/${name}.cjs`,
    load: {
      full: { connections: 50, warmUp: 10_000, requests: 500, windows: 15 },
      quick: { connections: 50, warmUp: 2_000, requests: 500, windows: 3 },
    },
    variants,
    prepare,
  });
}

function way(title, name = title, path = undefined) {
  return { title, env: { BENCH_WAY: name }, path, echoes: true, onLines: 'id' };
}

/** @corr under an application that has a logger for each request, without and with hops. */
function withLoggers(name, title = name) {
  return Object.fromEntries(Object.entries({ carry, hops }).map(([key, variant]) => [`${name}.${key}`, { ...variant, title: `${title}, ${variant.title}`, env: { ...variant.env, BENCH_WAY: name } }]));
}

/** Next.js builds its application once, and again after a change. */
function buildNext() {
  const folder = here('apps/frameworks/next');
  const built = `${folder}/dist/BUILD_ID`;
  const sources = readdirSync(folder, { recursive: true }).filter((file) => !file.startsWith('dist'));
  const changed = Math.max(...sources.map((file) => statSync(`${folder}/${file}`).mtimeMs), statSync(here('package-lock.json')).mtimeMs);
  if (existsSync(built) && statSync(built).mtimeMs > changed) return;
  execFileSync(process.execPath, [here('node_modules/next/dist/bin/next'), 'build', folder], { env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } });
}
