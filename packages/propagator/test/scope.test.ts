import { ROOT_CONTEXT, context as otelContext, createContextKey, propagation } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { contextWithId, idOf } from '../src/context';
import { bindCorrelationId, configureCorrelation, deleteCorrelationId, getCorrelationId, setCorrelationId, withCorrelationId } from '../src/index';
import { activeContext, runIn } from '../src/scope';
import { shared } from '../src/shared';

const UUID = /^[0-9a-f-]{36}$/;
const APP_KEY = createContextKey('app');
const none: never[] = [];

function inOtel<T>(id: string, fn: () => T): T {
  return otelContext.with(setCorrelationId(otelContext.active(), id), fn);
}

function inStore<T>(id: string, fn: () => T): T {
  return shared.store.run(contextWithId(ROOT_CONTEXT, id), fn);
}

/** Runs a function with a process-wide ID, as in a cron job or child process. */
function inProcess<T>(id: string, fn: () => T): T {
  const before = process.env['CORRELATION_ID'];
  process.env['CORRELATION_ID'] = id;
  const undo = configureCorrelation({});
  try {
    return fn();
  } finally {
    undo();
    if (before === undefined) delete process.env['CORRELATION_ID'];
    else process.env['CORRELATION_ID'] = before;
  }
}

for (const registered of [false, true]) {
  describe(`scope, ${registered ? "with OpenTelemetry's context manager" : 'with no context manager'}`, () => {
    const manager = new AsyncLocalStorageContextManager();
    before(() => {
      if (registered) expect(otelContext.setGlobalContextManager(manager.enable())).to.equal(true);
    });
    after(() => {
      if (registered) otelContext.disable();
    });

    describe('withCorrelationId', () => {
      it('makes its ID active inside, after awaits and in timers, and not outside', async () => {
        expect(getCorrelationId()).to.equal(undefined);
        await withCorrelationId('a', async () => {
          expect(getCorrelationId()).to.equal('a');
          await delay(1);
          expect(getCorrelationId()).to.equal('a');
          await new Promise<void>((resolve) => setImmediate(resolve));
          expect(getCorrelationId()).to.equal('a');
        });
        expect(getCorrelationId()).to.equal(undefined);
      });

      it('returns the result and throws the error of the function', () => {
        expect(withCorrelationId('a', () => 7)).to.equal(7);
        expect(() => withCorrelationId('a', () => { throw new RangeError('mine'); })).to.throw(RangeError, 'mine');
        expect(getCorrelationId()).to.equal(undefined);
      });

      it('creates an ID for undefined and for an unacceptable ID', () => {
        for (const id of [undefined, '', 'a b', 'x'.repeat(129), 7 as never]) expect(withCorrelationId(id, () => getCorrelationId())).to.match(UUID);
      });

      it('takes the first value of a joined header, as a request does', () => {
        expect(withCorrelationId('a, b', () => getCorrelationId())).to.equal('a');
      });

      it('replaces an outer ID only while it runs', () => {
        withCorrelationId('outer', () => {
          expect(withCorrelationId('inner', () => getCorrelationId())).to.equal('inner');
          expect(getCorrelationId()).to.equal('outer');
        });
      });

      it('keeps a hundred concurrent runs apart', async () => {
        const seen = await Promise.all(
          Array.from({ length: 100 }, (_, i) =>
            withCorrelationId(`id-${i}`, async () => {
              for (let hop = 0; hop < 5; hop++) await new Promise<void>((resolve) => setImmediate(resolve));
              return getCorrelationId();
            }),
          ),
        );
        expect(seen).to.deep.equal(seen.map((_, i) => `id-${i}`));
      });

      it('keeps the values of the context in which it runs', () => {
        shared.store.run(ROOT_CONTEXT.setValue(APP_KEY, 1), () =>
          withCorrelationId('a', () => expect(shared.store.getStore()?.getValue(APP_KEY)).to.equal(1)),
        );
      });
    });

    describe('bindCorrelationId', () => {
      it('runs under the ID that was active when it was bound, whoever calls it', async () => {
        const bound = withCorrelationId('a', () => bindCorrelationId(() => getCorrelationId()));
        expect(bound()).to.equal('a');
        expect(withCorrelationId('b', bound)).to.equal('a');
        await delay(1);
        expect(bound()).to.equal('a');
      });

      it('passes on this, arguments, result and error', () => {
        const bound = withCorrelationId('a', () =>
          bindCorrelationId(function (this: { base: number }, x: number, y: number) {
            if (y === 0) throw new RangeError('mine');
            return this.base + x + y;
          }),
        );
        expect(bound.call({ base: 1 }, 2, 3)).to.equal(6);
        expect(() => bound.call({ base: 1 }, 2, 0)).to.throw(RangeError, 'mine');
      });

      it('has the name and the length of the function, by which Express tells a handler of errors', () => {
        const handler = Object.defineProperty(() => undefined, 'length', { value: 4 });
        expect(bindCorrelationId(handler)).to.have.property('length', 4);
        expect(bindCorrelationId(handler)).to.have.property('name', handler.name);
      });

      it('runs without an ID if it was bound outside, whoever calls it', () => {
        const bound = bindCorrelationId(() => getCorrelationId());
        expect(withCorrelationId('b', bound)).to.equal(undefined);
      });
    });

    describe('the active ID', () => {
      it('is the ID of the store if there is one, and otherwise the process-wide ID', () => {
        inProcess('of-process', () => {
          expect(getCorrelationId()).to.equal('of-process');
          expect(idOf(activeContext() as Context)).to.equal('of-process');
          inStore('of-store', () => {
            expect(getCorrelationId()).to.equal('of-store');
            expect(idOf(activeContext() as Context)).to.equal('of-store');
          });
        });
        expect([getCorrelationId(), activeContext()]).to.deep.equal([undefined, undefined]);
      });

      it('is the ID of a given context, and then never the active one', () => {
        withCorrelationId('a', () => {
          expect(getCorrelationId(setCorrelationId(ROOT_CONTEXT, 'b'))).to.equal('b');
          expect(getCorrelationId(ROOT_CONTEXT)).to.equal(undefined);
        });
      });
    });

    describe('runIn', () => {
      it('passes on this, the arguments and the result', () => {
        const self = {};
        const result = runIn(setCorrelationId(ROOT_CONTEXT, 'a'), function (this: unknown, ...args: unknown[]) {
          return [this, args, getCorrelationId()];
        }, self, [1, 2]);
        expect(result).to.deep.equal([self, [1, 2], 'a']);
      });
    });
  });
}

describe("scope, beside OpenTelemetry's context manager", () => {
  before(() => expect(otelContext.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())).to.equal(true));
  after(() => otelContext.disable());

  it("prefers OpenTelemetry's ID to the ID of the store", () => {
    inProcess('of-process', () =>
      inStore('of-store', () => {
        inOtel('of-otel', () => {
          expect(getCorrelationId()).to.equal('of-otel');
          expect(idOf(activeContext() as Context)).to.equal('of-otel');
        });
        expect(getCorrelationId()).to.equal('of-store');
      }),
    );
  });

  it('uses the ID of the store if the active context has none', () => {
    inStore('of-store', () => otelContext.with(ROOT_CONTEXT.setValue(APP_KEY, 1), () => expect(getCorrelationId()).to.equal('of-store')));
  });

  it('uses an ID that only the baggage of the active context has', () => {
    const baggage = propagation.createBaggage({ 'correlation.id': { value: 'b' } });
    otelContext.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () => expect(getCorrelationId()).to.equal('b'));
  });

  it('withCorrelationId enters both and keeps the values of the active context', () => {
    otelContext.with(ROOT_CONTEXT.setValue(APP_KEY, 1), () =>
      inOtel('outer', () =>
        withCorrelationId('a', () => {
          expect(idOf(otelContext.active())).to.equal('a');
          expect(otelContext.active().getValue(APP_KEY)).to.equal(1);
          expect(idOf(shared.store.getStore() as Context)).to.equal('a');
          expect(propagation.getBaggage(otelContext.active())?.getEntry('correlation.id')?.value).to.equal('a');
        }),
      ),
    );
  });

  it('bindCorrelationId enters both', () => {
    const seen = (): unknown[] => [idOf(otelContext.active()), shared.store.getStore() && idOf(shared.store.getStore() as Context)];
    expect(withCorrelationId('b', withCorrelationId('a', () => bindCorrelationId(seen)))).to.deep.equal(['a', 'a']);
    expect(inStore('b', inOtel('a', () => bindCorrelationId(seen)))).to.deep.equal(['a', undefined]);
    expect(withCorrelationId('b', bindCorrelationId(seen))).to.deep.equal([undefined, undefined]);
  });

  it("runIn replaces another request's ID in the active context and keeps its other values", () => {
    otelContext.with(ROOT_CONTEXT.setValue(APP_KEY, 1), () =>
      inOtel('other', () =>
        runIn(setCorrelationId(ROOT_CONTEXT, 'mine'), () => {
          expect(getCorrelationId()).to.equal('mine');
          expect(otelContext.active().getValue(APP_KEY)).to.equal(1);
        }, undefined, none),
      ),
    );
  });

  it('runIn does not change an active context that has the same ID or none', () => {
    for (const active of [ROOT_CONTEXT, setCorrelationId(ROOT_CONTEXT, 'mine')]) {
      otelContext.with(active, () =>
        runIn(setCorrelationId(ROOT_CONTEXT, 'mine'), () => expect(otelContext.active()).to.equal(active), undefined, none),
      );
    }
  });

  it('keeps a deleted ID deleted inside a request', () => {
    withCorrelationId('a', () => {
      otelContext.with(deleteCorrelationId(otelContext.active()), () => {
        expect(getCorrelationId()).to.equal(undefined);
        expect(activeContext()).to.equal(undefined);
        withCorrelationId('b', () => expect(getCorrelationId()).to.equal('b'));
      });
    });
  });

  it('runIn removes no ID for a context that has none', () => {
    inOtel('other', () => runIn(deleteCorrelationId(ROOT_CONTEXT), () => expect(getCorrelationId()).to.equal('other'), undefined, none));
  });
});
