import pino from 'pino';

/** The API that all versions of pino share. */
export type Pino = typeof pino;

/** Every supported major version, each loaded for real. */
export const PINOS: readonly (readonly [string, Pino])[] = ['pino8', 'pino9', 'pino'].map((name) => {
  const loaded = require(name) as Pino;
  return [`pino ${loaded.version}`, loaded];
});
