import type { Entry, Level } from '../src/model';
import { linesOf } from './files';
import type { World, Written } from './world';

/** The entries that a reader would get for a world, without going through a file. */
export function entriesOf(world: World): Entry[] {
  const skews = new Map(world.services.map(({ name, skew }) => [name, skew]));
  return linesOf(world).map((written, i) => entryOf(written, skews.get(written.service) ?? 0, i, world.id));
}

function entryOf({ service, time, level, msg, hop, fields }: Written, skew: number, i: number, id: string): Entry {
  const { req, res, responseTime, start, call, err } = fields as { req?: { method: string; url: string; host?: string }; res?: { statusCode: number }; responseTime?: number; start?: number; call?: string; err?: { message: string; stack: string } };
  return {
    time: Math.floor(time + skew),
    resolution: 1,
    service,
    host: `${service}-1`,
    pid: 1,
    level: level as Level,
    msg,
    id,
    ...(hop !== undefined && { hop }),
    ...(call !== undefined && { call }),
    ...(req !== undefined && { exchange: { ...req, ...(res !== undefined && { status: res.statusCode }), ...(start !== undefined && { start }), ms: responseTime as number } }),
    ...(err !== undefined && { error: err }),
    record: fields,
    raw: `${i} ${msg}`,
    source: { name: `${service}.log`, line: i },
  };
}
