import { syncBuiltinESMExports } from 'node:module';
import { labelOf, labelled, withJsonFields } from './labelled-text';
import { stamp } from './claim';
import type { Replace } from './claim';
import type { RecordFields } from './record-fields';

/**
 * Stamps what the process's `console` writes through log, info, debug, warn and error, and through methods that call them. A line
 * that is a JSON object gets fields. Any other line gets a label at its start, or after the time if it starts with one.
 * Returns its undo.
 */
export function stampConsole(fields: RecordFields): () => void {
  const write: Replace = (original) =>
    function (...args: unknown[]) {
      return Reflect.apply(original, this, stamped(args, fields));
    };
  const undo = stamp(console, { log: write, info: write, debug: write, warn: write, error: write });
  if (undo === undefined) return () => undefined;
  syncBuiltinESMExports();
  return () => {
    undo();
    syncBuiltinESMExports();
  };
}

function stamped(args: unknown[], fields: RecordFields): unknown[] {
  const json = args.length === 1 && typeof args[0] === 'string' ? withJsonFields(args[0], (has) => fields.missing(has)) : undefined;
  if (json !== undefined) return [json];
  const all = fields.missing(() => false);
  const label = labelOf(all, fields.id.key);
  // A logger that writes to the console may be stamped itself: its text then has the ID already, as a label or in JSON.
  const signs = [label, ...all.slice(0, 1).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)];
  const isShown = args.some((text) => typeof text === 'string' && signs.some((sign) => text.includes(sign)));
  return isShown ? args : labelled(args, label);
}
