import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts a service as a user would, and hands over each line that it logs. Resolves, once it listens, to its address and its end. */
export async function start(entry, { preload, env, log }) {
  const flags = [...(preload ? ['-r', '@corr/auto-register'] : []), ...(entry.endsWith('ts') ? ['--import', 'tsx'] : [])];
  const child = spawn(process.execPath, [...flags, entry], {
    cwd: import.meta.dirname, // where both preloads are looked for
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
      child.kill(); // a service ends in good order, as pino's last lines may still be on their way
      await ended;
      return complaint;
    },
  };
}
