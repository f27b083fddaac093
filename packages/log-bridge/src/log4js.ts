import type { Adapter } from './adapter';
import { labelOf, labelled, withJsonFields } from './labelled-text';
import { stamp } from './claim';
import type { Replace } from './claim';
import type { RecordFields } from './record-fields';

/** One line to log, made by log4js for each; `context` is a copy of the logger's. */
interface LoggingEvent {
  data: unknown[];
  context: Record<string, unknown>;
}
type Layout = (event: LoggingEvent, ...rest: unknown[]) => unknown;

/** log4js 6, where an event goes to the appenders: its context has the fields, for `%X{correlation_id}` and for layouts in JSON. */
export const log4jsEvents: Adapter = {
  library: 'log4js',
  file: /[\\/]lib[\\/]clustering\.js$/,
  find: (found) => exportsWith(found, ['send', 'onMessage', 'onlyOnMaster']),
  stamp: (clustering, fields) =>
    stamp(clustering, {
      send: (original) =>
        function (event: LoggingEvent, ...rest: unknown[]) {
          Object.assign(event.context, Object.fromEntries(fields.missing((name) => event.context[name] !== undefined)));
          return Reflect.apply(original, this, [event, ...rest]);
        },
    }),
};

/**
 * What log4js 6 makes of an event: a line in JSON has the fields at its top level; one of its own layouts has a label in
 * front of the message, unless its pattern shows the field itself. What a layout of the application's writes as text is its own.
 *
 * The fields are those of the event, which another process may have sent.
 */
export const log4jsLayouts: Adapter = {
  library: 'log4js',
  file: /[\\/]lib[\\/]layouts\.js$/,
  find: (found) => exportsWith(found, ['basicLayout', 'patternLayout', 'addLayout', 'layout']),
  stamp(layouts, fields) {
    let active = true;
    const shown = (layout: Layout, isLabelled: (event: LoggingEvent) => boolean): Layout =>
      function (event, ...rest) {
        if (!active) return layout(event, ...rest);
        if (isLabelled(event)) {
          const label = labelOf(fields.given(event.context, () => false), fields.id.key);
          return layout(Object.create(event, { data: { value: labelled(event.data, label) } }) as LoggingEvent, ...rest);
        }
        const line = layout(event, ...rest);
        return (typeof line === 'string' ? withJsonFields(line, (has) => fields.given(event.context, has)) : undefined) ?? line;
      };
    const fixed = (type: string): Replace => (original) => shown((...args) => Reflect.apply(original, undefined, args), labelling(type, undefined, fields));
    const made: Replace = (original) =>
      function (type: string, config: unknown) {
        const layout = Reflect.apply(original, this, arguments);
        return typeof layout === 'function' ? shown(layout as Layout, labelling(type, config, fields)) : layout;
      };
    const undo = stamp(layouts, {
      basicLayout: fixed('basic'),
      colouredLayout: fixed('basic'),
      coloredLayout: fixed('basic'),
      messagePassThroughLayout: fixed('messagePassThrough'),
      dummyLayout: fixed('dummy'),
      layout: made,
    });
    return undo && (() => {
      active = false; // a layout that was made meanwhile stays with its appender
      undo();
    });
  },
};

/** Whether a layout of that type is to have a label: one that writes text, and does not show the field as it is. */
function labelling(type: string, config: unknown, { id }: RecordFields): (event: LoggingEvent) => boolean {
  const startsWithText = ({ data: [first] }: LoggingEvent): boolean => typeof first === 'string' && !first.trimStart().startsWith('{');
  switch (type) {
    case 'basic':
    case 'colored':
    case 'coloured':
      return () => true;
    case 'messagePassThrough':
      return (event) => typeof event.data[0] !== 'string' || startsWithText(event);
    case 'dummy': // the first of the data, whatever it is
      return startsWithText;
    case 'pattern': {
      const { pattern = '' } = config as { pattern?: string };
      const isText = !pattern.trimStart().startsWith('{') && !pattern.includes(`%X{${id.key}}`);
      return () => isText;
    }
    default:
      return () => false;
  }
}

function exportsWith(found: unknown, names: readonly string[]): object | undefined {
  const exports = found as Record<string, unknown> | null;
  return typeof exports === 'object' && names.every((name) => typeof exports?.[name] === 'function') ? (exports as object) : undefined;
}
