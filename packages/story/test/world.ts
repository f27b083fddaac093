import fc from 'fast-check';

/** A service of a generated fleet. */
export interface ServicePlan {
  /** Whether it numbers its hops; otherwise it logs like pino-http or fastify. */
  hops: boolean;
  /** Whether a service without hops passes on the number of a request. */
  passesOn: boolean;
  /** Milliseconds by which its clock is ahead of true time. */
  skew: number;
  format: 'pino' | 'iso' | 'python' | 'docker' | 'cri';
  /** Whether its log file is lost. */
  isLost: boolean;
}

export interface WorkPlan {
  service: number;
  before: number;
  after: number;
  /** Number of first attempts that fail by themselves. */
  failing: number;
  /** Whether the process is killed during the request. */
  dies: boolean;
  parallel: boolean;
  calls: CallPlan[];
}

export interface CallPlan {
  target: WorkPlan;
  up: number;
  down: number;
  attempts: number;
  /** Milliseconds after which the caller gives up. */
  timeout: number | undefined;
  /** Whether the caller can do without it. */
  isOptional: boolean;
  /** Whether it is a queued message, for which nobody waits. */
  isQueued: boolean;
  /** Whether a proxy in between tries a second upstream with the same headers. */
  isProxied: boolean;
}

export interface WorldPlan {
  services: ServicePlan[];
  root: WorkPlan;
  /** Which lines are duplicated, and which plain lines are cut off, by a number used modulo the count. */
  copies: number[];
  cuts: number[];
}

/** A hop as it really happened. */
export interface TrueHop {
  id: number;
  service: string;
  /** Its number, if its service has hops. */
  number?: string;
  parent?: TrueHop;
  /** Times by the true clock. */
  start: number;
  end: number;
  ms: number;
  status?: number;
  url: string;
  isLost: boolean;
  isQueued: boolean;
  dies: boolean;
  calls: TrueCall[];
  skew: number;
}

export interface TrueCall {
  number?: string;
  url: string;
  start: number;
  end: number;
  ms: number;
  status?: number;
  error?: string;
  isQueued: boolean;
  answers: TrueHop[];
}

/** Where a failure began. */
export interface Cause {
  hop: TrueHop;
  time: number;
  message: string;
  /** The call that failed, if the service that answered did not fail. */
  call?: TrueCall;
}

/** A line before it is formatted. */
export interface Written {
  service: string;
  time: number;
  level: 'info' | 'warn' | 'error';
  msg: string;
  hop?: string;
  of: TrueHop;
  fields: Record<string, unknown>;
}

export interface World {
  id: string;
  front: TrueHop;
  hops: TrueHop[];
  written: Written[];
  /** Its possible causes of failure; the earliest is the real one. */
  causes: Cause[];
  /** Failures of work for which nobody waited. */
  afterwards: Cause[];
  /** Whatever failed, whether the front noticed or not. */
  failures: Cause[];
  services: (ServicePlan & { name: string })[];
  /** Lines that were collected twice, and plain lines that were cut off before their message. */
  copied: ReadonlySet<Written>;
  cut: ReadonlySet<Written>;
}

export const T0 = Date.UTC(2026, 10, 25, 3, 12, 4);

const NAMES = ['gateway', 'orders', 'stock', 'payment', 'mail', 'price'];
const to3 = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Generates plans of fleets and requests. The options limit them. */
export function worldPlans({ hopless = false, lost = false, deepest = 3 }: { hopless?: boolean; lost?: boolean; deepest?: number } = {}): fc.Arbitrary<WorldPlan> {
  const skew = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 4, arbitrary: fc.integer({ min: -5_000_000, max: 5_000_000 }).map((us) => us / 1000) });
  const service = (first: boolean): fc.Arbitrary<ServicePlan> =>
    fc.record({
      hops: first || !hopless ? fc.constant(true) : fc.boolean(),
      passesOn: fc.boolean(),
      skew,
      format: fc.constantFrom('pino', 'iso', 'python', 'docker', 'cri'),
      isLost: first || !lost ? fc.constant(false) : fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    });
  const ms = (most: number): fc.Arbitrary<number> => fc.integer({ min: 50, max: most * 1000 }).map((us) => us / 1000);
  const chance = (one: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: one }).map((n) => n === one);
  const work = (depth: number): fc.Arbitrary<WorkPlan> =>
    fc.record({
      service: depth === 0 ? fc.constant(0) : fc.integer({ min: 1, max: NAMES.length - 1 }),
      before: ms(60),
      after: ms(60),
      failing: fc.constantFrom(0, 0, 0, 0, 1, 9),
      dies: depth === 0 ? fc.constant(false) : chance(12),
      parallel: chance(3),
      calls: depth >= deepest ? fc.constant([]) : fc.array(call(depth + 1), { maxLength: 3 }),
    });
  const call = (depth: number): fc.Arbitrary<CallPlan> =>
    fc.record({
      target: work(depth),
      up: ms(4),
      down: ms(4),
      attempts: fc.constantFrom(1, 1, 2, 3),
      timeout: fc.option(ms(120), { nil: undefined, freq: 3 }),
      isOptional: chance(4),
      isQueued: chance(8),
      isProxied: chance(8),
    });
  return fc.record({
    services: fc.tuple(...NAMES.map((_, i) => service(i === 0))),
    root: work(0),
    copies: fc.array(fc.nat(), { maxLength: 3 }),
    cuts: fc.array(fc.nat(), { maxLength: 2 }),
  });
}

/** Executes a plan, and records both the truth and the lines. */
export function happen(plan: WorldPlan): World {
  return new Simulation(plan).run();
}

interface Served {
  hop: TrueHop;
  end: number;
  status: number | undefined;
  causes: Cause[];
}

class Simulation {
  private readonly hops: TrueHop[] = [];
  private readonly written: Written[] = [];
  private readonly services: (ServicePlan & { name: string })[];
  private readonly afterwards: Cause[] = [];
  private readonly failures: Cause[] = [];
  /** The number received with each request. */
  private readonly carried = new Map<TrueHop, string | undefined>();
  private next = 0;

  constructor(private readonly plan: WorldPlan) {
    this.services = plan.services.map((service, i) => ({ ...service, name: NAMES[i] as string }));
  }

  run(): World {
    const { hop, causes } = this.serve(this.plan.root, { carried: undefined, arrives: T0, attempt: 0, url: '/buy', isQueued: false });
    const chosen = (numbers: readonly number[], from: readonly Written[]): Set<Written> => new Set(from.length === 0 ? [] : numbers.map((n) => from[n % from.length] as Written));
    const { copies, cuts } = this.plan;
    return {
      id: 'checkout-1', front: hop, hops: this.hops, written: this.written, causes, afterwards: this.afterwards, failures: this.failures, services: this.services,
      copied: chosen(copies, this.written), cut: chosen(cuts, this.written.filter(({ msg }) => msg.startsWith('called '))),
    };
  }

  private serve(work: WorkPlan, asked: { carried: string | undefined; arrives: number; attempt: number; url: string; isQueued: boolean; parent?: TrueHop }): Served {
    const service = this.services[work.service] as ServicePlan & { name: string };
    const id = this.next++;
    const entry = (id + 1).toString(36).padStart(3, '0');
    const number = service.hops ? (asked.carried === undefined ? `r${entry}` : `${asked.carried}-${entry}`) : undefined;
    const hop: TrueHop = {
      id, service: service.name, start: asked.arrives, end: 0, ms: 0, url: asked.url, isLost: service.isLost, isQueued: asked.isQueued, dies: work.dies, calls: [], skew: service.skew,
      ...(number !== undefined && { number }),
      ...(asked.parent !== undefined && { parent: asked.parent }),
    };
    this.hops.push(hop);
    this.carried.set(hop, asked.carried);
    let t = asked.arrives + 0.02;
    const write = (time: number, level: Written['level'], msg: string, fields: Record<string, unknown> = {}): void =>
      void this.written.push({ service: service.name, time, level, msg, of: hop, fields: service.hops ? fields : { reqId: `req-${id}`, ...fields }, ...(number !== undefined && { hop: number }) });
    write(t, 'info', `begin ${id}`);
    t += work.before;

    let calls = 0;
    let causes: Cause[] = [];
    let failed = false;
    let lastWasOptional = false;
    // A consumer without hops logs neither a number nor a request: its lines cannot be told from others of its process.
    const hasRequests = (call: CallPlan): CallPlan => (this.services[call.target.service]?.hops === true ? call : { ...call, isQueued: false });
    const places = work.calls.map(hasRequests).map((call, i) => ({ call, url: `/s${call.target.service}/${id}/${i}` }));
    const make = (call: CallPlan, url: string, at: number): { end: number; ok: boolean; causes: Cause[] } => {
      const results: { call: TrueCall; served: Served[]; ok: boolean }[] = [];
      let start = at;
      for (let attempt = 0; attempt < (call.isQueued ? 1 : call.attempts); attempt++) {
        const result = this.call(call, url, start, attempt, hop, service, ++calls, write);
        results.push(result);
        if (result.ok) break;
        start = result.call.end + 0.5;
      }
      const last = results.at(-1) as (typeof results)[number];
      const own = results.flatMap(({ served }) => served.flatMap(({ causes: inner, status }) => (status === undefined || status >= 500 ? inner : [])));
      const first = (results[0] as (typeof results)[number]).call;
      const found = own.length > 0 ? own : [{ hop, time: first.end, message: first.error ?? String(first.status), call: first }];
      return { end: last.call.end, ok: last.ok, causes: last.ok ? [] : found };
    };
    const inVain: Cause[] = [];
    if (work.parallel) {
      const results = places.map(({ call, url }) => ({ call, ...make(call, url, t) }));
      for (const { call, ok, causes: found, end } of results) {
        if (!call.isQueued) t = Math.max(t, end + 0.1);
        inVain.push(...found);
        if (!ok && !call.isOptional) failed = true;
        if (!ok && call.isOptional) lastWasOptional = true;
      }
      if (failed) causes = inVain;
    } else {
      for (const { call, url } of places) {
        const result = make(call, url, t);
        t = call.isQueued ? t + 0.1 : result.end + 0.1;
        if (result.ok) {
          if (!call.isQueued) lastWasOptional = false;
        } else if (call.isOptional) lastWasOptional = true;
        else {
          [failed, causes] = [true, result.causes];
          break;
        }
      }
    }
    // Nobody could tell whether its last failed call or it itself was the cause, so nothing more fails.
    const failsItself = !failed && !lastWasOptional && asked.attempt < work.failing;
    if (failed || failsItself) this.failures.push({ hop, time: t, message: `${failed ? 'gave up' : 'broke'} ${id}` });
    if (failed) write(t, 'error', `gave up ${id}`, { err: { type: 'Error', message: `gave up ${id}`, stack: `Error: gave up ${id}\n    at serve (/srv/app.js:1:1)` } });
    if (failsItself) {
      write(t, 'error', `broke ${id}`, { err: { type: 'Error', message: `broke ${id}`, stack: `Error: broke ${id}\n    at serve (/srv/app.js:1:1)` } });
      causes = [{ hop, time: t, message: `broke ${id}` }];
    }
    const status = failed ? 502 : failsItself ? 503 : 200;
    if (work.dies) {
      [hop.end, hop.ms] = [t, to3(t - hop.start)];
      return { hop, end: t, status: undefined, causes };
    }
    t += work.after;
    hop.end = t;
    hop.ms = to3(t - hop.start);
    if (!asked.isQueued) {
      hop.status = status;
      this.request(write, hop, service, status);
    } else write(t, 'info', `end ${id}`);
    return { hop, end: t, status, causes };
  }

  private request(write: (time: number, level: Written['level'], msg: string, fields?: Record<string, unknown>) => void, hop: TrueHop, service: ServicePlan, status: number): void {
    const level = status >= 500 ? 'warn' : 'info';
    const req = { method: 'POST', url: hop.url };
    // Without hops, it is pino-http's line: whole milliseconds, no start.
    if (!service.hops) write(hop.end, status >= 500 ? 'error' : 'info', 'request completed', { req, res: { statusCode: status }, responseTime: Math.floor(hop.end + hop.skew) - Math.floor(hop.start + hop.skew) });
    else write(hop.end + 0.01, level, 'request completed', { req, res: { statusCode: status }, start: to3(hop.start + hop.skew), responseTime: hop.ms });
  }

  private call(plan: CallPlan, url: string, at: number, attempt: number, caller: TrueHop, service: ServicePlan, n: number, write: (time: number, level: Written['level'], msg: string, fields?: Record<string, unknown>) => void): { call: TrueCall; served: Served[]; ok: boolean } {
    const number = caller.number === undefined ? undefined : `${caller.number}.${n}`;
    const carried = number ?? (service.passesOn ? this.carried.get(caller) : undefined);
    write(at, 'info', `calling ${url} ${attempt}`);
    const start = at + 0.05;
    const asked = { carried, url, isQueued: plan.isQueued, parent: caller };
    const served = [this.serve(plan.target, { ...asked, arrives: start + plan.up, attempt: plan.isProxied && !plan.isQueued ? 0 : attempt })];
    const name = (this.services[plan.target.service] as { name: string }).name;
    let last = served[0] as Served;
    if (plan.isProxied && !plan.isQueued && last.status !== undefined && last.status >= 500) {
      last = this.serve(plan.target, { ...asked, arrives: last.end + 1, attempt: 9 });
      served.push(last);
    }
    const call: TrueCall = { url, start, end: last.end + plan.down, ms: 0, isQueued: plan.isQueued, answers: served.map(({ hop }) => hop), ...(number !== undefined && { number }) };
    caller.calls.push(call);
    if (plan.isQueued) {
      if (last.status === undefined || last.status >= 500) this.afterwards.push(...last.causes);
      return { call, served, ok: true };
    }
    if (plan.timeout !== undefined && call.end > start + plan.timeout) [call.end, call.error] = [start + plan.timeout, 'The operation was aborted due to timeout'];
    else if (last.status === undefined) call.error = 'socket hang up';
    else call.status = last.status;
    call.ms = to3(call.end - start);
    const isBad = call.status === undefined || call.status >= 500;
    if (isBad) this.failures.push({ hop: caller, time: call.end, message: call.error ?? String(call.status), call });
    if (service.hops) {
      write(call.end + 0.01, isBad ? 'warn' : 'info', call.error === undefined ? 'call completed' : 'call failed', {
        call: number,
        req: { method: 'POST', host: `${name}:8080`, url },
        ...(call.status !== undefined && { res: { statusCode: call.status } }),
        start: to3(start + caller.skew),
        responseTime: call.ms,
        ...(call.error !== undefined && { err: { type: /timeout/.test(call.error) ? 'TimeoutError' : 'Error', message: call.error, code: /timeout/.test(call.error) ? 'ETIMEDOUT' : 'ECONNRESET' } }),
      });
    }
    write(call.end + 0.03, 'info', `called ${url} ${attempt}`);
    return { call, served, ok: !isBad };
  }
}
