import Module = require('node:module');
import path = require('node:path');
import { patch } from '@corr/propagator/internal';

interface CommonJsModule {
  exports: unknown;
  loaded: boolean;
  require(this: CommonJsModule, id: string): unknown;
  _compile(this: CommonJsModule, content: string, filename: string): unknown;
}
const loader = Module as unknown as {
  prototype: CommonJsModule;
  _cache: Record<string, CommonJsModule | undefined>;
  _resolveFilename(id: string, parent: CommonJsModule): string;
};
const { require: load } = loader.prototype;

/**
 * Makes `import` of a CommonJS package go through the `require` hooks of instrumentations, without a loader hook.
 *
 * A file's exports are replaced as soon as it has run, because Node 20 and 22 store them for `import` after the load.
 */
export function patchImports(): void {
  patch(loader.prototype, '_compile', (original) =>
    function (_, filename) {
      const result: unknown = Reflect.apply(original, this, arguments);
      if (!filename.includes(`${path.sep}node_modules${path.sep}`)) return result;
      if (loader._cache[filename] !== this) return result; // it removed itself from the cache: a require would run it again
      try {
        this.loaded = true; // otherwise this would be a circular require
        this.exports = this.require(filename);
      } catch {
        // Loading continues, whatever an instrumentation throws.
      }
      this.loaded = false;
      return result;
    },
  );
  // For a first require, load without the hooks first: they return nothing patched until they are done.
  patch(loader.prototype, 'require', (hooked) =>
    function (id) {
      const filename = resolved(id, this);
      if (filename !== undefined && loader._cache[filename]?.loaded === false) return load.call(this, id); // circular: nothing to hook yet
      if (filename !== undefined && path.isAbsolute(filename) && !(filename in loader._cache)) {
        const exports = load.call(this, id);
        if (!(filename in loader._cache)) return exports; // it removed itself from the cache
      }
      return hooked.call(this, id);
    },
  );
}

function resolved(id: string, parent: CommonJsModule): string | undefined {
  try {
    return loader._resolveFilename(id, parent);
  } catch {
    return undefined;
  }
}
