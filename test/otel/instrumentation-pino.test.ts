import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { NODE } from '../app';
import { itFrom } from '../breadth';
import { strictJson } from '../strict-json';
import { OURS, TRACING, fixture } from './other-setup';

const run = promisify(execFile);

describe("correlationMixin under OpenTelemetry's instrumentation of pino", () => {
  for (const [position, [name, preloads]] of Object.entries({ 'without our preload': TRACING, 'after our preload': [...OURS, ...TRACING], 'before our preload': [...TRACING, ...OURS] }).entries()) {
    itFrom(position, 2)(`adds the ID and the fields of the span to a line, each once, ${name}`, async () => {
      const env = { ...process.env, CORR_MODE: 'carry', TEST_CORR_SETUP: 'sdk' };
      const { stdout } = await run(NODE, [...preloads, fixture('pino-lines.cjs'), '{"http":"http://127.0.0.1:9"}'], { env });
      const lines = stdout.trim().split('\n').map(strictJson).filter(({ level }) => level !== undefined);
      const stamped = preloads === TRACING ? ['mixin', 'composed'] : ['plain', 'mixin', 'composed'];
      expect(lines.filter(({ correlation_id }) => correlation_id === 'client-1').map(({ msg }) => msg)).to.have.members(stamped); // each logger has its own destination
      for (const line of lines) expect(line).to.include.keys('trace_id', 'span_id', 'trace_flags');
      expect(lines.find(({ msg }) => msg === 'composed')).to.include({ own: 1 });
    });
  }
});
