import http from 'node:http';

/*
 * `_storeHeader(firstLine, headers)` renders every header block of http and https. It is not documented, though the same
 * on Node 20 to 26: so it is tried out, and where it is not as expected, the documented ways are taken.
 */

interface Renderer {
  _storeHeader?: (line: string, headers: unknown) => unknown;
  _header?: unknown;
}

/** True when a response renders its header block in the way that is needed. */
export function serverRenders(): boolean {
  try {
    const response = new http.ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as http.IncomingMessage);
    response.sendDate = false; // making the first date takes longer than all else of this
    return goesThrough(response as unknown as Renderer, () => response.writeHead(204, ['a', '1']));
  } catch {
    return false;
  }
}

/** True when a client request renders its header block in the way that is needed. */
export function clientRenders(): boolean {
  try {
    const { prototype } = http.ClientRequest as unknown as { prototype: Renderer & { _implicitHeader?: () => void } };
    const request = Object.assign(new http.OutgoingMessage(), { method: 'GET', path: '/' }) as unknown as Renderer;
    return goesThrough(request, () => prototype._implicitHeader?.call(request));
  } catch {
    return false;
  }
}

function goesThrough(message: Renderer, render: () => void): boolean {
  const store = message._storeHeader;
  if (typeof store !== 'function') return false;
  message._storeHeader = (line, headers) => store.call(message, `${line}x-tried: 1\r\n`, headers);
  render();
  return typeof message._header === 'string' && /^[^\r\n]+\r\nx-tried: 1\r\n/.test(message._header);
}
