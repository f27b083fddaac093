import { App } from '../app';
import type { StartOptions } from '../app';

/** Asks for no telemetry, in any mode of the suites. */
const UNASKED = {
  CORR_MODE: undefined,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: undefined,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: undefined,
  OTEL_BSP_SCHEDULE_DELAY: undefined,
};

/** The apps of a test, each with only its own variables set. */
export class Apps {
  private readonly apps: App[] = [];

  start(entry: string, env: Record<string, string | undefined> = {}, ...args: string[]): App {
    return this.startWith(entry, { env, args });
  }

  startWith(entry: string, { env, ...options }: StartOptions): App {
    const preload = entry.endsWith('.mjs') ? 'import' : 'require';
    const app = App.start(`telemetry/${entry}`, { preload, ...options, env: { ...UNASKED, ...env } });
    this.apps.push(app);
    return app;
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.splice(0).map((app) => app.stop()));
  }
}

/** Sends a request with an ID to an app. */
export async function ask(app: App, id: string, path = '/', headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${await app.port()}${path}`, { headers: { 'Correlation-Id': id, ...headers } });
  await response.text();
  return response;
}
