import { prototypeWith } from './adapter';
import type { Adapter } from './adapter';
import { stamp } from './claim';
import { stampedRecord } from './stamped-record';

/**
 * winston 3, stamped at `write`, which runs when a line is logged. If transports are slow, the stream formats the line later, in
 * the context of another request.
 */
export const winston: Adapter = {
  library: 'winston',
  file: /[\\/]lib[\\/]winston[\\/]logger\.js$/,
  find: (found) => prototypeWith(found, ['configure', 'startTimer', '_transform']),
  stamp: (prototype, fields) =>
    stamp(prototype, {
      write: (original) =>
        function (info: unknown, ...rest: unknown[]) {
          return Reflect.apply(original, this, [typeof info === 'object' && info !== null ? stampedRecord(info, fields) : info, ...rest]);
        },
    }),
};
