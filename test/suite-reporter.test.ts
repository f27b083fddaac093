import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Runner, reporters } from 'mocha';

const Reporter = require('./suite-reporter.cjs') as new (runner: EventEmitter) => unknown;
const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Runner.constants;

describe('the reporter of npm test', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'corr-reporter-'));
  after(() => rmSync(folder, { recursive: true }));

  /** What it prints for a run with one suite of two tests, one of them skipped. */
  function printed(variables: Record<string, string>): string[] {
    const env = { TEST_CORR_COUNTS: '', ...variables };
    const runner = Object.assign(new EventEmitter(), { stats: { passes: 1, failures: 0, pending: 1, tests: 1, suites: 1, duration: 0 } });
    const [log, summary, before] = [console.log, reporters.Base.consoleLog, { ...process.env }];
    const lines: string[] = [];
    Object.assign(process.env, env);
    console.log = (text = '') => void lines.push(String(text));
    reporters.Base.consoleLog = () => undefined; // the summary of mocha
    try {
      new Reporter(runner);
      const [suite, inner] = [{ root: false, title: 'clocks' }, { root: false, title: 'of two hosts' }];
      for (const [event, about] of [[EVENT_RUN_BEGIN, {}], [EVENT_SUITE_BEGIN, { root: true }], [EVENT_SUITE_BEGIN, suite], [EVENT_SUITE_BEGIN, inner]] as const) runner.emit(event, about);
      for (const [event, about] of [[EVENT_TEST_PASS, { slow: () => 75, duration: 1 }], [EVENT_TEST_PENDING, {}], [EVENT_SUITE_END, inner], [EVENT_SUITE_END, suite], [EVENT_SUITE_END, { root: true }], [EVENT_RUN_END, {}]] as const) runner.emit(event, about);
    } finally {
      console.log = log;
      reporters.Base.consoleLog = summary;
      for (const name of Object.keys(env)) delete process.env[name];
      Object.assign(process.env, before);
    }
    return lines;
  }

  it('says at the start how long npm test and npm run test:all take, and what is skipped', () => {
    const start = (env: Record<string, string>): string | undefined => printed({ npm_lifecycle_event: 'test', ...env })[0];
    expect(start({ TEST_CORR_BREADTH: 'quick' })).to.match(/^Runs one of each in about two minutes on two cores: .*\nSkipped, .* `npm run test:all` runs all\.\n$/);
    expect(start({ TEST_CORR_BREADTH: 'all' })).to.match(/^Runs everything in about \w+ minutes\.\n$/);
    expect(printed({ npm_lifecycle_event: 'matrix', TEST_CORR_BREADTH: 'all' })[0]).to.match(/^✔ /);
  });

  it('prints one line for a suite, and adds its counts to the file in TEST_CORR_COUNTS', () => {
    const file = path.join(folder, 'counts');
    expect(printed({ TEST_CORR_COUNTS: file })).to.include('✔ clocks: 1 passed, 1 skipped');
    expect(readFileSync(file, 'utf8')).to.equal('1 0 1\n');
  });
});
