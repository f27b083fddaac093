import { expect } from 'chai';
import type { Hop, Story } from '../../src/model';
import { T0, call, lineOf, request, storyOf } from './lines';

const hopOf = ({ hops }: Story, service: string): Hop => hops.find((hop) => hop.service === service) as Hop;
const winston = (service: string, at: number, hop: string, level: string, message: string): Record<string, unknown> => ({ correlation_id: 'x', hop, level, message, service, timestamp: new Date(T0 + at).toISOString() });

describe('the story of a request of which no line says how it ended', () => {
  it('is unknown, not ok', () => {
    const { status, verdict } = storyOf(lineOf('gateway', 0, { hop: 'k3f9', msg: 'checkout started' }));
    expect([status, verdict]).to.deep.equal(['unknown', ['No line says how gateway ended.']]);
  });
  it('is unknown if the lines only mention the ID', () => {
    const { status, verdict } = storyOf('started for x', lineOf('web', 5, { correlation_id: 'y', parent: 'x', msg: 'child of x' }));
    expect([status, verdict]).to.deep.equal(['unknown', ['2 lines of all and web only mention the ID. No line has it in a field of its own, so what happened is not known.']]);
  });
  it('is unknown without hops too', () => {
    expect(storyOf(lineOf('gateway', 0, { msg: 'checkout started' }), lineOf('gateway', 9, { msg: 'stock asked' }))).to.include({ status: 'unknown' });
  });
  it('counts calls without a record yet as waited for, not as queued messages', () => {
    const story = storyOf(
      lineOf('gateway', 0, { hop: 'k3f9', msg: 'checkout started' }),
      lineOf('orders', 10, { hop: 'k3f9.1-8ab', msg: 'order opened' }),
      winston('stock', 20, 'k3f9.1-8ab.1-77c', 'info', 'stock asked'),
      winston('stock', 60, 'k3f9.1-8ab.1-77c', 'info', 'stock locked'),
    );
    expect(story.hops.flatMap(({ calls }) => calls.map(({ queued }) => queued))).to.deep.equal([undefined, undefined]);
    expect(hopOf(story, 'gateway').ms).to.equal(60);
    expect(story.verdict.join(' ')).to.equal('No line says how gateway ended, which took 60 ms at least: 40 ms of it in stock, 10 ms in gateway, 10 ms in orders.');
  });
  it('counts calls beside recorded ones as waited for, while the request goes on', () => {
    const before = request('gateway', 'm1a2', [-20, -10], '/checkout', 200, { pid: 7 });
    const story = storyOf(before, lineOf('gateway', 0, { hop: 'k3f9', msg: 'started' }), winston('stock', 5, 'k3f9.1-8ab', 'info', 'asked'), call('gateway', 'k3f9.2', [3, 40], 'price', '/p', 200));
    expect(story.hops.find(({ hop }) => hop === 'k3f9')).to.include({ edge: 'open' });
    expect(story.hops.flatMap(({ calls }) => calls.map(({ queued }) => queued))).to.deep.equal([undefined, undefined]);
  });
  it('has failed if what it was waiting for has', () => {
    const { status, verdict } = storyOf(
      lineOf('gateway', 0, { hop: 'k3f9', msg: 'checkout started' }),
      lineOf('orders', 10, { hop: 'k3f9.1-8ab', msg: 'order opened' }),
      winston('stock', 20, 'k3f9.1-8ab.1-77c', 'error', 'lock timeout'),
    );
    expect(status).to.equal('failed');
    expect(verdict[0]).to.equal('failed first in stock, +20 ms: lock timeout.');
  });
});

describe('the story of a caller that was killed', () => {
  const lines = [
    lineOf('gateway', 0, { hop: 'k3f9', msg: 'checkout started' }),
    lineOf('orders', 10, { hop: 'k3f9.1-8ab', msg: 'order opened' }),
    winston('stock', 20, 'k3f9.1-8ab.1-77c', 'info', 'stock asked'),
    winston('stock', 920, 'k3f9.1-8ab.1-77c', 'error', 'warehouse lock timeout'),
    call('gateway', 'k3f9.1', [5, 950], 'orders', '/orders'),
  ];
  it('says that what it was waiting for failed first', () => {
    const { verdict } = storyOf(...lines, request('gateway', 'k3f9', [0, 955], '/checkout', 502));
    expect(verdict).to.deep.equal(['failed first in stock, +920 ms: warehouse lock timeout.', 'The client had its 502 at +955 ms.']);
  });
  it('is ok if another attempt went well', () => {
    const again = [call('gateway', 'k3f9.2', [951, 960], 'orders', '/orders', 200), request('gateway', 'k3f9', [0, 961], '/checkout', 200)];
    expect(storyOf(...lines, ...again)).to.include({ status: 'ok' });
  });
});

describe('a queued message', () => {
  const message = [lineOf('mail', 30, { hop: 'k3f9.1-8ab', msg: 'sending' }), lineOf('mail', 90, { level: 50, hop: 'k3f9.1-8ab', msg: 'no such address' })];
  it('is one whose sender ended without a record of it, and its failure is told', () => {
    const story = storyOf(...message, request('gateway', 'k3f9', [0, 20], '/checkout', 200));
    expect(hopOf(story, 'gateway').calls[0]).to.include({ queued: true });
    expect(story).to.include({ status: 'failed' });
  });
  it('is one whose sender recorded other calls and went on behind it', () => {
    const story = storyOf(...message, call('job', 'k3f9.2', [10, 20], 'stock', '/stock', 200), lineOf('job', 100, { hop: 'k3f9', msg: 'next' }));
    expect(hopOf(story, 'job').calls.map(({ queued }) => queued)).to.deep.equal([undefined, true]);
  });
});
