import type { Route } from '@corr/propagator/internal';

/** Fields of a call, and those that are changed or (`undefined`) removed. */
interface Sent {
  add: readonly (readonly [name: string, value: string])[];
  change: readonly (readonly [name: string, value: string | undefined])[];
}

/** What `CORR_DEBUG` observes of requests and calls. Without it nothing is set, and a request costs one read of an empty property. */
export const watch: {
  /** Called when a request with these headers was given this ID. */
  admitted?: ((rawHeaders: readonly string[], id: string) => void) | undefined;
  /** Called when a call is sent; `id` is the active ID, if there is an acceptable one. */
  sent?: ((id: string | undefined, route: Route | undefined, sent: Sent) => void) | undefined;
} = {};
