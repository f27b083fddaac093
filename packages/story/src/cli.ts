#!/usr/bin/env node
import { ProgressLine } from './command/progress';
import type { Reader } from './command/reader';
import { run } from './command/run';

const { version } = require('../package.json') as { version: string };

let reader: Reader | undefined;
const progress = new ProgressLine(process.stderr);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    progress.wipe();
    reader?.close();
    process.kill(process.pid, signal); // The handler is gone, so the signal ends the process as usual.
  });
}

void run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onProgress: progress.report,
  onOpen: (opened) => void (reader = opened),
  version,
}).then((status) => {
  process.exitCode = status;
});
