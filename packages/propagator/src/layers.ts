import type { Accept } from './accept';
import { generatorOf } from './generators';
import { settingsFrom } from './settings';
import type { CorrelationOptions, Settings } from './settings';

/** Options that one caller set for this process, and the settings that they give alone. */
export interface Layer {
  readonly options: CorrelationOptions;
  readonly settings: Settings;
  /** CORRELATION_ID at that time, not yet accepted. */
  readonly processId: string | undefined;
}

/** A copy, so that later changes to the given arrays have no effect. */
export function kept(options: CorrelationOptions): CorrelationOptions {
  return Object.fromEntries(Object.entries(options).map(([option, value]) => [option, Array.isArray(value) ? [...(value as unknown[])] : (value as unknown)]));
}

/** Options for which the oldest layer that sets one decides, because no value is stricter than another. */
const PLAIN = ['header', 'aliases', 'generator'] as const;
/** Switches that are stricter when off. */
const SWITCHES = ['trustIncoming', 'echo', 'expose', 'hops'] as const;

/**
 * Combines all layers, the oldest first, and lists for each layer the options that are not in force as given.
 *
 * A security control is as strict as its strictest layer: a layer cannot allow what another one blocks.
 */
export function inForce(layers: readonly Layer[]): { settings: Settings; ignored: Map<Layer, string[]> } {
  const ignored = new Map<Layer, string[]>();
  const setting = (option: keyof CorrelationOptions): Layer[] => layers.filter(({ options }) => options[option] !== undefined);
  const ignore = (layer: Layer, option: string): void => void ignored.set(layer, [...(ignored.get(layer) ?? []), option]);

  const plain: CorrelationOptions = {};
  for (const option of PLAIN) {
    const [oldest, ...others] = setting(option);
    if (oldest === undefined) continue;
    Object.assign(plain, { [option]: oldest.options[option] });
    for (const other of others) if (!same(other.options[option], oldest.options[option])) ignore(other, option);
  }
  const base = settingsFrom(plain);

  const switches: Partial<Record<(typeof SWITCHES)[number], boolean>> = {};
  for (const option of SWITCHES) {
    const setters = setting(option);
    if (setters.length === 0) continue;
    const on = setters.every(({ settings }) => settings[option]);
    switches[option] = on;
    if (!on) for (const setter of setters) if (setter.settings[option]) ignore(setter, option);
  }

  const lists = setting('propagateTo');
  const rules = lists.map(({ settings }) => settings.mayReach);
  if (rules.some((rule) => rule !== undefined)) for (const list of lists) if (list.settings.mayReach === undefined) ignore(list, 'propagateTo');
  const relays = setting('relay').map(({ settings }) => settings.relay);
  const accepts = layers.filter(({ options }) => options.maxLength !== undefined || options.characters !== undefined).map(({ settings }) => settings.accept);

  return {
    ignored,
    settings: {
      ...base,
      ...switches,
      mayReach: rules.reduce(both, undefined),
      relay: relays.length === 0 ? [] : (relays[0] as Settings['relay']).filter((field) => relays.every((relay) => relay.includes(field))),
      ...acceptance(accepts, base, plain.generator),
    },
  };
}

/** An ID must be acceptable to each layer that has a rule; the generator in force must satisfy all of them. */
function acceptance(accepts: readonly Accept[], base: Settings, generator: CorrelationOptions['generator'] = 'uuid'): Pick<Settings, 'accept' | 'generate'> {
  const [first, ...others] = accepts;
  if (first === undefined) return { accept: base.accept, generate: base.generate };
  const accept: Accept = others.length === 0 ? first : (value) => (others.every((rule) => rule(value) !== undefined) ? first(value) : undefined);
  return { accept, generate: generatorOf(generator, accept) };
}

/** Settings of a propagator with its own options: these, plus the process's leak control. */
export function overlaid(options: CorrelationOptions, base: Settings): Settings {
  const own = settingsFrom(options);
  const accept = options.maxLength === undefined && options.characters === undefined ? base.accept : own.accept;
  return {
    ...base,
    ...(options.header === undefined ? {} : { header: own.header, field: own.field }),
    ...(options.aliases === undefined ? {} : { aliases: own.aliases }),
    hops: options.hops ?? base.hops,
    accept,
    generate: generatorOf(options.generator ?? base.generate, accept),
    mayReach: both(base.mayReach, own.mayReach),
  };
}

function both(one: Settings['mayReach'], other: Settings['mayReach']): Settings['mayReach'] {
  return one === undefined || other === undefined ? (one ?? other) : (route) => one(route) && other(route);
}

function same(one: unknown, other: unknown): boolean {
  return one === other || (Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((value, i) => value === other[i]));
}
