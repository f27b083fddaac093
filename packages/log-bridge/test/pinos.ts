import pino from 'pino';

/** Pino as its versions have it in common. */
export type Pino = typeof pino;

/** Every major version that is supported, each loaded for real. */
export const PINOS: readonly (readonly [string, Pino])[] = ['pino8', 'pino9', 'pino'].map((name) => {
  const loaded = require(name) as Pino;
  return [`pino ${loaded.version}`, loaded];
});
