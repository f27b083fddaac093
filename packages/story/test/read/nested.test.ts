import { expect } from 'chai';
import { pino } from 'pino';
import type { Story } from '../../src/model';
import { parseLine } from '../../src/read/formats/line';
import { leavesOf } from '../../src/show/fields';
import { tell } from '../../src/tell/tell';
import { fieldsText } from '../../src/terminal/fields';

const AT = Date.parse('2026-11-25T03:00:00Z');

/** The lines of a request that pays, as pino writes them with this `nestedKey`. */
function storyWith(nestedKey: string | undefined): Story {
  let lines = '';
  let now = AT;
  const logger = (name: string, hop: string): pino.Logger => pino(
    { base: { name, hostname: name, correlation_id: 'nested-1', hop }, timestamp: () => `,"time":${now}`, ...(nestedKey !== undefined && { nestedKey }) },
    { write: (line: string) => void (lines += line) },
  );
  const [orders, payment] = [logger('orders', 'k1'), logger('payment', 'k1.1-a')];
  orders.info({ order: 7 }, 'asked');
  now = AT + 20;
  payment.error({ err: new Error('card network unavailable') }, 'not charged');
  payment.warn({ req: { method: 'POST', url: '/charge' }, res: { statusCode: 503 }, start: AT + 5.25, responseTime: 14.5 }, 'request completed');
  now = AT + 22;
  orders.warn({ call: 'k1.1', req: { method: 'POST', host: 'payment:8080', url: '/charge' }, res: { statusCode: 503 }, start: AT + 4.5, firstByte: 15, responseTime: 16.25 }, 'call completed');
  orders.warn({ req: { method: 'GET', url: '/checkout' }, res: { statusCode: 500 }, start: AT - 0.5, responseTime: 22.5 }, 'request completed');
  return tell('nested-1', lines.trimEnd().split('\n').flatMap((line) => parseLine(line, 'all.log')));
}

describe("pino's nestedKey", () => {
  const plain = storyWith(undefined);
  for (const nestedKey of ['payload', 'data', 'p.q']) {
    it(`changes nothing in the story: ${nestedKey}`, () => {
      const nested = storyWith(nestedKey);
      const withoutStacks = ({ hops, verdict, status }: Story): unknown => JSON.parse(JSON.stringify({ hops, verdict, status }, (name, value: unknown) => (name === 'stack' ? undefined : value)));
      expect(withoutStacks(nested)).to.deep.equal(withoutStacks(plain));
      expect(nested.verdict[0]).to.equal('failed first in payment, +21 ms: card network unavailable (503).');
      expect(nested.hops.map(({ hop, parent, ms, calls }) => [hop, parent, ms, calls.map(({ call, ms: took }) => [call, took])])).to.deep.equal([
        ['k1', undefined, 22.5, [['k1.1', 16.25]]],
        ['k1.1-a', 'k1', 14.5, []],
      ]);
    });

    it(`shows each line's own fields alone: ${nestedKey}`, () => {
      const nested = storyWith(nestedKey);
      const text = fieldsText(nested.lines, nested.id);
      expect(nested.lines.map(text)).to.deep.equal(['order=7', '', '', '', '']);
      const leaves = leavesOf(nested);
      expect(nested.lines.map((line) => leaves(line).map(([name]) => name))).to.deep.equal(plain.lines.map((line) => leavesOf(plain)(line).map(([name]) => name)));
    });
  }
});
