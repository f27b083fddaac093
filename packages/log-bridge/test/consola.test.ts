import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withCorrelationId } from '@corr/propagator';
import type { ConsolaInstance } from 'consola';
import { expect } from 'chai';
import { stampLoggers } from '../src/index';

interface Consola {
  createConsola(options: object): ConsolaInstance;
}

for (const version of ['consola', 'consola-floor']) {
  const { createConsola } = require(version) as Consola;

  describe(`stamped ${version}`, () => {
    let undo: () => void;
    beforeEach(() => void (undo = stampLoggers()));
    afterEach(() => undo());

    /** The text that a logger writes to its two streams. */
    const textOf = (options: object, use: (log: ConsolaInstance) => void): string => {
      const folder = mkdtempSync(path.join(tmpdir(), 'corr-consola-'));
      const fd = openSync(path.join(folder, 'log'), 'w');
      const stream = { fd, write: (data: string) => void writeSync(fd, data), columns: 0 }; // the first versions write to the file descriptor
      try {
        const log = createConsola({ stdout: stream, stderr: stream, level: 5, throttle: 0, formatOptions: { date: false, colors: false }, ...options });
        withCorrelationId('a', () => use(log));
        return readFileSync(path.join(folder, 'log'), 'utf8');
      } finally {
        closeSync(fd);
        rmSync(folder, { recursive: true });
      }
    };

    it('has the ID in front of the message, in the basic and the fancy reporter', () => {
      const say = (log: ConsolaInstance): void => {
        log.info('order %d', 7);
        log.withTag('shop').info({ x: 1 });
        log.error(new Error('lost'));
      };
      for (const fancy of [false, true]) {
        const text = textOf({ fancy }, say);
        expect(text).to.include('[a] order 7').and.match(/\[a\] \{ x: 1 \}|\[a\] \{\n\s*x: 1/);
        expect(text.split('[a] '), text).to.have.length(4);
        expect(text).to.match(/\[a\] (Error: )?lost/);
      }
    });

    const messagesOf = (text: string): string[] => text.trim().split('\n').map((line) => line.replace(/^(\[info\]|(\[ *\] )?ℹ) /, ''));

    it("shows the application's own field there", () => {
      expect(textOf({ fancy: false }, (log) => log.withDefaults({ correlation_id: 'own' } as never).info('order'))).to.include('[own] order').and.not.include('[a]');
    });

    it('does not change a reporter of the application', () => {
      const lines: string[] = [];
      const reporter = { log: (line: { args: unknown[] }) => void lines.push(reporter.formatLogObj(line)), formatLogObj: ({ args }: { args: unknown[] }) => args.join() };
      textOf({ reporters: [reporter] }, (log) => log.info('order'));
      expect(lines).to.deep.equal(['order']);
    });

    it('has no ID on a line that says how often a line was repeated, possibly by other requests', () => {
      const text = textOf({ fancy: false, throttle: 60_000, throttleMin: 1 }, (log) => {
        log.info('again');
        for (let i = 0; i < 4; i++) withCorrelationId('c', () => log.info('again'));
        withCorrelationId('b', () => log.info('other'));
      });
      expect(messagesOf(text)).to.deep.equal(['[a] again', '[c] again', 'again (repeated 3 times)', '[b] other']);
    });

    it('keeps the ID on a line that a reporter passes on to another logger, but not on how often it was repeated there', () => {
      const got: unknown[] = [];
      const reporter = { log: (line: { args: unknown[]; correlation_id?: string }) => void got.push([line.args.join(), line.correlation_id]) };
      const behind = createConsola({ level: 5, throttle: 60_000, throttleMin: 1, reporters: [reporter] });
      textOf({ reporters: [{ log: (line: object) => behind.log(line) }] }, (log) => {
        log.info('order');
        for (let i = 0; i < 3; i++) withCorrelationId('b', () => log.info('order'));
        log.info('other');
      });
      expect(got).to.deep.equal([['order', 'a'], ['order', 'b'], ['order,(repeated 2 times)', undefined], ['other', 'a']]);
    });

    it('has no ID on lines that were held back, because their requests are not known', () => {
      const text = textOf({ fancy: false }, (log) => {
        for (const [pause, resume] of [['pauseLogs', 'resumeLogs'], ['pause', 'resume']] as const) {
          const held = log as unknown as Record<string, () => void>;
          held[pause]?.();
          log.info('held back');
          withCorrelationId('b', () => held[resume]?.());
        }
        log.info('after');
      });
      expect(messagesOf(text)).to.deep.equal(['held back', 'held back', '[a] after']);
    });

    it('writes as before after the undo, also through reporters that stay', () => {
      const text = textOf({ fancy: false }, (log) => {
        log.info('one');
        undo();
        log.info('two');
      });
      expect(messagesOf(text)).to.deep.equal(['[a] one', 'two']);
    });
  });
}
