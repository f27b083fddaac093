'use strict';
const { spawnSync } = require('node:child_process');
const { performance } = require('node:perf_hooks');
const { here, oneByOne } = require('../processes.cjs');

const server = "require('node:http');require('node:https');";
const required = (file) => ['-r', file];
const variants = {
  bare: { title: 'node -e 0', code: '' },
  server: { title: 'node, http and https loaded', code: server },
  carry: { title: '@corr, carry mode; http and https loaded', code: server, nodeArgs: required(here('../packages/auto-register/dist/register.js')), ours: true },
  sdk: { title: 'hand-written NodeSDK preload', code: server, nodeArgs: required(here('variants/sdk-preload.cjs')) },
  auto: {
    title: '@opentelemetry/auto-instrumentations-node/register',
    code: server,
    nodeArgs: required(here('node_modules/@opentelemetry/auto-instrumentations-node/build/src/register.js')),
  },
};
// By default it looks for the cloud that it runs in, and sends to a collector. A start does not include that.
const quiet = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_NODE_RESOURCE_DETECTORS: 'none' };
const tell = 'const{user,system}=process.cpuUsage();process._rawDebug(JSON.stringify([(user+system)/1000,process.resourceUsage().maxRSS/1024]));process.exit(0)';

module.exports = {
  title: 'Start-up: CPU time and peak memory of a process that ends at once',
  unit: 'ms CPU',
  rounds: { full: 15, quick: 2 },
  variants,
  more: { wall: 'ms', memory: 'MiB at most' },

  async open({ node }) {
    const env = { ...process.env, ...quiet };
    delete env.NODE_OPTIONS;
    return {
      round: oneByOne((name) => {
        const { code, nodeArgs = [] } = variants[name];
        const began = performance.now();
        const { status, stderr } = spawnSync(node, [...nodeArgs, '-e', code + tell], { env, encoding: 'utf8' });
        const wall = performance.now() - began;
        const line = stderr.split('\n').find((text) => text.startsWith('['));
        if (status !== 0 || line === undefined) throw new Error(`${name}: ${stderr}`);
        const [cpu, memory] = JSON.parse(line);
        return { value: cpu, wall, memory };
      }),
      close: () => undefined,
    };
  },
};
