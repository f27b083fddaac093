import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { freePort, start } from '../polyglot/service.mjs';

/** Starts Redis without persistence. */
export async function redis({ home }) {
  const port = await freePort();
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', home];
  const server = await start('redis-server', args, { ready: /Ready to accept connections/ });
  return { port, stop: () => server.stop('SIGKILL') };
}

/** Starts RabbitMQ, and the port mapper that Erlang would otherwise leave running; both keep their files in one directory. */
export async function rabbitmq({ home }) {
  const [port, mapperPort, distributionPort] = [await freePort(), await freePort(), await freePort()];
  mkdirSync(path.join(home, 'rabbitmq'));
  const file = (name) => path.join(home, 'rabbitmq', name);
  const env = {
    HOME: home, // for Erlang's cookie
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: mapperPort,
    RABBITMQ_ALLOW_INPUT: '1', // runs the server instead of the script that starts it, so that signals reach it
    RABBITMQ_CONF_ENV_FILE: file('none'),
    RABBITMQ_CONFIG_FILE: file('none'),
    RABBITMQ_DIST_PORT: distributionPort,
    RABBITMQ_ENABLED_PLUGINS_FILE: file('none'),
    RABBITMQ_LOG_BASE: file('log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_MNESIA_BASE: file('db'),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: port,
    RABBITMQ_NODENAME: 'corr@localhost',
    RABBITMQ_PID_FILE: file('pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}',
  };
  const mapper = await start('epmd', ['-debug'], { env, ready: /epmd running/ });
  const server = await start('/usr/lib/rabbitmq/bin/rabbitmq-server', ['-noinput'], { env, ready: /Server startup complete/ });
  return {
    port,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    async stop() {
      await server.stop('SIGKILL'); // nothing in it needs to be kept
      await mapper.stop();
    },
  };
}
