import type { Holder, Verb } from './verbs';

interface Bluebird extends Holder {
  config(options: { asyncHooks: boolean }): unknown;
}

/** Bluebird keeps the contexts of its callbacks itself, from 3.7 on, once it is told to: also in a copy that sequelize makes. */
export const asyncHooks: Verb = {
  found: (holder) => ['config', 'getNewLibraryCopy'].filter((name) => typeof holder[name] === 'function'),
  bind(holder) {
    const bluebird = holder as Bluebird;
    bluebird.config({ asyncHooks: true });
    return () => void bluebird.config({ asyncHooks: false });
  },
};
