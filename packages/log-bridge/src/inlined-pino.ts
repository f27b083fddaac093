import diagnostics = require('node:diagnostics_channel');
import type { TracingChannel } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';
import { patch } from '@corr/propagator/internal';
import type { Fragment } from './pino-fragment';
import { prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** The channel of pino 9.10 and later. Each copy asks Node for it once, while it loads. */
const CHANNEL = 'pino_asJson';
/** The message that pino publishes for each record. */
interface AsJsonMessage {
  instance: Logger;
  arguments: ArrayLike<unknown>;
}
type Meet = (prototype: Logger | undefined) => Fragment | undefined;

// A subscriber doubles the cost of a line, so it stays only while a copy that was loaded before us is still likely to appear.
const LINES_WATCHED = 1000;

/** Finds a pino that no loader reports, because it is inlined in a bundle, at the first line that it writes. Returns its undo. */
export function onInlinedPino(meet: Meet): () => void {
  const undo = [onLoad(meet), onFirstLines(meet)];
  return () => {
    for (const undoOne of undo) undoOne();
  };
}

/** For a copy that is loaded from now on, however late: its channel reports the first line, and is Node's own channel after that. */
function onLoad(meet: Meet): () => void {
  const undo = patch(diagnostics as { tracingChannel: (this: unknown, name: unknown) => TracingChannel }, 'tracingChannel', (original) =>
    function (name) {
      const channel = original.call(this, name);
      if (name === CHANNEL) tellOfFirstLine(channel, meet);
      return channel;
    },
  );
  syncBuiltinESMExports(); // a bundle may import the function by its name
  return () => {
    undo();
    syncBuiltinESMExports();
  };
}

function tellOfFirstLine(channel: TracingChannel, meet: Meet): void {
  const prototype = Object.getPrototypeOf(channel) as object;
  const traceSync = (record: (...args: unknown[]) => unknown, message: object, logger: Logger, ...args: unknown[]): unknown => {
    Object.setPrototypeOf(channel, prototype); // not own properties: deleting them would leave the channel slow
    const stamped = nowStamped(logger, meet);
    // This line has already passed the method that is stamped from now on, so it is written again by that method.
    return stamped === undefined ? channel.traceSync(record, message, logger, ...args) : Reflect.apply(stamped, logger, args);
  };
  Object.setPrototypeOf(channel, Object.create(prototype, { hasSubscribers: { get: () => true }, traceSync: { value: traceSync } }) as object);
}

/** The `asJson` of a logger's copy of pino, if that copy was stamped just now. */
function nowStamped(logger: Logger, meet: Meet): ((...args: unknown[]) => unknown) | undefined {
  try {
    const prototype = prototypeOf(logger);
    const asJson = symbolOf(prototype, 'pino.asJson');
    if (prototype === undefined || asJson === undefined || meet(prototype) === undefined) return undefined;
    return prototype[asJson] as (...args: unknown[]) => unknown;
  } catch {
    return undefined; // a prototype that cannot be changed
  }
}

/** For a copy that was loaded before us: it is found among the first lines that anybody writes. */
function onFirstLines(meet: Meet): () => void {
  const borrowed = new WeakMap<object, () => void>();
  let left = LINES_WATCHED;

  const start = (message: unknown): void => {
    try {
      const { instance, arguments: args } = message as AsJsonMessage;
      const fragment = meet(prototypeOf(instance));
      if (--left <= 0) return stop();
      const bindings = symbolOf(instance, 'pino.chindings');
      if (fragment === undefined || bindings === undefined) return;
      // This line has already passed the method that is stamped from now on, so the logger's bindings have the field for this one line.
      const own = Object.getOwnPropertyDescriptor(instance, bindings);
      instance[bindings] = `${String(instance[bindings])}${fragment(instance, args[0], args[1])}`;
      borrowed.set(message as object, () => {
        if (own === undefined) delete instance[bindings];
        else Object.defineProperty(instance, bindings, own);
      });
    } catch {
      // A throw in a subscriber would be an uncaught exception.
    }
  };
  const end = (message: unknown): void => borrowed.get(message as object)?.();
  const stop = (): void => {
    diagnostics.unsubscribe(`tracing:${CHANNEL}:start`, start);
    diagnostics.unsubscribe(`tracing:${CHANNEL}:end`, end);
  };
  diagnostics.subscribe(`tracing:${CHANNEL}:start`, start);
  diagnostics.subscribe(`tracing:${CHANNEL}:end`, end);
  return stop;
}
