import { writeFileSync } from 'node:fs';
import type { Story } from '../model';
import { SourceError } from '../read';
import type { Progress, ReadOptions } from '../read';
import { tell } from '../tell/tell';
import { Paint } from '../terminal/paint';
import { storyText } from '../terminal/story';
import { followRequests } from './follow';
import { listText } from './lists';
import type { Listed } from './lists';
import { UsageError, parseCommand } from './options';
import type { Command } from './options';
import { Output } from './output';
import { documentOf } from './documents';
import { defaultPaths, readFiles, readStore } from './reader';
import type { Reader } from './reader';
import { USAGE } from './usage';
import { printable, printableJson } from '../terminal/printable';

/** Longest list for which whole stories are read, to say where each request failed first or spent its time. */
const TOLD = 50;
const HOUR = 3_600_000;
/** Width if the terminal does not report one. */
const COLUMNS = 100;

/** The command's environment. */
export interface Io {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  onProgress: (progress: Progress) => void;
  /** Called with each reader that must be closed when the process is told to stop. */
  onOpen: (reader: Reader) => void;
  version: string;
}

/** Runs a command. Resolves to the exit status: 0 found, 1 nothing found, 2 an error, which is reported in one line. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const output = new Output(io.stdout);
  let reader: Reader | undefined;
  try {
    const command = parseCommand(args);
    if (command.ask === 'version') return await say(output, io.version, 0);
    const paths = command.paths.length > 0 || command.from.length > 0 ? command.paths : defaultPaths(io.stdin);
    if (command.ask === 'help' || paths === undefined) {
      if (args.some((arg) => arg === '--help' || arg === '-h')) return await say(output, USAGE.trimEnd(), 0);
      io.stderr.write(USAGE);
      return 2;
    }
    reader = command.from[0] === undefined ? readFiles(paths, io.stdin) : await readStore(command.from[0], io.env);
    io.onOpen(reader);
    const status = await answer(command, reader, output, io);
    await output.flush();
    if (output.failure === undefined) return status;
    throw new UsageError(`cannot write the output: ${output.failure.message}`);
  } catch (error) {
    if (!isExpected(error)) throw error;
    io.stderr.write(`story: ${printable(error.message)}\n`);
    return 2;
  } finally {
    await output.flush();
    reader?.close();
  }
}

async function answer(command: Command, reader: Reader, output: Output, io: Io): Promise<number> {
  const { ask } = command;
  const paint = paintOf(command, io);
  const options: ReadOptions = {
    onProgress: io.onProgress,
    ...(command.key !== undefined && { key: command.key }),
    ...(command.zone !== undefined && { zone: command.zone }),
    ...(command.threads !== undefined && { threads: command.threads }),
    ...(command.since !== undefined && { since: command.since }),
    ...(command.until !== undefined && { until: command.until }),
  };
  if (typeof ask === 'string') return 2;
  if (command.follow) return followRequests('id' in ask ? { id: ask.id } : { failed: true }, { reader, options, command, output, paint });
  if ('id' in ask) return tellOne(ask.id, command, reader, options, output, paint, io);

  const { requests, notes } = await reader.list(ask, options);
  if (requests.length === 0) return nothing(io, [`no request ${'failed' in ask ? 'that failed' : 'with' in ask ? `with a line that has ${JSON.stringify(ask.with)}` : 'with a duration'} in ${named(reader)}`, ...notes]);
  if (command.show !== undefined) {
    const chosen = requests[command.show - 1];
    if (chosen === undefined) return nothing(io, [`--show ${command.show}, and there ${requests.length === 1 ? 'is 1 request' : `are ${requests.length} requests`}`]);
    return tellOne(chosen.id, command, reader, around(options), output, paint, io);
  }
  const listed = 'with' in ask ? requests : await told(requests, command, reader, around(options));
  if (command.json) {
    await output.line(printableJson(requests));
    for (const note of notes) io.stderr.write(`story: ${printable(note)}\n`);
  } else {
    for (const line of listText(listed, paint, command.utc)) await output.line(line);
    for (const note of notes) await output.line(paint.dim(printable(note)));
  }
  return 0;
}

/** A window selects the requests of a list. Each is then read from before it to behind it. */
function around({ since, until, ...options }: ReadOptions): ReadOptions {
  return { ...options, ...(since !== undefined && { since: since - HOUR }), ...(until !== undefined && { until: until + HOUR }) };
}

/** Adds the stories to the requests of a list, if the list is short. */
async function told(requests: readonly Listed[], { clocks }: Command, reader: Reader, options: ReadOptions): Promise<readonly Listed[]> {
  if (requests.length > TOLD) return requests;
  const { entries } = await reader.many(requests.map(({ id }) => id), options);
  return requests.map((request) => ({ ...request, story: tell(request.id, entries.get(request.id) ?? [], { clocks }) }));
}

async function tellOne(id: string, command: Command, reader: Reader, options: ReadOptions, output: Output, paint: Paint, io: Io): Promise<number> {
  const { entries, notes, nearest, neighbours } = await reader.one(id, options);
  if (entries.length === 0) return nothing(io, [`nothing of ${id} in ${named(reader)}`, ...(nearest.length === 0 ? [] : [`IDs like it: ${nearest.join(', ')}`]), ...notes]);
  const story = tell(id, entries, { clocks: command.clocks, neighbours, notes });
  await print(story, command, output, paint);
  return 0;
}

/** Writes the requested files and documents on standard output; without such a request, the story for a terminal. */
async function print(story: Story, command: Command, output: Output, paint: Paint): Promise<void> {
  const files = (['html', 'svg', 'otlp'] as const).flatMap((kind) => (command[kind] === undefined ? [] : [{ kind, file: command[kind] }]));
  for (const { kind, file } of files) {
    const text = await documentOf(kind, story);
    if (file === '-') await output.line(text.trimEnd());
    else write(file, text);
  }
  if (command.json) return output.line(await documentOf('json', story));
  if (files.some(({ file }) => file === '-')) return;
  if (files.length > 0) for (const sentence of story.verdict) await output.line(printable(sentence));
  else for (const line of storyText(story, paint, { utc: command.utc })) await output.line(line);
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
  }
}

function paintOf({ color, width }: Command, { stdout, env }: Io): Paint {
  const isTerminal = stdout.isTTY === true;
  const isColoured = color ?? ((isTerminal || Boolean(env['FORCE_COLOR'])) && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
  return new Paint(isColoured, width ?? (isTerminal ? stdout.columns : undefined) ?? COLUMNS, width !== undefined || isTerminal);
}

function named({ names }: Reader): string {
  return names.length === 1 ? (names[0] as string) : `${names.length} files`;
}

/** Says on one line that nothing was found, and what of the input could not be read. */
function nothing({ stderr }: Io, parts: readonly string[]): number {
  stderr.write(`story: ${printable(parts.map((part) => part.replace(/\.$/, '')).join('; '))}\n`);
  return 1;
}

async function say(output: Output, text: string, status: number): Promise<number> {
  await output.line(text);
  return status;
}

function isExpected(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof SourceError;
}
