import http from 'node:http';
import { idOf, shared } from '@corr/propagator/internal';
import type { Context } from '@opentelemetry/api';
import { fieldOf, hasField, withField } from './header-block';
import type { HeaderBlock } from './header-block';
import { patch } from './patch';

/** Context that the request of a message was admitted into; on http messages and on http2 streams. */
export const CONTEXT = Symbol('@corr context of a server request');
const REMOVED = Symbol('@corr header removed by the application');
const EXPOSE = 'access-control-expose-headers';

export interface Admitted {
  [CONTEXT]?: Context;
  [REMOVED]?: true;
}

type Response = http.ServerResponse & Admitted & { req: Admitted };

interface Renderer {
  _storeHeader(this: Response, line: string, block: HeaderBlock): unknown;
  removeHeader(this: Response, name: string): void;
}

/**
 * Returns the ID with every response of http and https, unless the application set that header or took it out.
 * `expose` lets scripts of other origins read it. Returns its undo.
 */
export function echoOnResponses({ expose }: { expose: boolean }): () => void {
  const prototype = http.ServerResponse.prototype as unknown as Renderer;
  const undo = [
    patch(prototype, '_storeHeader', (original) => function (line, block) {
      const context = this.req[CONTEXT];
      if (context === undefined || this[REMOVED] === true) return original.call(this, line, block);
      const { header, field } = shared.settings;
      if (this.hasHeader(field) || hasField(block, field)) return original.call(this, line, block);

      // Behind the status line, and so the same for every shape of `block`; no header object is made or changed.
      const head = `${line}${header}: ${idOf(context)}\r\n`;
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

/** Where header blocks cannot be reached when they are rendered: the documented way, which loses to an application that removes or replaces it. */
export function echoEarly(response: http.ServerResponse, context: Context, { expose }: { expose: boolean }): void {
  const { header } = shared.settings;
  if (response.headersSent) return;
  response.setHeader(header, idOf(context) as string);
  if (expose) response.setHeader('Access-Control-Expose-Headers', header);
}

/** Headers of an http2 response with the ID in them, the application's own kept. */
export function echoedOnStream(stream: Admitted, block: HeaderBlock, { expose }: { expose: boolean }): HeaderBlock {
  const context = stream[CONTEXT];
  const { field, header } = shared.settings;
  if (context === undefined || stream[REMOVED] === true || hasField(block, field)) return block;
  const fields: [string, string][] = [[field, idOf(context) as string]];
  let rest = block;
  if (expose) {
    const given = fieldOf(block, EXPOSE);
    if (given === undefined) fields.push([EXPOSE, header]);
    else rest = withField(block, EXPOSE, exposing(given, header));
  }
  return Array.isArray(rest) ? [...(rest as unknown[]), ...fields.flat()] : { ...rest, ...Object.fromEntries(fields) };
}

/** Notes a removal on purpose, on the message itself or (http2) on its stream. */
export function noticeRemoval<R extends object>(
  prototype: { removeHeader(this: R, name: string): void },
  holderOf: (response: R) => Admitted | undefined,
): () => void {
  return patch(prototype, 'removeHeader', (original) => function (this: R, name) {
    if (typeof name === 'string' && name.toLowerCase() === shared.settings.field) {
      const holder = holderOf(this);
      if (holder !== undefined) holder[REMOVED] = true;
    }
    return original.call(this, name);
  });
}

/** The list with our header in it, nothing of the application's overwritten. */
function exposing(given: unknown, header: string): string {
  const list = Array.isArray(given) ? given.join(', ') : String(given);
  const names = list.split(',').map((name) => name.trim().toLowerCase());
  return names.includes('*') || names.includes(header.toLowerCase()) ? list : `${list}, ${header}`;
}
