type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A method placed in front of another one. Without a replacement, it only passes calls on. */
interface Layer {
  readonly front: Method;
  /** The method behind it. For an inherited method, it looks the method up on the prototype at each call. */
  readonly behind: Method;
  /** The property's descriptor before the patch; `undefined` for an inherited method. */
  readonly before: PropertyDescriptor | undefined;
  replacement: Method | undefined;
  /** What stood on top when it was switched off: while that stands there, calls still pass through this layer. */
  top: unknown;
}

const layers = new WeakMap<object, Map<PropertyKey, Layer[]>>();

/**
 * Puts a method in front of an object's own or inherited method. Returns its undo.
 *
 * Default: if somebody has wrapped ours in the meantime, the undo leaves it in place, where it only passes calls on. Removing it would
 * remove their wrapper too. The next patch of that method reuses it, so each call passes through it once. An inherited method is
 * looked up at each call, so later patches of the prototype take effect.
 */
export function patch<H extends object, K extends keyof H>(holder: H, name: K, replace: (original: H[K]) => H[K]): () => void {
  const known = layersOf(holder, name);
  const waiting = known.find(({ replacement, top }) => replacement === undefined && holder[name] === top);
  const layer = waiting ?? install(holder, name);
  if (waiting === undefined) known.push(layer);
  const replacement = replace(layer.behind as H[K]) as Method;
  layer.replacement = replacement;
  return () => {
    if (layer.replacement !== replacement) return;
    layer.replacement = undefined;
    layer.top = holder[name];
    for (let top = onTop(holder, name, known); top?.replacement === undefined && top !== undefined; top = onTop(holder, name, known)) {
      known.splice(known.indexOf(top), 1);
      if (top.before === undefined) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, top.before);
    }
  };
}

function layersOf(holder: object, name: PropertyKey): Layer[] {
  let named = layers.get(holder);
  if (named === undefined) layers.set(holder, (named = new Map<PropertyKey, Layer[]>()));
  let known = named.get(name);
  if (known === undefined) named.set(name, (known = []));
  return known;
}

function onTop(holder: object, name: PropertyKey, known: readonly Layer[]): Layer | undefined {
  const method: unknown = (holder as Record<PropertyKey, unknown>)[name];
  return known.find(({ front }) => front === method);
}

function install(holder: object, name: PropertyKey): Layer {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  const original = (holder as Record<PropertyKey, unknown>)[name] as Method;
  const behind: Method =
    before === undefined
      ? function (this: unknown) {
          return Reflect.apply((Object.getPrototypeOf(holder) as Record<PropertyKey, Method>)[name] as Method, this, arguments);
        }
      : original;
  const front: Method = function (this: unknown) {
    return Reflect.apply(layer.replacement ?? behind, this, arguments);
  };
  const layer: Layer = { front, behind, before, replacement: undefined, top: undefined };
  dressAs(front, original);
  Object.defineProperty(holder, name, {
    value: front,
    writable: true,
    configurable: true,
    enumerable: isEnumerable(holder, name),
  });
  return layer;
}

/** As `for … in` sees it, which some use to copy the methods of a message. */
function isEnumerable(holder: object, name: PropertyKey): boolean {
  let owner: object | null = holder;
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner !== null && Object.prototype.propertyIsEnumerable.call(owner, name);
}

/** Copies the name, the length and symbol properties (`util.promisify.custom`), but not the marks by which others recognize their wrappers. */
function dressAs(front: Method, original: Method): void {
  for (const key of ['name', 'length', ...Object.getOwnPropertySymbols(original)]) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined) Object.defineProperty(front, key, descriptor);
  }
}

/** The same for a module that exports a function. The function's properties stay; a property that is the function itself becomes the new one. */
export function patchExports<F>(module: { exports: unknown }, replace: (original: F) => F): () => void {
  const original = module.exports as Record<string, unknown>;
  const undo = patch(module as { exports: F }, 'exports', replace);
  const front = module.exports as Record<string, unknown>;
  for (const [key, value] of Object.entries(original)) front[key] = value === original ? front : value;
  // require-in-the-middle stores the exports on the module under a symbol, and returns the stored ones from then on.
  const kept = module as unknown as Record<symbol, unknown>;
  for (const symbol of Object.getOwnPropertySymbols(module)) if (kept[symbol] === original) kept[symbol] = front;
  return undo;
}
