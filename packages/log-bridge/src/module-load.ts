import Module from 'node:module';

/** A CommonJS module as Node's loader keeps it. */
export interface LoadedModule {
  exports: unknown;
  require(filename: string): unknown;
}
type Tell = (filename: string, module: LoadedModule) => void;
type Load = (this: LoadedModule, filename: string) => unknown;
type Compile = (this: LoadedModule, content: string, filename: string) => unknown;

const { prototype, _cache: cache } = Module as unknown as { prototype: { load: Load; _compile: Compile }; _cache: Record<string, LoadedModule | undefined> };

const listeners = new Set<Tell>();
/** Takes our wrapper out, and says whether it could; `undefined` while there is none. */
let remove: (() => boolean) | undefined;

/**
 * Tells of every CommonJS file that is loaded, those loaded already included. Returns its undo.
 *
 * `Module.prototype.load` is the one place that `require`, `import` of CommonJS and tsx all go through on Node 20 to 26;
 * `_extensions` is replaced by tsx, and `require` is not called by `import`. It is told as soon as the file has run, in
 * `_compile`: after that, Node 22 and later have put aside what it exports for `import`.
 */
export function onModuleLoad(tell: Tell): () => void {
  const listener: Tell = (filename, module) => tell(filename, module); // one for each call, whoever is told
  remove ??= install();
  listeners.add(listener);
  for (const filename of Object.keys(cache)) safely(listener, filename, cache[filename]);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && remove?.() === true) remove = undefined;
  };
}

function install(): () => boolean {
  const told = new WeakSet<LoadedModule>();
  const tellAll = (filename: string, module: LoadedModule): void => {
    if (told.has(module)) return;
    told.add(module);
    for (const listener of listeners) safely(listener, filename, module);
  };
  const { load: loadBefore, _compile: compileBefore } = prototype;
  function load(this: LoadedModule, filename: string): unknown {
    const result = loadBefore.call(this, filename);
    tellAll(filename, this); // where somebody replaced `_compile`
    return result;
  }
  function _compile(this: LoadedModule, _content: string, filename: string): unknown {
    const result: unknown = Reflect.apply(compileBefore, this, arguments);
    tellAll(filename, this);
    return result;
  }
  Object.assign(prototype, { load, _compile });
  return () => {
    // Where somebody wrapped one of them it stays, and only passes through.
    if (prototype.load !== load || prototype._compile !== _compile) return false;
    Object.assign(prototype, { load: loadBefore, _compile: compileBefore });
    return true;
  };
}

function safely(tell: Tell, filename: unknown, module: LoadedModule | undefined): void {
  if (typeof filename !== 'string' || module === undefined) return;
  try {
    tell(filename, module);
  } catch {
    // Whatever a module has for exports, loading it goes on.
  }
}
