import { carry } from './carriers';
import type { CarrierOptions } from './carriers';

// Not an import: the file lies outside of what is compiled.
const { version } = require('../package.json') as { version: string };

export type { CarrierOptions };

/** Options of the instrumentation: those of the carriers, and whether it is on from the start. */
export interface CorrelationInstrumentationConfig extends CarrierOptions {
  /** Default `true`. */
  enabled?: boolean;
}

/**
 * Admission, echo and outgoing requests as an OpenTelemetry `Instrumentation`, for the `instrumentations` of an SDK.
 *
 * Default: enabled when made; `disable` takes everything back.
 * Errors: throws a `TypeError` that names option, value and expectation.
 * Source: `Instrumentation` of `@opentelemetry/instrumentation`.
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
    this.undo ??= carry(this.config);
  }

  disable(): void {
    this.undo?.();
    this.undo = undefined;
  }

  getConfig(): CorrelationInstrumentationConfig {
    return { ...this.config };
  }

  setConfig(config: CorrelationInstrumentationConfig): void {
    const on = this.undo !== undefined;
    this.disable();
    this.config = { ...config };
    if (on && config.enabled !== false) this.enable();
  }

  /** Nothing is traced here. */
  setTracerProvider(): void {}

  /** Nothing is measured here. */
  setMeterProvider(): void {}
}
