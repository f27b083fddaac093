/**
 * Puts a method in front of a prototype's own or inherited one. Returns its undo.
 *
 * Where somebody wrapped it since, it stays, since taking it out would take theirs out too: what it does then is to hand on.
 */
export function patch<P extends object, K extends keyof P>(prototype: P, name: K, replace: (original: P[K]) => P[K]): () => void {
  const own = Object.hasOwn(prototype, name);
  const original = prototype[name];
  const replacement = replace(original);
  prototype[name] = replacement;
  return () => {
    if (prototype[name] !== replacement) return;
    if (own) prototype[name] = original;
    else delete prototype[name];
  };
}
