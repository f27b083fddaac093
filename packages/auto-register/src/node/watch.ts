import type { Route } from '@corr/propagator/internal';

/** Fields that a call takes along, and those that are changed or (`undefined`) taken out of it. */
interface Sent {
  add: readonly (readonly [name: string, value: string])[];
  change: readonly (readonly [name: string, value: string | undefined])[];
}

/**
 * What `CORR_DEBUG` sees of requests and calls. Without it nothing is set, and a request pays for one look at an empty property.
 */
export const watch: {
  /** A request came in with these headers and was given that ID. */
  admitted?: ((rawHeaders: readonly string[], id: string) => void) | undefined;
  /** A call goes out: `id` is the active one, if there is an acceptable one. */
  sent?: ((id: string | undefined, route: Route | undefined, sent: Sent) => void) | undefined;
} = {};
