import { prototypeWith } from './adapter';
import type { Adapter } from './adapter';
import { stamp } from './claim';
import { stampedRecord } from './stamped-record';

/** bunyan 1 and 2, stamped at `_emit`, which writes to all streams, raw ones too. */
export const bunyan: Adapter = {
  library: 'bunyan',
  file: /[\\/]lib[\\/]bunyan\.js$/,
  find: (found) => prototypeWith(found, ['_emit', '_applySerializers', 'reopenFileStreams']),
  stamp: (prototype, fields) =>
    stamp(prototype, {
      _emit: (original) =>
        function (record: object, ...rest: unknown[]) {
          return Reflect.apply(original, this, [stampedRecord(record, fields), ...rest]);
        },
    }),
};
