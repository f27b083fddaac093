import type { CorrelationOptions } from '@corr/propagator';
import { shared } from '@corr/propagator/internal';
import { carry } from './carriers';
import { warn } from './warn';

// Not an import, because the file is outside the compiled folder.
const { version } = require('../package.json') as { version: string };

export { correlated } from './inbound/handler';
export type { CorrelationOptions as CarrierOptions } from '@corr/propagator';

/** Options of the instrumentation, and whether it is on from the start. */
export interface CorrelationInstrumentationConfig extends CorrelationOptions {
  /** Start on construction. `false`: start with `enable()`. Default `true`. */
  enabled?: boolean;
}

/**
 * Admission, echo and outgoing requests as an OpenTelemetry `Instrumentation`, for the `instrumentations` of an SDK.
 *
 * Default: enabled on construction; `disable` undoes everything. If another instance or the preload carries in this process too,
 * the stricter value of each security control is in force, and the older value of other options; one line on stderr says which
 * options are not in force. Errors: throws a `TypeError` that names the option, the value and what was expected. Source: `Instrumentation` of
 * `@opentelemetry/instrumentation`.
 */
export class CorrelationInstrumentation {
  readonly instrumentationName = '@corr/auto-register';
  readonly instrumentationVersion = version;
  private config: CorrelationInstrumentationConfig;
  private undo: (() => void) | undefined;

  constructor(config: CorrelationInstrumentationConfig = {}) {
    this.config = { ...config };
    if (config.enabled !== false) this.enable();
  }

  enable(): void {
    if (this.undo !== undefined) return;
    const { undo, ignored } = carry(this.config);
    this.undo = undo;
    if (ignored.length > 0) warn(`CorrelationInstrumentation: ${ignored.join(', ')} not in force as given, because this process has stricter or older settings.`);
  }

  disable(): void {
    this.undo?.();
    this.undo = undefined;
  }

  /**
   * Returns the options as given, except those for which another value is in force. For lists of hosts, which are all in force, it
   * returns its own.
   */
  getConfig(): CorrelationInstrumentationConfig {
    if (this.undo === undefined) return { ...this.config };
    const { header, aliases, trustIncoming, echo, expose, relay, hops } = shared.settings;
    const lists = shared.layers.flatMap(({ options, settings }) => (options.propagateTo === undefined || settings.mayReach === undefined ? [] : [options.propagateTo]));
    const [only] = lists;
    const propagateTo = lists.length === 1 && only !== undefined ? { propagateTo: [...only] } : {};
    return { ...this.config, ...propagateTo, header, aliases: [...aliases], trustIncoming, echo, expose, relay: [...relay], hops };
  }

  setConfig(config: CorrelationInstrumentationConfig): void {
    const on = this.undo !== undefined;
    this.disable();
    this.config = { ...config };
    if (on && config.enabled !== false) this.enable();
  }

  /** Does nothing: no tracing here. */
  setTracerProvider(): void {}

  /** Does nothing: no metrics here. */
  setMeterProvider(): void {}
}
