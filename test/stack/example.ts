import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { NODE } from '../app';
import { connects } from './program';

/** A line from an example's log files. */
export interface Line {
  order?: number;
  part?: string;
  path?: string;
  sent?: string;
  status?: number;
  correlation_id?: string;
}

/** Runs an example's command until it ends, and checks that it left no port open. */
export async function run(example: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(NODE, [path.join(__dirname, '../../examples', example, 'run.mjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
  const [code] = (await once(child, 'close')) as [number | null];

  const ports = /^ports, free again: (.+)$/m.exec(output)?.[1]?.split(' ').map(Number) ?? [];
  expect(ports, output).to.have.length.above(2);
  for (const port of ports) expect(await connects(port), `port ${port}`).to.equal(false);
  return { code, output };
}

export function linesOf(file: string): Line[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Line);
}
