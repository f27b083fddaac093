import http = require('node:http');
import { idOf, patch, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { headIsRendered } from '../hops/requests';
import { isAnsweredId } from '../node/answered-ids';
import { contextOf } from '../node/emitters';
import { fieldOf, hasField, withField, withFields } from '../node/header-block';
import type { HeaderBlock } from '../node/header-block';
import { SET_HEADERS } from '../node/internals';

const EXPOSE = 'access-control-expose-headers';
/** Responses (http2: their streams) from which the application removed the header. */
const removed = new WeakSet<object>();

type Response = http.ServerResponse & { [SET_HEADERS]?: HeaderBlock };

interface Renderer {
  _storeHeader(this: Response, line: string, block: HeaderBlock): unknown;
  writeHead(this: Response, ...args: unknown[]): unknown;
  removeHeader(this: Response, name: string): void;
}

/** The context of the request that a response answers; `undefined` for a response that we do not track. */
export type AnsweredBy = (response: http.ServerResponse) => Context | undefined;

/** Returns the ID in every response of http and https, unless the application set or removed that header. Returns its undo. */
export function echoOnResponses(answeredBy: AnsweredBy): () => void {
  const prototype = http.ServerResponse.prototype as unknown as Renderer;
  const undo = [
    patch(prototype, '_storeHeader', (original) => function (line, block) {
      const { echo, expose, field, header, hops } = shared.settings;
      const context = (echo ? answeredBy(this) : contextOf(this)) ?? undefined;
      if (hops && context !== undefined) headIsRendered(context, this);
      if (!echo || context === undefined || removed.has(this)) return original.call(this, line, block);
      // Usually the block is exactly what `setHeader` was given.
      const has = block && block === this[SET_HEADERS] ? field in block : this.hasHeader(field) || hasField(block, field);
      if (has) {
        const id = idOf(context) as string;
        if (!isAnsweredId(id, this.getHeader(field) ?? fieldOf(block, field))) return original.call(this, line, block);
        // A gateway copied the headers of its upstream's response.
        if (!this.hasHeader(field)) return original.call(this, line, withField(block, field, id));
        this.setHeader(header, id);
        return original.call(this, line, block);
      }

      // Inserted after the status line, which works for every shape of `block` and creates or changes no header object.
      const head = line + header + ': ' + (idOf(context) as string) + '\r\n';
      if (!expose) return original.call(this, head, block);
      const given = this.getHeader(EXPOSE) ?? fieldOf(block, EXPOSE);
      if (given === undefined) return original.call(this, `${head}Access-Control-Expose-Headers: ${header}\r\n`, block);
      const exposed = exposing(given, header);
      if (!this.hasHeader(EXPOSE)) return original.call(this, head, withField(block, EXPOSE, exposed));
      this.setHeader(EXPOSE, exposed);
      return original.call(this, head, block);
    }),
    noticeRemoval(prototype, (response) => response),
  ];
  return () => undo.forEach((undoOne) => undoOne());
}

/**
 * The fallback through documented methods, if header blocks cannot be changed when they are rendered. Node's implicit headers also
 * go through `writeHead`. An early `setHeader` would make `writeHead(pairs)` throw, and lose a cookie on Node 20.
 */
export function echoOnHeads(answeredBy: AnsweredBy): () => void {
  const prototype = http.ServerResponse.prototype as unknown as Renderer;
  const undo = [
    patch(prototype, 'writeHead', (original) => function (...args) {
      const { echo, field, hops } = shared.settings;
      const context = (echo ? answeredBy(this) : contextOf(this)) ?? undefined;
      // writeHead(status, block), writeHead(status, text, block), writeHead(status, undefined, block)
      const at = typeof args[1] === 'string' || (args[2] !== null && args[2] !== undefined) ? 2 : 1;
      const block = args[at] as HeaderBlock;
      if (echo && context !== undefined && !removed.has(this)) {
        const id = idOf(context) as string;
        if (isAnsweredId(id, fieldOf(block, field))) args[at] = withField(block, field, id);
        else if (!hasField(block, field) && isAnsweredId(id, this.getHeader(field))) this.setHeader(field, id);
      }
      if (echo && context !== undefined && !removed.has(this) && !this.hasHeader(field) && !hasField(block, field)) {
        args[at] = echoed(block, context, fieldOf(block, EXPOSE) ?? this.getHeader(EXPOSE));
      }
      const result = original.apply(this, args);
      if (hops && context !== undefined) headIsRendered(context, this);
      return result;
    }),
    noticeRemoval(prototype, (response) => response),
  ];
  return () => undo.forEach((undoOne) => undoOne());
}

/** Headers of an http2 response with the ID added; the application's own value wins. */
export function echoedOnStream(stream: object, context: Context, block: HeaderBlock): HeaderBlock {
  const { echo, field } = shared.settings;
  if (!echo || removed.has(stream)) return block;
  const id = idOf(context) as string;
  if (hasField(block, field)) return isAnsweredId(id, fieldOf(block, field)) ? withField(block, field, id) : block;
  return echoed(block, context, fieldOf(block, EXPOSE));
}

function echoed(block: HeaderBlock, context: Context, exposed: unknown): HeaderBlock {
  const { expose, header } = shared.settings;
  const fields: [string, string][] = [[header, idOf(context) as string]];
  if (!expose) return withFields(block, fields);
  const list = exposed === undefined ? header : exposing(exposed, header);
  return hasField(block, EXPOSE) ? withFields(withField(block, EXPOSE, list), fields) : withFields(block, [...fields, [EXPOSE, list]]);
}

/** Records that the application removed the header from the message or (http2) from its stream. */
export function noticeRemoval<R extends object>(
  prototype: { removeHeader(this: R, name: string): void },
  holderOf: (response: R) => object | undefined,
): () => void {
  return patch(prototype, 'removeHeader', (original) => function (this: R, name) {
    if (typeof name === 'string' && name.toLowerCase() === shared.settings.field) {
      const holder = holderOf(this);
      if (holder !== undefined) removed.add(holder);
    }
    return original.call(this, name);
  });
}

/** The list with our header appended; the application's entries stay. */
function exposing(given: unknown, header: string): string {
  const list = Array.isArray(given) ? given.join(', ') : String(given);
  const names = list.split(',').map((name) => name.trim().toLowerCase());
  return names.includes('*') || names.includes(header.toLowerCase()) ? list : `${list}, ${header}`;
}
