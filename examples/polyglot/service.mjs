import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import net from 'node:net';

/** Debian installs servers in directories that only root's PATH contains. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/**
 * Starts a program, with its standard output in a log file if `log` is given. Resolves to its address and a way to stop it, when
 * `ready` finds the port in its output.
 */
export async function start(command, args, { cwd = import.meta.dirname, env = {}, log, ready }) {
  const child = spawn(command, args, { cwd, env: { ...process.env, PATH, no_proxy: '127.0.0.1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ends = [once(child, 'close')];
  if (log !== undefined) ends.push(once(child.stdout.pipe(createWriteStream(log)), 'finish'));
  const ended = Promise.all(ends);
  process.once('exit', () => child.kill()); // SIGTERM, which nginx and uWSGI pass on to their workers

  let written = '';
  const port = await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${command} was not ready in 30 s: ${written}`)), 30_000).unref();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        written += text;
        const found = ready.exec(written);
        if (found !== null) resolve(Number(found[1]));
      });
    }
    child.once('error', reject);
    child.once('close', () => reject(new Error(`${command} ${args.join(' ')} did not start: ${written}`)));
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

/** Starts a Node service, preloaded as a user would do it. */
export function node(entry, { preload = true, ...options }) {
  const flags = preload ? ['-r', '@corr/auto-register'] : [];
  return start(process.execPath, [...flags, entry], { ready: /"port":(\d+)/, ...options });
}

/** Starts a Python service under uWSGI, whose own request log has the ID too. */
export function uwsgi(module, { env, log, requestLog }) {
  const format = '{"time":"%(ltime)","correlation_id":"%(correlation_id)","method":"%(method)","path":"%(uri)","status":%(status),"milliseconds":%(msecs)}';
  const args = ['--plugin', 'python3,logfile', '--http-socket', '127.0.0.1:0', '--master', '--die-on-term', '--no-orphans', '--threads', '8'];
  args.push('--pythonpath', import.meta.dirname, '--module', module, '--callable', 'app', '--need-app');
  args.push('--req-logger', `file:${requestLog}`, '--log-format', format);
  return start('uwsgi', args, {
    env: { PYTHONDONTWRITEBYTECODE: '1', LOG_FILE: log, ...env },
    ready: /bound to TCP address 127\.0\.0\.1:(\d+)/,
  });
}

/** Starts nginx, which cannot choose a port itself; it listens before it starts a worker. */
export async function nginx({ cwd, port }) {
  const args = ['-p', cwd, '-e', 'stderr', '-c', 'nginx.conf', '-g', 'error_log stderr notice;'];
  const { stop } = await start('nginx', args, { ready: /start worker process (\d+)/ });
  return { port, url: `http://127.0.0.1:${port}`, stop };
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
