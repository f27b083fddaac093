import { prototypeWith } from './adapter';
import type { Adapter } from './adapter';
import { labelOf, labelled } from './labelled-text';
import { stamp } from './claim';
import type { Replace } from './claim';
import type { RecordFields } from './record-fields';
import { has } from './stamped-record';

/** The object that consola creates for each line. */
type LogObject = { args: unknown[]; [STAMPED]?: Stamped } & Record<string, unknown>;
interface Consola {
  options: { reporters: object[] };
}

// On the object itself, because consola copies it for a line "(repeated 40 times)".
const STAMPED = Symbol('@corr/log-bridge.fields');
/** The names of the fields that we added, and the number of the logger: a reporter may pass the object on to another one. */
interface Stamped { by: number; names: readonly string[] }

const numbers = new WeakMap<object, number>();
let last = 0;
function numberOf(logger: object): number {
  if (!numbers.has(logger)) numbers.set(logger, ++last);
  return numbers.get(logger) as number;
}

/**
 * consola 3, stamped where a line goes to the reporters. All reporters get the fields; consola's own text reporters also show
 * a label in front of the message.
 */
export const consola: Adapter = {
  library: 'consola',
  file: /[\\/]consola[^\\/]*[\\/]dist[\\/].+\.cjs$/,
  find: (found) => prototypeWith((found as { Consola?: unknown } | undefined)?.Consola ?? found, ['_log', '_logFn', 'withTag']),
  stamp(prototype, fields) {
    const labels = labelTexts(fields);
    let resuming = false;
    const resume: Replace = (original) =>
      function (this: unknown): unknown {
        resuming = true; // it is not known which requests the held-back lines belong to
        try {
          return Reflect.apply(original, this, arguments);
        } finally {
          resuming = false;
        }
      };
    const undo = stamp(prototype, {
      _log: (original) =>
        function (this: unknown, logObject: LogObject) {
          const own = numberOf(this as object);
          const { by, names = [] } = logObject[STAMPED] ?? {};
          if (by === own) for (const name of names) delete logObject[name]; // the repeated lines may belong to other requests
          else if (!resuming) {
            const missing = fields.missing((name) => has(logObject, name));
            const stamped: Stamped = { by: own, names: [...names, ...missing.map(([name]) => name)] };
            Object.assign(logObject, Object.fromEntries(missing), { [STAMPED]: stamped });
          }
          for (const reporter of (this as Consola).options.reporters) labels.meet(reporter);
          return Reflect.apply(original, this, arguments);
        },
      resumeLogs: resume,
      resume,
    });
    return undo && (() => {
      labels.undo();
      undo();
    });
  },
};

/** Makes consola's own text reporters, basic and fancy, show the label: each one when it gets its first line. */
function labelTexts(fields: RecordFields): { meet(reporter: object): void; undo(): void } {
  const known = new WeakSet<object>();
  const undo: (() => void)[] = [];
  const label: Replace = (original) =>
    function (logObject: LogObject, ...rest: unknown[]) {
      const text = labelOf(fields.given(logObject, () => false), fields.id.key);
      return Reflect.apply(original, this, [{ ...logObject, args: labelled(logObject.args, text) }, ...rest]);
    };
  return {
    meet(reporter) {
      if (known.has(reporter)) return;
      known.add(reporter);
      const prototype = prototypeWith(reporter, ['formatLogObj']);
      const isConsolas = prototypeWith(reporter, ['formatArgs', 'formatDate', 'filterAndJoin']) !== undefined;
      if (prototype === undefined || prototype === reporter || !isConsolas || known.has(prototype)) return;
      known.add(prototype);
      undo.push(stamp(prototype, { formatLogObj: label }) ?? (() => undefined));
    },
    undo() {
      for (const undoOne of undo.splice(0)) undoOne();
    },
  };
}
