import type { Failure } from '../../model';
import { field, isObject, textOf } from './fields';
import type { Json } from './fields';

/**
 * The error of a line, as pino and bunyan (`err`), ECS (`error`), winston (`stack` beside the message) and Python (a traceback)
 * write it.
 */
export function failureOf(record: Json): Failure | undefined {
  for (const name of ['err', 'error', 'exception', 'exc_info']) {
    const value = field(record, name);
    if (typeof value === 'string' && value !== '') return ofTrace(value);
    const found = isObject(value) ? ofObject(value) : undefined;
    if (found !== undefined) return found;
  }
  const flat = ofObject({
    type: field(record, 'error.type') ?? field(record, 'exception.type'),
    message: field(record, 'error.message') ?? field(record, 'exception.message'),
    code: field(record, 'error.code'),
    stack: field(record, 'error.stack_trace') ?? field(record, 'exception.stacktrace'),
  });
  if (flat !== undefined) return flat;
  const stack = textOf(record, 'stack');
  return stack === undefined ? undefined : ofTrace(stack, textOf(record, 'message', 'msg'));
}

function ofObject(error: Json): Failure | undefined {
  const message = textOf(error, 'message', 'msg', 'reason');
  const stack = textOf(error, 'stack', 'stack_trace', 'stacktrace');
  const type = textOf(error, 'type', 'name', 'class');
  const code = field(error, 'code');
  if (message === undefined && stack === undefined && type === undefined) return undefined;
  return failure(type, message ?? (stack === undefined ? (type as string) : ofTrace(stack).message), code, stack);
}

/** An error logged as text: a message or a whole trace. In Python's traces the message is the last line, in JavaScript's the first. */
function ofTrace(text: string, message?: string): Failure {
  const lines = text.trim().split('\n');
  const told = (/^Traceback /.test(text) ? lines.at(-1) : lines[0]) ?? '';
  const [, type, rest] = /^((?:[A-Za-z_][\w.]*)?(?:Error|Exception|Warning|Interrupt|Exit|Fault)): (.*)$/.exec(told) ?? [];
  return failure(type, message ?? rest ?? told, undefined, lines.length > 1 ? text : undefined);
}

function failure(type: string | undefined, message: string, code: unknown, stack: string | undefined): Failure {
  return {
    message,
    ...(type === undefined ? {} : { type }),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(stack === undefined ? {} : { stack }),
  };
}
