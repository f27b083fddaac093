import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type http from 'node:http';

const EXPORTER = /\bOTel-OTLP-Exporter-JavaScript\//;

/** The requests of OTLP exporters over http: what is under way at the end of a process, which a flush of the SDK does not wait for. */
export class ExporterRequests {
  private readonly underWay = new Set<http.ClientRequest>();
  private ending = false;

  constructor() {
    subscribe('http.client.request.start', (message) => {
      try {
        this.watch((message as { request: http.ClientRequest }).request);
      } catch {
        // A throw in a subscriber would be an uncaught exception.
      }
    });
  }

  /** Waits for those under way. One that fails from now on is not tried again: the timers for it would keep the process. */
  async settle(): Promise<void> {
    this.ending = true;
    await Promise.allSettled([...this.underWay].map((request) => once(request, 'close')));
  }

  /** Ends those under way: a collector that never answers would keep the process. */
  abandon(): void {
    for (const request of this.underWay) request.destroy(new Error('no answer from the collector'));
  }

  private watch(request: http.ClientRequest): void {
    if (!EXPORTER.test(String(request.getHeader('user-agent')))) return;
    this.underWay.add(request);
    request.once('close', () => this.underWay.delete(request));
    request.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
      if (this.ending) delete error.code; // that, ECONNREFUSED for one, is what makes an exporter try again
    });
  }
}
