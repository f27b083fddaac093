import type { Adapter } from './adapter';
import { labelOf, labelled, withJsonFields } from './labelled-text';
import { stamp } from './claim';
import type { Replace } from './claim';
import type { RecordFields } from './record-fields';

/** The event that log4js creates for each line; `context` is a copy of the logger's context. */
interface LoggingEvent {
  data: unknown[];
  context: Record<string, unknown>;
}
type Layout = (event: LoggingEvent, ...rest: unknown[]) => unknown;

/** log4js 6, stamped where an event goes to the appenders: the context gets the fields, for `%X{correlation_id}` and for JSON layouts. */
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
 * The layouts of log4js 6, which turn an event into a line. A line in JSON gets the fields at its top level. The text layouts of
 * log4js get a label in front of the message, unless the pattern shows the field. Text from the application's layouts stays unchanged.
 *
 * The fields are those of the event, because another process may have sent it.
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
      active = false; // layouts that were created in the meantime stay with their appenders
      undo();
    });
  },
};

/** Says for an event whether a layout of that type needs a label: it writes text and does not show the field. */
function labelling(type: string, config: unknown, { id }: RecordFields): (event: LoggingEvent) => boolean {
  const startsWithText = ({ data: [first] }: LoggingEvent): boolean => typeof first === 'string' && !first.trimStart().startsWith('{');
  switch (type) {
    case 'basic':
    case 'colored':
    case 'coloured':
      return () => true;
    case 'messagePassThrough':
      return (event) => typeof event.data[0] !== 'string' || startsWithText(event);
    case 'dummy': // it prints the first argument only, of any type
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
