import { getCorrelationId } from '@corr/propagator';
import { bound, here, outside } from './bind';
import type { Fn, Run } from './bind';

/** Those who pushed one task, or equal ones. */
interface Entry {
  id: string | undefined;
  run: Run;
  tasks: number;
}

/** Records who pushed each task to a queue with one worker for all tasks. */
class Pushed {
  private objects = new WeakMap<object, Entry>();
  private values = new Map<unknown, Entry>();

  /** The worker cannot tell equal tasks of several requests apart, because a queue may drop or reorder them: they belong to none. */
  remember(task: unknown): void {
    const id = getCorrelationId();
    const known = this.entriesOf(task).get(task);
    if (known === undefined) this.entriesOf(task).set(task, { id, run: here(), tasks: 1 });
    else {
      known.tasks++;
      if (known.id !== id) known.run = outside;
    }
  }

  /** Forgets dropped tasks when the queue is empty. */
  forget(): void {
    this.objects = new WeakMap();
    this.values = new Map();
  }

  /** How the worker is called for one or several tasks: outside all contexts if the tasks belong to different requests. */
  runFor(task: unknown): Run {
    const entry = this.take(task);
    if (entry !== undefined) return entry.run;
    if (!Array.isArray(task) || task.length === 0) return outside;
    const [one, ...others] = task.map((each) => this.take(each));
    return one !== undefined && others.every((other) => other !== undefined && other.id === one.id && other.run !== outside) ? one.run : outside;
  }

  /** Counts a task that leaves the queue. */
  take(task: unknown): Entry | undefined {
    const entry = this.entriesOf(task).get(task);
    if (entry !== undefined && --entry.tasks === 0) this.entriesOf(task).delete(task);
    return entry;
  }

  private entriesOf(task: unknown): Pick<Map<unknown, Entry>, 'get' | 'set' | 'delete'> {
    return isObject(task) ? (this.objects as unknown as Map<unknown, Entry>) : this.values;
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
        if (typeof queue[name] === 'function') queue[name] = pushing(queue, queue[name] as Fn, pushed, spreads);
      }
      for (const name of ['kill', 'killAndDrain', 'abort']) if (typeof queue[name] === 'function') queue[name] = killing(queue[name] as Fn, pushed);
      if (typeof queue['remove'] === 'function') queue['remove'] = removing(queue['remove'] as Fn, pushed);
      return queue;
    },
  });
}

function pushing(queue: Queue, push: Fn, pushed: Pushed, spreads: boolean): Fn {
  return function (this: unknown, task: unknown, ...rest: unknown[]): unknown {
    if (queue.idle?.() === true) pushed.forget();
    for (const each of spreads && Array.isArray(task) ? (task as unknown[]) : [task]) pushed.remember(each);
    return Reflect.apply(push, this, [task, ...rest.map((given) => (typeof given === 'function' ? bound(given as Fn) : given))]);
  };
}

function killing(kill: Fn, pushed: Pushed): Fn {
  return function (this: unknown): unknown {
    pushed.forget();
    return Reflect.apply(kill, this, arguments);
  };
}

function removing(remove: Fn, pushed: Pushed): Fn {
  return function (this: unknown, test: (node: { data: unknown }) => unknown): unknown {
    const tested = (node: { data: unknown }): unknown => {
      const removed = test(node);
      if (removed) pushed.take(node.data);
      return removed;
    };
    return Reflect.apply(remove, this, [tested]);
  };
}
