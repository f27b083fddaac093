import { Writable } from 'node:stream';
import { expect } from 'chai';
import { Output } from '../src/command/output';

describe('the output', () => {
  it('waits for a slow reader, and leaves no listener behind', async () => {
    const read: string[] = [];
    const reader = new Writable({ highWaterMark: 1, write: (chunk, _, done) => setImmediate(() => (read.push(String(chunk)), done())) });
    const output = new Output(reader);
    const before = reader.eventNames().map((name) => [name, reader.listenerCount(name)]);
    for (let i = 0; i < 50; i++) await output.line('x'.repeat(70_000));
    await output.flush();
    expect(read.join('').length).to.equal(50 * 70_001);
    expect(reader.eventNames().map((name) => [name, reader.listenerCount(name)])).to.deep.equal(before);
  });

  it('ends where the reader goes away', async () => {
    const reader = new Writable({ highWaterMark: 1, write: () => undefined });
    const output = new Output(reader);
    const written = output.line('x'.repeat(70_000));
    reader.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    await written;
    await output.line('y'.repeat(70_000));
    expect([output.isOpen, output.failure]).to.deep.equal([false, undefined]);
  });
});
