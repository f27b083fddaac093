import { patch } from '@corr/propagator/internal';
import type { Holder, Undo, Verb } from './verbs';

interface Bluebird extends Holder {
  config(options: { asyncHooks: boolean }): unknown;
  getNewLibraryCopy(): Bluebird;
}

/** From 3.7, Bluebird keeps the contexts of its callbacks itself if configured to; this also works in copies, such as sequelize's. */
export const asyncHooks: Verb = {
  found: (holder) => (typeof holder === 'function' && ['config', 'getNewLibraryCopy'].every((name) => Object.hasOwn(holder, name)) ? ['config'] : []),
  bind: (holder) => keepContexts(holder as Bluebird),
};

function keepContexts(bluebird: Bluebird): Undo {
  bluebird.config({ asyncHooks: true });
  const undo = [
    () => void bluebird.config({ asyncHooks: false }),
    patch(bluebird, 'getNewLibraryCopy', (original) => function (this: unknown) {
      const copy = original.call(this);
      undo.push(keepContexts(copy));
      return copy;
    }),
  ];
  return () => undo.forEach((undoOne) => undoOne());
}
