const FORMATS = new Map<string, Intl.DateTimeFormat>();
const OFFSET = /^[+-](?:[01]\d|2[0-3]):?[0-5]\d$/;

/** Whether a text names a zone: an offset, such as `+02:00`, or a name of the IANA database, such as `Europe/Berlin`. */
export function isZone(text: string): boolean {
  try {
    return OFFSET.test(text) || formatOf(text) !== undefined;
  } catch {
    return false;
  }
}

/** Milliseconds by which a wall clock in a zone is ahead of UTC at a time in epoch milliseconds. Without a zone, 0. */
export function offsetAt(ms: number, zone: string | undefined): number {
  if (zone === undefined) return 0;
  if (OFFSET.test(zone)) return offsetOf(zone);
  const [, sign, hours, minutes, seconds = 0] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(formatOf(zone).format(ms)) ?? [];
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** The epoch milliseconds at which a wall clock in a zone shows a time, given as if it were UTC. */
export function atWall(wall: number, zone: string | undefined): number {
  // The first guess can be on the other side of a change of the clocks.
  return wall - offsetAt(wall - offsetAt(wall, zone), zone);
}

/** The milliseconds of an offset as lines have it: `+02:00`, `-0330`, `+02`; 0 for `Z`, `UTC` and none. */
export function offsetOf(text = ''): number {
  const [, sign, hours = 0, minutes = 0] = /^([+-])(\d\d):?(\d\d)?$/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(zone);
  if (format === undefined) FORMATS.set(zone, (format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })));
  return format;
}
