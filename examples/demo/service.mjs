import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Starts a service as a user would, and passes each line that it logs to `log`. Resolves to its address and a way to stop it, when
 * it listens.
 */
export async function start(entry, { preload, env, log }) {
  const flags = [...(preload ? ['-r', '@corr/auto-register'] : []), ...(entry.endsWith('ts') ? ['--import', 'tsx'] : [])];
  const child = spawn(process.execPath, [...flags, entry], {
    cwd: import.meta.dirname, // Node resolves both preloads from here
    env: { ...process.env, CORR_HOPS: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (complaint += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  process.once('exit', () => child.kill());

  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text);
      log(line);
      if (line.msg === 'listening') resolve(line.port);
    });
    void ended.then(() => reject(new Error(`${entry} did not start: ${complaint}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill(); // wait for the orderly end, because pino may still be writing its last lines
      await ended;
      return complaint;
    },
  };
}
