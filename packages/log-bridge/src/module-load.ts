import Module from 'node:module';

/** A CommonJS module as Node's loader keeps it. */
export interface LoadedModule {
  exports: unknown;
  require(filename: string): unknown;
}

interface LoaderInternals {
  prototype: { load: (this: LoadedModule, filename: string) => unknown };
  _cache: Record<string, LoadedModule | undefined>;
}

/**
 * Tells of every CommonJS file that is loaded, those loaded already included. Returns its undo.
 *
 * `Module.prototype.load` is the one place that `require`, `import` of CommonJS and tsx all go through on Node 20 to 26;
 * `_extensions` is replaced by tsx, and `require` is not called by `import`.
 */
export function onModuleLoad(tell: (filename: string, module: LoadedModule) => void): () => void {
  const { prototype, _cache: cache } = Module as unknown as LoaderInternals;
  let active = true;
  const safely = (filename: unknown, module: LoadedModule | undefined): void => {
    if (!active || typeof filename !== 'string' || module === undefined) return;
    try {
      tell(filename, module);
    } catch {
      // Whatever a module has for exports, loading it goes on.
    }
  };
  const original = prototype.load;
  function load(this: LoadedModule, filename: string): unknown {
    const result = original.call(this, filename);
    safely(filename, this);
    return result;
  }
  prototype.load = load;
  for (const filename of Object.keys(cache)) safely(filename, cache[filename]);
  return () => {
    active = false;
    if (prototype.load === load) prototype.load = original; // else somebody wrapped us, and we only pass through
  };
}
