import Module = require('node:module');

/** A CommonJS module in Node's loader. */
export interface LoadedModule {
  exports: unknown;
  require(filename: string): unknown;
}
type Tell = (filename: string, module: LoadedModule) => void;
type Load = (this: LoadedModule, filename: string) => unknown;
type Compile = (this: LoadedModule, content: string, filename: string) => unknown;

const { prototype, _cache: cache } = Module as unknown as { prototype: { load: Load; _compile: Compile }; _cache: Record<string, LoadedModule | undefined> };

const listeners = new Set<Tell>();
/** Removes our wrapper and returns whether it could; `undefined` if there is no wrapper. */
let remove: (() => boolean) | undefined;

/**
 * Reports every CommonJS file that is loaded, including those loaded already. Returns its undo.
 *
 * On Node 20 to 26, `require`, `import` of CommonJS and tsx all go through `Module.prototype.load` and nothing else: tsx replaces
 * `_extensions`, and `import` does not call `require`. A file is reported in `_compile`, as soon as it has run, because Node 22 and
 * later store its exports for `import` after that.
 */
export function onModuleLoad(tell: Tell): () => void {
  const listener: Tell = (filename, module) => tell(filename, module); // a distinct listener for each call, so that one function can be registered twice
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
    tellAll(filename, this); // if other code replaced `_compile`
    return result;
  }
  function _compile(this: LoadedModule, _content: string, filename: string): unknown {
    const result: unknown = Reflect.apply(compileBefore, this, arguments);
    tellAll(filename, this);
    return result;
  }
  Object.assign(prototype, { load, _compile });
  return () => {
    // If other code has wrapped one of them, ours stays but only passes calls through.
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
    // Loading continues, whatever a module's exports do.
  }
}
