import { prototypeWith } from './adapter';
import type { Adapter } from './adapter';
import { stamp } from './claim';
import { stampedRecord } from './stamped-record';

/**
 * winston 3, at `write`, which is called as a line is logged: where transports are slow, the stream formats it later, in
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
