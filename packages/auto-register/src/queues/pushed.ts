import { getCorrelationId } from '@corr/propagator';
import { bound, here, outside } from './bind';
import type { Fn, Run } from './bind';

interface Entry {
  id: string | undefined;
  run: Run;
}

/** Records who pushed each task to a queue with one worker for all tasks. */
class Pushed {
  private readonly objects = new WeakMap<object, Entry[]>();
  private readonly values = new Map<unknown, Entry[]>();

  remember(task: unknown, first: boolean): void {
    const known = this.entriesOf(task);
    const entry = { id: getCorrelationId(), run: here() };
    if (known !== undefined) known[first ? 'unshift' : 'push'](entry);
    else if (isObject(task)) this.objects.set(task, [entry]);
    else this.values.set(task, [entry]);
  }

  /** Forgets dropped tasks when the queue is empty. */
  forget(): void {
    this.values.clear();
  }

  /** How the worker is called for one or several tasks: outside all contexts if the tasks belong to different requests. */
  runFor(task: unknown): Run {
    const entry = this.take(task);
    if (entry !== undefined) return entry.run;
    if (!Array.isArray(task) || task.length === 0) return outside;
    const [one, ...others] = task.map((each) => this.take(each));
    return one !== undefined && others.every((other) => other?.id === one.id) ? one.run : outside;
  }

  private take(task: unknown): Entry | undefined {
    const entries = this.entriesOf(task);
    if (entries === undefined) return undefined;
    if (entries.length > 1) return entries.shift();
    if (isObject(task)) this.objects.delete(task);
    else this.values.delete(task);
    return entries[0];
  }

  private entriesOf(task: unknown): Entry[] | undefined {
    return isObject(task) ? this.objects.get(task) : this.values.get(task);
  }
}

function isObject(task: unknown): task is object {
  return (task !== null && typeof task === 'object') || typeof task === 'function';
}

interface Queue {
  idle?(): boolean;
  [method: string]: unknown;
}

/** A queue factory whose worker and callbacks run in the context that pushed the task. */
export function workers(factory: Fn, isOn: () => boolean, spreads: boolean): Fn {
  return new Proxy(factory, {
    apply(_, self, args: unknown[]) {
      const at = args.findIndex((argument) => typeof argument === 'function');
      if (!isOn() || at < 0) return Reflect.apply(factory, self, args);
      const pushed = new Pushed();
      const worker = args[at] as Fn;
      // A proxy, because `async` checks whether a worker is an async function.
      const running = new Proxy(worker, { apply: (__, own, given: unknown[]) => pushed.runFor(given[0])(worker, own, given) });
      const queue = Reflect.apply(factory, self, args.with(at, running)) as Queue;
      for (const name of ['push', 'unshift', 'pushAsync', 'unshiftAsync']) {
        if (typeof queue[name] === 'function') queue[name] = pushing(queue, queue[name] as Fn, pushed, name.startsWith('unshift'), spreads);
      }
      return queue;
    },
  });
}

function pushing(queue: Queue, push: Fn, pushed: Pushed, first: boolean, spreads: boolean): Fn {
  return function (this: unknown, task: unknown, ...rest: unknown[]): unknown {
    if (queue.idle?.() === true) pushed.forget();
    for (const each of spreads && Array.isArray(task) ? (task as unknown[]) : [task]) pushed.remember(each, first);
    return Reflect.apply(push, this, [task, ...rest.map((given) => (typeof given === 'function' ? bound(given as Fn) : given))]);
  };
}
