import { NextResponse } from 'next/server';

export function proxy(request) {
  const headers = new Headers(request.headers);
  const id = headers.get('correlation-id') ?? crypto.randomUUID();
  headers.set('correlation-id', id);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('correlation-id', id);
  return response;
}

export const config = { matcher: '/proxied' };
