import type { Story, StoryLine } from '../model';
import { isOwnName } from '../tell/names';
import { nestedKeys, unnested } from '../tell/nested';

/** Fields that the row shows elsewhere, under the names that loggers use. */
const SHOWN = new Set([
  'time', 'timestamp', '@timestamp', 'ts', 'level', 'log.level', 'severity', 'levelname', 'msg', 'message', 'body',
  'service', 'service.name', 'name', 'pid', 'process.pid', 'hostname', 'host.hostname', 'host.name', 'hop', 'call', 'v', 'ecs.version',
]);
const ERRORS = /^(err|error|exception|exc_info)(\.|$)/;
const DEEPEST = 6;
const MOST = 60;

export type Field = [name: string, value: string];

/** The fields of each line that its row does not show, without those that are the same on all lines of the service. */
export function leavesOf(story: Story): (line: StoryLine) => Field[] {
  const flat = new Map<StoryLine, Field[]>();
  const seen = new Map<string, Map<string, { value: string; times: number } | undefined>>();
  const lines = new Map<string, number>();
  const nested = nestedKeys(story.lines);
  for (const line of story.lines) {
    const fields = typeof line.record === 'string' ? [] : flatten(unnested(line.record, nested));
    flat.set(line, fields);
    lines.set(line.service, (lines.get(line.service) ?? 0) + 1);
    const ofService = seen.get(line.service) ?? new Map<string, { value: string; times: number } | undefined>();
    seen.set(line.service, ofService);
    for (const [name, value] of fields) {
      const there = ofService.get(name);
      if (there === undefined) ofService.set(name, ofService.has(name) ? undefined : { value, times: 1 });
      else if (there.value === value) there.times++;
      else ofService.set(name, undefined);
    }
  }
  return (line) => (flat.get(line) ?? []).filter(([name, value]) => {
    if ((SHOWN.has(name) && !isOwnName(name, value, line.service)) || value === story.id || value === line.msg) return false;
    if (line.error !== undefined && ERRORS.test(name)) return false;
    const of = lines.get(line.service) ?? 0;
    return of < 2 || seen.get(line.service)?.get(name)?.times !== of;
  });
}

/** The leaves of a record by path, bounded in depth and number because a record can be as deep as the JSON parser allows. */
function flatten(record: Readonly<Record<string, unknown>>): Field[] {
  const fields: Field[] = [];
  const walk = (value: unknown, path: string, depth: number): void => {
    if (fields.length >= MOST) return;
    if (typeof value !== 'object' || value === null) fields.push([path, String(value)]);
    else if (depth >= DEEPEST) fields.push([path, '\u2026']);
    else if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) fields.push([path, value.slice(0, MOST).join(', ')]);
    else for (const [name, inner] of Object.entries(value)) walk(inner, path === '' ? name : `${path}.${name}`, depth + 1);
  };
  walk(record, '', 0);
  return fields;
}
