'use strict';
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const here = (...parts) => path.join(__dirname, ...parts);

/** A child process that gets orders over IPC and gives one answer to each. */
class Child {
  constructor(node, file, { args = [], nodeArgs = [], env = {}, lines = 'ignore' } = {}) {
    const inherited = { ...process.env };
    for (const name of Object.keys(inherited)) if (/^(NODE_OPTIONS|NODE_ENV|OTEL_|CORR|DD_|SENTRY_)/.test(name)) delete inherited[name];
    this.name = `${path.basename(file)} ${args.join(' ')}`;
    this.process = spawn(node, [...nodeArgs, file, ...args], {
      env: { ...inherited, ...env },
      // What the app logs is written, as in production: to /dev/null, or to `lines`, the descriptor of a file.
      stdio: ['ignore', lines, 'pipe', 'ipc'],
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

/** A round that measures one variant after the other. */
function oneByOne(measure) {
  return async (names) => {
    const results = {};
    for (const name of names) results[name] = await Promise.resolve(name).then(measure).catch((error) => error);
    return results;
  };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

module.exports = { Child, here, median, oneByOne };
