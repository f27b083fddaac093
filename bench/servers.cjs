'use strict';
const { randomUUID } = require('node:crypto');
const { closeSync, openSync, readFileSync, rmSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ofServer } = require('./instructions.cjs');
const { Child, here, median } = require('./processes.cjs');

/** Where a server that is checked writes its lines: pino may lose what does not fit into a pipe when its process ends. */
const LINES = path.join(os.tmpdir(), `corr-bench-${process.pid}.log`);
process.once('exit', () => rmSync(LINES, { force: true }));

/**
 * A scenario that measures servers: µs of CPU per request inside the process, after warm-up.
 *
 * Before the first round, each variant runs once for a check of what it writes. In a round, all servers run at the same time, each a
 * fresh process. They get a short window of requests in turn, again and again, so a slow moment of the machine affects all of them. The
 * median of a server's windows counts.
 */
module.exports = ({ app, load, apart = () => '', prepare = () => undefined, ...scenario }) => ({
  ...scenario,
  instructions: ofServer({ app, requests: 500 }),
  unit: 'µs CPU per request',

  async open({ node, quick, variants }) {
    prepare();
    const driver = new Child(process.execPath, here('driver.cjs'));
    const { upstream } = await driver.answer();
    const { windows, warmUp, ...order } = quick ? load.quick : load.full;
    const make = (name, more) => new Server(name, { node, app, upstream, warmUpRequests: warmUp, ...order, ...variants[name], ...more });
    const unchecked = new Set(Object.keys(variants));

    const together = async (names) => {
      const results = {};
      const inTurn = async (servers, step) => {
        for (const server of servers) {
          if (results[server.name] !== undefined) continue;
          await step(server).catch((error) => (results[server.name] = new Error(`${error.message}\n${server.child.stderr}`)));
        }
      };
      for (const name of names) if (unchecked.delete(name)) await inTurn([make(name, { lines: openSync(LINES, 'w') })], (server) => server.check(driver));
      const servers = names.filter((name) => results[name] === undefined).map((name) => make(name));
      try {
        await inTurn(servers, (server) => server.warmUp(driver));
        for (let i = 0; i < windows; i++) await inTurn(servers, (server) => server.window(driver));
        await inTurn(servers, async (server) => (results[server.name] = await server.result(driver)));
        return results;
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    };

    return {
      async round(names) {
        const results = {};
        for (const part of new Set(names.map(apart))) Object.assign(results, await together(names.filter((name) => apart(name) === part)));
        return results;
      },
      close: () => driver.stop(),
    };
  },
});

class Server {
  constructor(name, { node, app, upstream, nodeArgs, env, lines, setup = '', ...order }) {
    Object.assign(this, { name, lines, costs: [] }, order);
    this.child = new Child(node, here('apps', app), { nodeArgs, lines, env: { ...env, BENCH_VARIANT: setup, BENCH_UPSTREAM: String(upstream) } });
  }

  /** A short run of its own that shows that the variant does what it is measured for. */
  async check(driver) {
    const ids = Array.from({ length: this.connections }, () => randomUUID());
    try {
      ({ port: this.port } = await this.child.answer());
      await this.drive(driver, ids.length, ids);
      // The server ends by itself, because pino writes its last lines at the end.
      this.child.process.disconnect();
      await this.child.gone;
    } finally {
      await this.stop();
    }
    closeSync(this.lines);
    checkLines(readFileSync(LINES, 'utf8'), ids, this.onLines);
  }

  async warmUp(driver) {
    ({ port: this.port, resident: this.resident } = await this.child.answer());
    await this.drive(driver, this.warmUpRequests);
    this.sentBefore = await this.sent(driver);
  }

  async window(driver) {
    const before = await this.child.ask('usage');
    await this.drive(driver, this.requests);
    const after = await this.child.ask('usage');
    this.costs.push((after.cpu - before.cpu) / this.requests);
  }

  drive(driver, requests, ids) {
    const { port, path, connections, echoes } = this;
    return driver.ask({ port, path, connections, requests, ids, echo: echoes === true });
  }

  /** How much a tracer has sent: spans to the exporter that drops them, or requests to the driver. */
  async sent(driver) {
    if (this.traces === undefined) return undefined;
    return this.traces === 'driver' ? (await driver.ask('received')).received : (await this.child.ask('usage')).spans;
  }

  async result(driver) {
    // A tracer that does not trace would look cheap.
    if (this.traces !== undefined && (await this.sent(driver)) === this.sentBefore) throw new Error('nothing was sent');
    return { value: median(this.costs), resident: this.resident, costs: this.costs };
  }

  stop() {
    return this.child.stop();
  }
}

/** Throws unless each request has two lines, with its own ID on both, or with a match of `onLines` and no ID. */
function checkLines(text, ids, onLines) {
  const lines = text.split('\n').filter((line) => /"msg":"(request|response)"/.test(line));
  const counts = new Map(ids.map((id) => [id, 0]));
  const wrong = lines.find((line) => {
    const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(line)?.[0];
    if (onLines !== 'id') return counts.has(id) || !(onLines ?? /^/).test(line);
    counts.set(id, counts.get(id) + 1);
    return !(counts.get(id) <= 2);
  });
  if (wrong !== undefined || lines.length !== 2 * ids.length) throw new Error(`${lines.length} lines for ${ids.length} requests, and a wrong one: ${wrong}`);
}
