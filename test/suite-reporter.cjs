'use strict';
const { appendFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');
const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Runner.constants;

/** What npm's commands say at their start, by TEST_CORR_BREADTH: `npm run test:all` runs `npm test`, so npm's own variable is the same. */
const STARTS = {
  quick: `Runs one of each in about two minutes on two cores: frameworks, modules, kinds of calls, OpenTelemetry setups, and all pairs that have ever differed.
Skipped, and counted as skipped: the other combinations, thousands of concurrent requests, and most real servers. \`npm run test:all\` runs all.
`,
  all: 'Runs everything in about eight minutes.\n',
};

/**
 * Prints a line for each suite, and failures in full at the end. If TEST_CORR_COUNTS names a file, it appends a line to it: passed,
 * failed, skipped.
 */
module.exports = class SuiteReporter extends reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    let suite;
    let depth = 0;
    const count = (what) => () => suite !== undefined && suite[what]++;
    const start = process.env.npm_lifecycle_event === 'test' ? STARTS[process.env.TEST_CORR_BREADTH] : undefined;
    if (start !== undefined) runner.once(EVENT_RUN_BEGIN, () => console.log(start));
    runner.on(EVENT_TEST_PASS, count('passed')).on(EVENT_TEST_FAIL, count('failed')).on(EVENT_TEST_PENDING, count('skipped'));
    runner.on(EVENT_SUITE_BEGIN, ({ root, title }) => {
      if (!root && depth++ === 0) suite = { title, passed: 0, failed: 0, skipped: 0 };
    });
    runner.on(EVENT_SUITE_END, ({ root }) => {
      if (root || --depth > 0) return;
      const { title, passed, failed, skipped } = suite;
      const more = `${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
      console.log(`${failed > 0 ? '✖' : '✔'} ${title}: ${passed} passed${more}`);
    });
    runner.once(EVENT_RUN_END, () => {
      this.epilogue();
      const { passes, failures, pending } = this.stats;
      if (process.env.TEST_CORR_COUNTS) appendFileSync(process.env.TEST_CORR_COUNTS, `${passes} ${failures} ${pending}\n`);
    });
  }
};
