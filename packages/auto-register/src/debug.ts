import { LIBRARIES, onModuleLoad } from '@corr/log-bridge/internal';
import type { Met } from '@corr/log-bridge/internal';
import { aliasId, baggageMember, shared, show } from '@corr/propagator/internal';
import type { Route } from '@corr/propagator/internal';
import { receivedField } from './node/header-block';
import type { watch as Watch } from './node/watch';
import { packageOf } from './manifest';
import { manifestOf } from './telemetry/mode';

/** Logging packages that are not stamped. */
const OTHERS = /[\\/]node_modules[\\/](?:debug|tslog|loglevel|roarr|signale|npmlog)[\\/]/;
/** Milliseconds from the first request until a missing logger is reported. */
const PATIENCE = 10_000;

/** What the preload knows at its start. */
export interface Start {
  mode: 'carry' | 'trace';
  why: string;
  /** Variables in force with a value other than the default, and the source of each. */
  variables: readonly string[];
  patched: readonly string[];
  fallbacks: readonly string[];
}

/**
 * Reports on stderr what this process does: one line at the start, one for each logger library, one for the first request and the
 * first calls. Returns a function to call for each logger that is found.
 *
 * Of all header values, it prints only an accepted ID. `dependencies`: names in the application's package.json.
 */
export function debug({ mode, why, variables, patched, fallbacks }: Start, watch: typeof Watch, warn: (message: string) => void, dependencies: readonly string[] = manifestOf(process).dependencies): Met {
  const say = (message: string): void => warn(`debug: ${message}`);
  const { version } = require('../package.json') as { version: string };
  say(
    [
      `@corr/auto-register ${version} on Node ${process.versions.node}`,
      `${mode} mode: ${why}`,
      `header ${shared.settings.header}`,
      `options: ${listed(variables)}`,
      `patched: ${listed(patched)}`,
      `fallbacks: ${listed(fallbacks)}`,
    ].join('; '),
  );

  let stamped = patched.includes('console') ? 1 : 0;
  const libraries = new Set<string>();
  const told = new Set<string>();
  const once = (message: string): void => {
    if (!told.has(message)) say(message);
    told.add(message);
  };

  watch.admitted = (rawHeaders, id) => {
    watch.admitted = undefined;
    say(`first request in: ${found(rawHeaders, id)}`);
    setTimeout(() => {
      const after = `${PATIENCE / 1000} seconds after the first request`;
      if (stamped === 0) say(`${after}, no logger was found that can be stamped (${LIBRARIES.join(', ')}): see docs/loggers.md, or set CORR_CONSOLE=true for console`);
      const missing = LIBRARIES.filter((name) => dependencies.includes(name) && !libraries.has(name));
      if (missing.length > 0) say(`${after}, these loggers of package.json were not found: ${missing.join(', ')}. Each is part of a bundle, is an ES module, or is not loaded: see docs/loggers.md`);
    }, PATIENCE).unref();
  };

  const kinds = new Set<string>();
  watch.sent = (id, route, { add, change }) => {
    const kind = id === undefined ? 'outside' : 'inside';
    if (kinds.has(kind)) return;
    kinds.add(kind);
    if (kinds.size === 2) watch.sent = undefined;
    if (id === undefined) return say('first call outside a request: no ID is sent, because none is active');
    const sent = [...add.map(([name]) => name), ...change.flatMap(([name, value]) => (value === undefined ? [] : [name]))];
    const removed = change.flatMap(([name, value]) => (value === undefined ? [name] : []));
    const reason = `ID ${id} active; ${sent.length > 0 ? `sent: ${sent.join(', ')}` : `not sent: ${whyNot(route)}`}`;
    say(`first call out of a request, to ${target(route)}: ${reason}${removed.length > 0 ? `; removed: ${removed.join(', ')}` : ''}`);
  };

  onModuleLoad((filename) => {
    if (!OTHERS.test(filename)) return;
    const { name, version: theirs, folder } = packageOf(filename) ?? {};
    if (name !== undefined) once(`found ${name} ${theirs} in ${show(folder)}: not stamped, because there is no adapter for it; docs/loggers.md has a recipe`);
  });

  return (library, filename, outcome) => {
    libraries.add(library);
    if (filename === undefined) {
      stamped++;
      return once(`found ${library} inlined in a bundle: stamped`);
    }
    const { name, version: theirs, folder } = packageOf(filename) ?? {};
    if (outcome === 'unknown') {
      if (name === library) once(`found ${name} ${theirs} in ${show(folder)}: not stamped, because this version is unknown`);
      return;
    }
    stamped++;
    once(`found ${name ?? library} ${theirs ?? ''} in ${show(folder ?? filename)}: stamped${outcome === 'stamped' ? '' : ' by another copy of this package'}`);
  };
}

function listed(all: readonly string[]): string {
  return all.length === 0 ? 'none' : all.join(', ');
}

/** Describes where an ID came from, without any header value. */
function found(rawHeaders: readonly string[], id: string): string {
  const { accept, aliases, field, header, trustIncoming } = shared.settings;
  const came = receivedField(rawHeaders, field);
  if (!trustIncoming) return `created ID ${id}, because CORR_TRUST_INCOMING=false`;
  if (accept(came) === id) return `kept ID ${id} of ${header}`;
  const alias = aliases.find((name) => accept(aliasId(name, receivedField(rawHeaders, name))) === id);
  const instead = came === undefined ? `the request has no ${header}` : `its ${header} is not acceptable`;
  if (alias !== undefined) return `took ID ${id} of ${alias}; ${instead}`;
  if (accept(baggageMember(receivedField(rawHeaders, 'baggage'))) === id) return `took ID ${id} of baggage; ${instead}`;
  return `created ID ${id}; ${instead}`;
}

function target(route: Route | undefined): string {
  const to = route?.connection ?? route?.others.find((one) => one !== undefined);
  return to === undefined ? 'an unknown host' : show(to.port === undefined ? to.host : `${to.host}:${to.port}`);
}

function whyNot(route: Route | undefined): string {
  const { field, mayReach } = shared.settings;
  if (mayReach !== undefined && route !== undefined && !mayReach(route)) return 'CORR_PROPAGATE_TO does not allow this host';
  return `the call has ${field} already`;
}
