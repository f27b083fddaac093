const STAMPED = Symbol.for('@corr/log-bridge.stamped');

type Method = (this: unknown, ...args: never[]) => unknown;
/** Makes what stands in front of a method, of what calls the method itself. */
export type Replace = (call: (self: unknown, args: ArrayLike<unknown>) => unknown) => Method;

/**
 * Marks what a logger's copy is stamped at. Returns what takes the mark off; `undefined` where it is stamped already,
 * by whichever copy of this package.
 */
export function claim(holder: object): (() => void) | undefined {
  if (isClaimed(holder)) return undefined;
  Object.defineProperty(holder, STAMPED, { value: true, configurable: true });
  return () => void delete (holder as { [STAMPED]?: true })[STAMPED];
}

/** True for what is stamped, by whichever copy of this package. */
export function isClaimed(holder: object): boolean {
  return Object.hasOwn(holder, STAMPED);
}

/**
 * Puts a method in front of one, own or inherited, that is looked up when it is called. Returns its undo.
 *
 * Where somebody wrapped it since, it stays, since taking it out would take theirs out too: it then only hands on.
 */
export function patch(holder: object, name: string, replace: Replace): () => void {
  const own = Object.getOwnPropertyDescriptor(holder, name);
  const original = (): Method => (own === undefined ? (Object.getPrototypeOf(holder) as Record<string, Method>)[name] : own.value) as Method;
  const call = (self: unknown, args: ArrayLike<unknown>): unknown => Reflect.apply(original(), self, args as never[]);
  const replacement = replace(call);
  let active = true;
  const patched = function (this: unknown): unknown {
    return active ? Reflect.apply(replacement, this, arguments) : call(this, arguments);
  };
  Object.defineProperty(patched, 'name', { value: name });
  Object.defineProperty(holder, name, { value: patched, writable: true, configurable: true, enumerable: own?.enumerable ?? false });
  return () => {
    active = false;
    if (Object.getOwnPropertyDescriptor(holder, name)?.value !== patched) return;
    if (own === undefined) delete (holder as Record<string, unknown>)[name];
    else Object.defineProperty(holder, name, own);
  };
}

/** Claims a holder and patches those of its methods that it has. Returns the undo of both; `undefined` where it is stamped already. */
export function stamp(holder: object, methods: Record<string, Replace>): (() => void) | undefined {
  const release = claim(holder);
  if (release === undefined) return undefined;
  const present = Object.entries(methods).filter(([name]) => typeof (holder as Record<string, unknown>)[name] === 'function');
  const undo = present.map(([name, replace]) => patch(holder, name, replace));
  return () => {
    for (const undoOne of undo) undoOne();
    release();
  };
}
