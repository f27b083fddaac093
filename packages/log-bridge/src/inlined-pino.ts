import diagnostics from 'node:diagnostics_channel';
import type { TracingChannel } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';
import { patch } from '@corr/propagator/internal';
import type { Fragment } from './pino-fragment';
import { prototypeOf, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

/** The channel of pino 9.10 and later. Each copy asks Node for it once, when it is loaded. */
const CHANNEL = 'pino_asJson';
/** What pino publishes around a record. */
interface AsJsonMessage {
  instance: Logger;
  arguments: ArrayLike<unknown>;
}
type Meet = (prototype: Logger | undefined) => Fragment | undefined;

// A subscriber doubles the cost of a line, so it stays only for as long as a copy that was there before us is likely to show up.
const LINES_WATCHED = 1000;

/** Meets a pino that no loader tells of, since it is inlined in a bundle, on the first line it writes. Returns its undo. */
export function onInlinedPino(meet: Meet): () => void {
  const undo = [onLoad(meet), onFirstLines(meet)];
  return () => {
    for (const undoOne of undo) undoOne();
  };
}

/** One that is loaded from now on, however late: its channel tells us of its first line, and is Node's own from then on. */
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
    Object.setPrototypeOf(channel, prototype); // not properties of its own: deleted ones would leave it slow
    const stamped = nowStamped(logger, meet);
    // The line under way has passed the place that is stamped from now on: once more, from there.
    return stamped === undefined ? channel.traceSync(record, message, logger, ...args) : Reflect.apply(stamped, logger, args);
  };
  Object.setPrototypeOf(channel, Object.create(prototype, { hasSubscribers: { get: () => true }, traceSync: { value: traceSync } }) as object);
}

/** The `asJson` of a logger's copy of pino, if that was stamped just now. */
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

/** One that was loaded before us, among the first lines that anybody writes. */
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
      // The line under way has passed the place that is stamped from now on, so its bindings carry the field, for that line.
      const own = Object.getOwnPropertyDescriptor(instance, bindings);
      instance[bindings] = `${String(instance[bindings])}${fragment(instance, args[0])}`;
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
