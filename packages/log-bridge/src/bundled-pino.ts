import { readFileSync } from 'node:fs';

/**
 * What to do when a file has a pino inlined that no hook can reach, one older than 9.10; `undefined` for any other file.
 */
export function bundledPinoAdvice(filename: string | undefined): string | undefined {
  if (filename === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(filename, 'latin1');
  } catch {
    return undefined; // no file of that name as it stands: whatever it is, it is no bundle
  }
  if (!/Symbol\(["'`]pino\.asJson["'`]\)/.test(text) || text.includes('pino_asJson')) return undefined;
  return `${filename} has a pino older than 9.10 inlined, whose lines cannot be stamped: mark pino as external in the bundler, or give its loggers { mixin: correlationMixin() } of @corr/log-bridge`;
}
