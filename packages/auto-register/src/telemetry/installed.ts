import { createRequire } from 'node:module';
import path = require('node:path');
import type { Instrumentation } from '@opentelemetry/instrumentation';

/** Loads the instrumentations that the application has installed, by `auto`, short name or package name. */
export function installed(names: readonly string[], warn: (message: string) => void): Instrumentation[] {
  const load = (name: string): Record<string, unknown> => {
    try {
      return createRequire(path.resolve(process.argv[1] ?? '.', 'x'))(name) as Record<string, unknown>;
    } catch {
      return createRequire(path.join(process.cwd(), 'x'))(name) as Record<string, unknown>;
    }
  };
  return names.flatMap((name) => {
    const file = name === 'auto' ? '@opentelemetry/auto-instrumentations-node' : name.includes('/') ? name : `@opentelemetry/instrumentation-${name}`;
    try {
      const exported = load(file);
      if (name === 'auto') {
        const own = Object.fromEntries(['http', 'undici', 'pino'].map((one) => [`@opentelemetry/instrumentation-${one}`, { enabled: false }]));
        return (exported['getNodeAutoInstrumentations'] as (config: unknown) => Instrumentation[])(own);
      }
      const found = Object.entries(exported).find(([key, value]) => key.endsWith('Instrumentation') && typeof value === 'function');
      if (found === undefined) throw new TypeError('it exports no instrumentation');
      return [new (found[1] as new () => Instrumentation)()];
    } catch (error) {
      warn(`CORR_INSTRUMENTATIONS: ${file} is not used: ${(error as Error).message.split('\n', 1)[0]}`);
      return [];
    }
  });
}
