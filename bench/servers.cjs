'use strict';
const { ofServer } = require('./instructions.cjs');
const { Child, here, median } = require('./processes.cjs');

/**
 * A scenario that measures servers: µs of CPU per request inside the process, after warm-up.
 *
 * All servers of a round stand at once, fresh, and get a short window of requests each in turn, again and again: a slow
 * moment of the machine, or of its neighbours, is then in all of them. Of a server's windows the median counts.
 */
module.exports = ({ app, load, apart = () => '', ...scenario }) => ({
  ...scenario,
  instructions: ofServer({ app, requests: 500 }),
  unit: 'µs CPU per request',

  async open({ node, quick, variants }) {
    const driver = new Child(process.execPath, here('driver.cjs'));
    const { upstream } = await driver.answer();
    const { windows, ...order } = quick ? load.quick : load.full;

    const together = async (names) => {
      const servers = names.map((name) => new Server(name, { node, app, upstream, ...order, ...variants[name] }));
      const results = {};
      const inTurn = async (step) => {
        for (const server of servers) {
          if (results[server.name] !== undefined) continue;
          await step(server).catch((error) => (results[server.name] = new Error(`${error.message}\n${server.child.stderr}`)));
        }
      };
      try {
        await inTurn((server) => server.warmUp(driver));
        for (let i = 0; i < windows; i++) await inTurn((server) => server.window(driver));
        for (const server of servers) results[server.name] ??= server.result();
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
  constructor(name, { node, app, upstream, nodeArgs, env, setup = '', connections, warmUp, requests, echoes = false, traces = false }) {
    Object.assign(this, { name, connections, requests, echoes, traces, warming: warmUp, costs: [] });
    this.child = new Child(node, here('apps', app), { nodeArgs, env: { ...env, BENCH_VARIANT: setup, BENCH_UPSTREAM: String(upstream) } });
  }

  async warmUp(driver) {
    ({ port: this.port, resident: this.resident } = await this.child.answer());
    await this.drive(driver, this.warming);
    ({ spans: this.spans } = await this.child.ask('usage'));
  }

  async window(driver) {
    const before = await this.child.ask('usage');
    await this.drive(driver, this.requests);
    const after = await this.child.ask('usage');
    this.costs.push((after.cpu - before.cpu) / this.requests);
    this.exported = after.spans - this.spans;
  }

  drive(driver, requests) {
    const { port, connections, echoes } = this;
    return driver.ask({ port, connections, requests, echo: echoes });
  }

  result() {
    // A variant that is to trace and does not would look cheap.
    return this.traces && this.exported === 0 ? new Error('no span was exported') : { value: median(this.costs), resident: this.resident, costs: this.costs };
  }

  stop() {
    return this.child.stop();
  }
}
