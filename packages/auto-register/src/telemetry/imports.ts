import Module from 'node:module';
import path from 'node:path';
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
 * Has `import` of a CommonJS package come through the hooks of the instrumentations, which are at `require`, with no loader hook.
 *
 * A file's exports are exchanged as soon as it has run: after the load, Node 20 and 22 have put them aside for `import`.
 */
export function patchImports(): void {
  patch(loader.prototype, '_compile', (original) =>
    function (_, filename) {
      const result: unknown = Reflect.apply(original, this, arguments);
      if (!filename.includes(`${path.sep}node_modules${path.sep}`)) return result;
      if (loader._cache[filename] !== this) return result; // it took itself out: a require would run it again
      try {
        this.loaded = true; // else this would be a circular require
        this.exports = this.require(filename);
      } catch {
        // Whatever an instrumentation makes of it, loading goes on.
      }
      this.loaded = false;
      return result;
    },
  );
  // A first require is a load without the hooks, then: they give away nothing patched before they are through.
  patch(loader.prototype, 'require', (hooked) =>
    function (id) {
      const filename = resolved(id, this);
      if (filename !== undefined && loader._cache[filename]?.loaded === false) return load.call(this, id); // circular: nothing to hook yet
      if (filename !== undefined && path.isAbsolute(filename) && !(filename in loader._cache)) {
        const exports = load.call(this, id);
        if (!(filename in loader._cache)) return exports; // it took itself out
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
