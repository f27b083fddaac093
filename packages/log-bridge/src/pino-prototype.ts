import { claim } from './claim';
import type { Fragment } from './pino-fragment';
import { hasKey, symbolOf } from './pino-symbols';
import type { Logger } from './pino-symbols';

type AsJson = (this: Logger, record: unknown, message: unknown, level: number, time: string) => string;
/**
 * Stamps every record of all loggers of one copy of pino. Returns its undo; `undefined` if that copy is already stamped.
 *
 * `asJson(record, message, level, time)` starts a line with level and `time` in pino 8, 9 and 10. A field appended to `time` costs
 * one concatenation, stays at the top level under `nestedKey`, and changes no object of the application.
 */
export function stampPrototype(prototype: Logger, fragment: Fragment): (() => void) | undefined {
  const symbol = symbolOf(prototype, 'pino.asJson');
  if (symbol === undefined) return undefined;
  const release = claim(prototype);
  if (release === undefined) return undefined;
  const original = prototype[symbol] as AsJson;
  let formatters: symbol | undefined;
  let last: Logger | undefined;
  let formats = false;
  let active = true;
  const meet = (logger: Logger): void => {
    last = logger;
    formatters ??= symbolOf(logger, 'pino.formatters');
    formats = formatters !== undefined && (logger[formatters] as { log?: unknown }).log !== undefined;
  };
  const stamped: AsJson = function (record, message, level, time) {
    if (!active) return original.call(this, record, message, level, time);
    const fields = fragment(this, record, message);
    const line = original.call(this, record, message, level, time + fields);
    if (this !== last) meet(this);
    return formats && fields !== '' ? withoutTwins(line, fields) : line;
  };
  prototype[symbol] = stamped;
  return () => {
    active = false;
    if (prototype[symbol] === stamped) prototype[symbol] = original; // otherwise other code has wrapped ours, which then only passes calls through
    release();
  };
}

/** Removes our fields that the logger's own formatter added too, after we had looked at the record. */
function withoutTwins(line: string, fields: string): string {
  const at = line.indexOf(fields);
  const [before, after] = [line.slice(0, at), line.slice(at + fields.length)];
  const ours = Object.entries(JSON.parse(`{${fields.slice(1)}}`) as object);
  const members = `,${(before + after).trimEnd().slice(1, -1)}`;
  const kept = ours.filter(([key]) => !hasKey(members, key));
  return kept.length === ours.length ? line : before + kept.map(([key, value]) => `,${JSON.stringify(key)}:${JSON.stringify(value)}`).join('') + after;
}
