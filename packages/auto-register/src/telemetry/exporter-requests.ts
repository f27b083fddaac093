import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type http from 'node:http';

const EXPORTER = /\bOTel-OTLP-Exporter-JavaScript\//;

/**
 * Tracks the requests of OTLP exporters over http that are in progress at the end of the process; a flush of the SDK does not wait
 * for them.
 */
export class ExporterRequests {
  private readonly underWay = new Set<http.ClientRequest>();
  private ending = false;

  constructor() {
    subscribe('http.client.request.start', (message) => {
      try {
        this.watch((message as { request: http.ClientRequest }).request);
      } catch {
        // An error thrown in a subscriber would be an uncaught exception.
      }
    });
  }

  /** Waits for the requests in progress. From now on a failed one is not retried, because retry timers would keep the process alive. */
  async settle(): Promise<void> {
    this.ending = true;
    await Promise.allSettled([...this.underWay].map((request) => once(request, 'close')));
  }

  /** Aborts the requests in progress, because a collector that never answers would keep the process alive. */
  abandon(): void {
    for (const request of this.underWay) request.destroy(new Error('no answer from the collector'));
  }

  private watch(request: http.ClientRequest): void {
    if (!EXPORTER.test(String(request.getHeader('user-agent')))) return;
    this.underWay.add(request);
    request.once('close', () => this.underWay.delete(request));
    request.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
      if (this.ending) delete error.code; // an exporter retries because of the code, such as ECONNREFUSED
    });
  }
}
