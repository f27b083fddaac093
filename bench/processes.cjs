'use strict';
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const here = (...parts) => path.join(__dirname, ...parts);

/** A child process that is spoken with over IPC: one order, one answer. */
class Child {
  constructor(node, file, { args = [], nodeArgs = [], env = {} } = {}) {
    const inherited = { ...process.env };
    for (const name of Object.keys(inherited)) if (/^(NODE_OPTIONS|OTEL_|CORR)/.test(name)) delete inherited[name];
    this.name = `${path.basename(file)} ${args.join(' ')}`;
    this.process = spawn(node, [...nodeArgs, file, ...args], {
      env: { ...inherited, ...env },
      // What the app logs is written, as in production, and kept by nobody.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.stderr = '';
    this.process.stderr.setEncoding('utf8').on('data', (text) => (this.stderr += text));
    this.gone = once(this.process, 'exit');
  }

  async answer() {
    const message = await Promise.race([once(this.process, 'message').then(([m]) => m), this.gone.then(() => undefined)]);
    if (message === undefined) throw new Error(`${this.name} ended: ${this.stderr}`);
    if (message.error !== undefined) throw new Error(`${this.name}: ${message.error}`);
    return message;
  }

  ask(order) {
    this.process.send(order);
    return this.answer();
  }

  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.gone;
  }
}

/** µs of CPU per request inside a server process after warm-up: the median of some windows, so that a burst of other work is not in it. */
async function cpuPerRequest({ node, driver, app, variant, connections, warmUp, requests, windows, env = {} }) {
  const server = new Child(node, here('apps', app), { nodeArgs: variant.nodeArgs, env: { ...variant.env, ...env, BENCH_VARIANT: variant.setup ?? '' } });
  try {
    const { port } = await server.answer();
    const order = { port, connections, echo: variant.echoes === true };
    await driver.ask({ ...order, requests: warmUp });
    const costs = [];
    let { cpu, spans } = await server.ask('usage');
    const spansBefore = spans;
    for (let i = 0; i < windows; i++) {
      await driver.ask({ ...order, requests });
      const after = await server.ask('usage');
      costs.push((after.cpu - cpu) / requests);
      ({ cpu, spans } = after);
    }
    // A variant that is to trace and does not would look cheap.
    if (variant.traces === true && spans === spansBefore) throw new Error('no span was exported');
    return median(costs);
  } catch (error) {
    throw new Error(`${variant.title}: ${error.message}\n${server.stderr}`);
  } finally {
    await server.stop();
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

module.exports = { Child, cpuPerRequest, here, median };
