'use strict';
const { appendFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

/** The usual report; and, where TEST_CORR_COUNTS names a file, a line in it: passed, failed, skipped. */
module.exports = class CountReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.TEST_CORR_COUNTS;
    if (!file) return;
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      appendFileSync(file, `${passes} ${failures} ${pending}\n`);
    });
  }
};
