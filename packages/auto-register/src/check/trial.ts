import type * as Http from 'node:http';
import net = require('node:net');
import { stampLogger } from '@corr/log-bridge';
import { getCorrelationId } from '@corr/propagator';
import { shared } from '@corr/propagator/internal';
import { LOG_LINES } from './log-lines';

/** A logger to try: how to load it, and its name in the report. */
export interface LoggerToTry {
  library: string;
  label: string;
  /** The argument of `require` or `import`. */
  specifier: string;
}

/** The result of one request that had an ID. */
export interface Trial {
  /** The ID that the request brought. */
  given: string;
  inHandler?: string | undefined;
  echoed?: string | undefined;
  sent?: string | undefined;
  /** What the configuration allows. */
  expects: { trusted: boolean; echo: boolean; sent: boolean };
  loggers: { label: string; line?: string; byHand?: true; error?: string }[];
}

type Server = Pick<typeof Http, 'createServer' | 'request'>;
const HOST = '127.0.0.1';
const LIMIT = 10_000; // milliseconds for one request, more than ten times what it needs

/** Serves one request, which makes a call and writes a line with each logger, using the `http` of one module system. */
export async function trial({ createServer, request }: Server, load: (specifier: string) => unknown, loggers: readonly LoggerToTry[]): Promise<Trial> {
  const { echo, field, header, mayReach, trustIncoming } = shared.settings;
  const result: Trial = { given: 'corr-check-'.padEnd(36, '0'), expects: { trusted: trustIncoming, echo, sent: true }, loggers: [] };
  const call = (port: number, headers: Http.OutgoingHttpHeaders): Promise<Http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ host: HOST, port, headers, agent: false, timeout: LIMIT }, (response) => response.resume().on('end', () => resolve(response)));
      outgoing.on('error', reject).on('timeout', () => outgoing.destroy(new Error(`no answer within ${LIMIT / 1000} seconds`)));
      outgoing.end();
    });

  // Not a Node HTTP server, which would give a request without an ID a new one.
  const next = net.createServer((socket) => {
    socket.once('data', (data) => {
      const lines = String(data).split('\r\n').map((line) => line.split(': '));
      result.sent = lines.find(([name]) => name?.toLowerCase() === field)?.[1];
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });
  const server = createServer((_, response) => {
    result.inHandler = getCorrelationId();
    void (async () => {
      await call(portOf(next), {});
      result.loggers = await Promise.all(loggers.map((logger) => lineOf(logger, load)));
      response.end();
    })().catch((error: unknown) => response.destroy(error as Error));
  });
  for (const each of [next, server]) await new Promise<void>((listening) => each.listen(0, HOST, listening));
  try {
    result.expects.sent = mayReach?.({ connection: { host: HOST, port: portOf(next) }, others: [] }) ?? true;
    const response = await call(portOf(server), { [header]: result.given });
    result.echoed = [response.headers[field]].flat()[0];
    return result;
  } finally {
    for (const each of [next, server]) each.close();
  }
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

async function lineOf({ library, label, specifier }: LoggerToTry, load: (specifier: string) => unknown): Promise<Trial['loggers'][number]> {
  try {
    const write = LOG_LINES[library] as (exports: unknown) => string | Promise<string>;
    const exported = await load(specifier);
    const line = await write(exported);
    if (library !== 'consola' || line.includes(String(getCorrelationId()))) return { label, line };
    // Its ES module, which no loader reports: does the one line of code help that our documents name?
    stampLogger((exported as { createConsola(): object }).createConsola());
    return { label, line: await write(exported), byHand: true };
  } catch (error) {
    return { label, error: (error as Error).message.split('\n', 1)[0] ?? '' };
  }
}
