import type { Entry } from '../src/model';
import { parseLine } from '../src/read/formats/line';
import { isOf, placed } from '../src/read/one';
import { endOfRecord } from '../src/read/records';
import type { ServicePlan, World, Written } from './world';

const LEVELS = { info: 30, warn: 40, error: 50 };

/** The log files of a world as its services write them, by name: without those that are lost, with copies and cut lines. */
export function filesOf(world: World): Map<string, string> {
  const files = new Map<string, string[]>();
  for (const written of linesOf(world)) {
    const service = world.services.find(({ name }) => name === written.service) as ServicePlan & { name: string };
    const whole = formatted(written, service, world.id);
    const line = world.cut.has(written) ? whole.slice(0, whole.lastIndexOf('msg') - 1) : whole;
    const lines = files.get(`${service.name}.log`) ?? [];
    files.set(`${service.name}.log`, lines);
    lines.push(line, ...(world.copied.has(written) ? [line] : []));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, lines]) => [name, lines.map((line) => `${line}\n`).join('')]));
}

/** The lines that are not lost, in the order in which they were written. */
export function linesOf({ services, written }: World): Written[] {
  const lost = new Set(services.filter(({ isLost }) => isLost).map(({ name }) => name));
  return written.filter(({ service }) => !lost.has(service)).sort((a, b) => a.time - b.time);
}

/** What a reader gets from the files of a world, file after file. */
export function parsedOf(world: World): Entry[] {
  return [...filesOf(world)].flatMap(([name, text]) => {
    const bytes = Buffer.from(text);
    const entries: Entry[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = endOfRecord(bytes, start);
      const found = parseLine(bytes.toString('utf8', start, end), name);
      entries.push(...found.filter((entry) => isOf(world.id, entry)).map((entry) => placed(entry, world.id, { name, offset: start })));
      start = end + 1;
    }
    return entries;
  });
}

function formatted({ time, level, msg, hop, fields }: Written, { name, skew, format }: ServicePlan & { name: string }, id: string): string {
  const at = Math.floor(time + skew);
  const iso = new Date(at).toISOString();
  const own = { correlation_id: id, ...(hop !== undefined && { hop }), ...fields, msg };
  if (format === 'python') return JSON.stringify({ level: level.toUpperCase(), time: iso.replace('Z', '+00:00'), ...own });
  const line = JSON.stringify({ level: LEVELS[level], time: format === 'iso' ? iso : at, pid: 1, hostname: `${name}-1`, name, ...own });
  if (format === 'docker') return JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: iso });
  return format === 'cri' ? `${iso} stdout F ${line}` : line;
}
