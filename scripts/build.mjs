// Builds the packages, says which one is being built, and prints the compiler's output only if there is an error.
import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TSC = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));

/** Runs a command; `heard` gets its output line by line. Ends this process with the command's output if the command fails. */
function run(command, args, heard = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (output + text).split('\n').slice(output.split('\n').length - 1, -1);
      output += text;
      lines.forEach(heard);
    });
    child.on('close', (code) => {
      if (code === 0) return resolve();
      console.error(output);
      process.exit(code ?? 1);
    });
  });
}

const compile = (...packages) =>
  run(process.execPath, [TSC, '--build', '--verbose', ...packages.map((name) => `packages/${name}`)], (line) => {
    const [, name] = /Building project '.*packages\/([\w-]+)\/tsconfig\.json'/.exec(line) ?? [];
    if (name !== undefined) console.log(`Building @corr/${name} …`);
  });

// At the same time, because neither needs the other.
await Promise.all([compile('propagator', 'log-bridge', 'auto-register'), compile('story')]);
await run('npm', ['run', '--silent', 'bundle', '--workspace', '@corr/auto-register']);
for (const name of ['auto-register', 'story']) chmodSync(`packages/${name}/dist/cli.js`, 0o755);
