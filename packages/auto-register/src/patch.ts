type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Puts a method in front of a prototype's own or inherited one. Returns its undo. */
export function patch<P extends object, K extends keyof P>(prototype: P, name: K, replace: (original: P[K]) => P[K]): () => void {
  const own = Object.hasOwn(prototype, name);
  const original = prototype[name];
  let current = replace(original) as Method;
  const replacement = function (this: unknown) {
    return Reflect.apply(current, this, arguments);
  } as P[K];
  prototype[name] = replacement;
  return () => {
    current = original as Method;
    if (prototype[name] !== replacement) return; // somebody wrapped it since; taking it out would take theirs out too
    if (own) prototype[name] = original;
    else delete prototype[name];
  };
}
