import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { NODE, PRELOAD } from '../app';
import { QUICK } from '../breadth';

type Outcome = string[] | { error: string };
type Tried = [index: number, what: string, outcome: Outcome];

const APP = path.join(__dirname, '../fixtures/shapes/app.cjs');
/** TEST_SEED and TEST_SHAPES select other shapes, or more of them. */
const SEED = Number(process.env['TEST_SEED'] ?? 1);
const SHAPES = Number(process.env['TEST_SHAPES'] ?? (QUICK ? 150 : 400));

async function tried(nodeArgs: string[], env: Record<string, string> = {}): Promise<Tried[]> {
  const { stdout } = await promisify(execFile)(NODE, [...nodeArgs, APP, String(SEED), String(SHAPES)], { env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...env }, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as Tried[];
}

/** Removes our headers and, in trace mode, those of OpenTelemetry. */
function without(lines: string[]): string[] {
  return lines.filter((line) => !/^(?:correlation-id: shape-1|baggage: correlation\.id=shape-1|traceparent: .*)$/i.test(line));
}

const isOurs = (line: string): boolean => /^correlation-id: shape-1$/i.test(line);

describe('any arguments that an application passes to Node', function () {
  this.timeout(60_000);
  let plain: Tried[];
  before(async () => {
    plain = await tried([]);
  });

  for (const [mode, env] of Object.entries({ carry: {}, trace: { CORR_MODE: 'trace', OTEL_TRACES_EXPORTER: 'none' } })) {
    it(`have the same effect with the preload in ${mode} mode (TEST_SEED=${SEED})`, async () => {
      const ours = await tried(['-r', PRELOAD], env);
      expect(ours).to.have.length(plain.length);
      const expected = plain.map(([index, what, outcome]) => [index, what, outcome]);
      const found = ours.map(([index, what, outcome]) => [index, what, Array.isArray(outcome) ? without(outcome) : outcome]);
      const differences = found.flatMap((one, i) => (JSON.stringify(one) === JSON.stringify(expected[i]) ? [] : [`${JSON.stringify(expected[i])} but with the preload ${JSON.stringify(ours[i])}`]));
      expect(differences.join('\n')).to.equal('');
      for (const [index, what, outcome] of ours) if (Array.isArray(outcome)) expect(outcome.filter(isOurs), `${index} ${what}`).to.have.length(1);
    });
  }
});
