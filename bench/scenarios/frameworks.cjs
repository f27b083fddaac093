'use strict';
const { execFileSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { here } = require('../processes.cjs');
const servers = require('../servers.cjs');
const { bare, carry } = require('../variants/index.cjs');

/** Each framework's application is in apps/frameworks. `peers` are what its users take today: values of BENCH_WAY, or paths for Next.js. */
const PEERS = {
  express: { name: 'express 5', peers: { 'cls-rtracer': 'cls-rtracer', 'pino-http': 'pino-http with genReqId' } },
  fastify: { name: 'fastify 5', peers: { genReqId: 'its own genReqId and request.log', 'request-context': '@fastify/request-context' } },
  koa: { name: 'koa 3', peers: { 'cls-rtracer': 'cls-rtracer' } },
  nest: { name: 'NestJS 11 on fastify', peers: { 'nestjs-cls': 'nestjs-cls' } },
  hono: { name: 'hono 4', peers: { 'request-id': 'hono/request-id and hono/context-storage' } },
  next: { name: 'Next.js 16', peers: { wrapped: 'handler wrapped in an AsyncLocalStorage', proxied: 'proxy.js and headers()' } },
};

const variants = {};
for (const [framework, { name, peers }] of Object.entries(PEERS)) {
  const app = `frameworks/${framework}.cjs`;
  for (const [way, variant] of Object.entries({ bare, carry })) {
    variants[`${framework}.${way}`] = { ...variant, app, env: { NODE_ENV: 'production' }, title: `${name}: ${variant.title}` };
  }
  for (const [way, title] of Object.entries(peers)) {
    variants[`${framework}.${way}`] = { app, env: { NODE_ENV: 'production', BENCH_WAY: way }, title: `${name}: ${title}`, echoes: true, onLines: 'id' };
  }
}
// A request of Next.js takes some ten times as long as one of the others.
for (const [name, variant] of Object.entries(variants)) if (name.startsWith('next.')) Object.assign(variant, { warmUpRequests: 3_000, requests: 200 });
variants['next.wrapped'].path = '/wrapped';
variants['next.proxied'].path = '/proxied';

module.exports = servers({
  title: 'Frameworks: a small JSON and two pino lines',
  rounds: { full: 3, quick: 1 },
  load: {
    full: { connections: 50, warmUp: 10_000, requests: 1_000, windows: 15 },
    quick: { connections: 50, warmUp: 2_000, requests: 500, windows: 3 },
  },
  variants,
  apart: (name) => name.split('.')[0],
  prepare: buildNext,
});

/** Next.js builds its application once, and again after a change. */
function buildNext() {
  const folder = here('apps/frameworks/next');
  const built = `${folder}/dist/BUILD_ID`;
  const sources = readdirSync(folder, { recursive: true }).filter((file) => !file.startsWith('dist'));
  const changed = Math.max(...sources.map((file) => statSync(`${folder}/${file}`).mtimeMs), statSync(here('package-lock.json')).mtimeMs);
  if (existsSync(built) && statSync(built).mtimeMs > changed) return;
  execFileSync(process.execPath, [here('node_modules/next/dist/bin/next'), 'build', folder], { env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } });
}
