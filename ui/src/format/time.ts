import { signal } from '@preact/signals';

/** How all times on the pages are shown. */
export type Zone = 'local' | 'UTC';
export const zone = signal<Zone>((typeof localStorage !== 'undefined' && localStorage.getItem('zone') === 'UTC') ? 'UTC' : 'local');

export function setZone(next: Zone): void {
  zone.value = next;
  localStorage.setItem('zone', next);
}

export function zoneName(): string {
  return zone.value === 'UTC' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** "UTC", "UTC+02:00": the offset at that instant, so that a time never stands without its zone. */
export function offsetName(millis: number): string {
  const minutes = zone.value === 'UTC' ? 0 : -new Date(millis).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** How far the clock of a zone, named as the server does ("Asia/Tokyo", "GMT-08:00"), is ahead of UTC at an instant. */
export function offsetsOf(name: string): (millis: number) => number {
  if (!name || fixedOffset(name) !== undefined) return () => fixedOffset(name) ?? 0;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    return () => 0;  // a zone that the browser does not know
  }
  const known = new Map<number, number>();
  return (millis) => {
    const quarter = Math.floor(millis / 900_000);  // within an hour's quarter no clock is put forward or back
    if (!known.has(quarter)) known.set(quarter, fixedOffset(format.formatToParts(quarter * 900_000).at(-1)!.value) ?? 0);
    return known.get(quarter)!;
  };
}

/** Of "GMT", "UTC+3", "GMT-08:00", in millis. */
function fixedOffset(name: string): number | undefined {
  const match = /^(?:UTC?|GMT)(?:([+-])(\d\d?)(?::?(\d\d))?(?::(\d\d))?)?$/.exec(name);
  if (!match) return undefined;
  const [hours, minutes, seconds] = match.slice(2).map((part) => Number(part ?? 0));
  return (match[1] === '-' ? -1000 : 1000) * ((hours * 60 + minutes) * 60 + seconds);
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

function parts(millis: number): [string, string, string] {
  const at = new Date(millis);
  return zone.value === 'UTC'
    ? [`${at.getUTCFullYear()}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`,
       `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`, pad(at.getUTCMilliseconds(), 3)]
    : [`${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`,
       `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`, pad(at.getMilliseconds(), 3)];
}

/** "2026-11-28 19:24:59 UTC" */
export function dateTime(millis: number | null | undefined, withMillis = false): string {
  if (!isInstant(millis)) return '–';
  const [date, time, fraction] = parts(millis);
  return `${date} ${time}${withMillis ? `.${fraction}` : ''} ${offsetName(millis)}`;
}

/** "19:24:59.120", for columns whose head names the zone. */
export function clock(millis: number | null | undefined, withMillis = false): string {
  if (!isInstant(millis)) return '–';
  const [, time, fraction] = parts(millis);
  return withMillis ? `${time}.${fraction}` : time;
}

/** "2026-11-28 19:24:59.120", for columns whose head names the zone. */
export function dateClock(millis: number | null | undefined): string {
  if (!isInstant(millis)) return '–';
  const [date, time, fraction] = parts(millis);
  return `${date} ${time}.${fraction}`;
}

/** Dates end at ±8.64e15; INT64_MIN and INT64_MAX, which stand for "none" and "end of input", lie outside. */
export function isInstant(millis: number | null | undefined): millis is number {
  return typeof millis === 'number' && Math.abs(millis) <= 8.64e15 && millis !== -1;
}

/** A watermark for people. */
export function watermark(millis: number | null | undefined): string {
  if (millis === null || millis === undefined || millis < -8.64e15) return 'none yet';
  if (millis > 8.64e15) return 'end of input';
  return dateTime(millis, true);
}

/** "350 ms", "12 s", "3 min 5 s", "2 h 4 min", "3 d 2 h" */
export function duration(millis: number | null | undefined): string {
  if (millis === null || millis === undefined || !Number.isFinite(millis)) return '–';
  if (millis < 0) return `−${duration(-millis)}`;
  if (millis < 1000) return `${Math.round(millis)} ms`;
  const seconds = millis / 1000;
  if (seconds < 10) return `${seconds.toFixed(1).replace('.0', '')} s`;
  return [[86400, 'd', 3600, 'h'], [3600, 'h', 60, 'min'], [60, 'min', 1, 's']]
    .map(([size, unit, small, smallUnit]) => inUnits(Math.round(seconds), size as number, unit as string, small as number, smallUnit as string))
    .find(Boolean) ?? `${Math.round(seconds)} s`;
}

function inUnits(seconds: number, size: number, unit: string, small: number, smallUnit: string): string | undefined {
  if (seconds < size) return undefined;
  const rest = Math.floor((seconds % size) / small);
  return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${smallUnit}` : ''}`;
}

/** "3 s ago"; `now` is the server's. */
export function ago(millis: number | null | undefined, now: number): string {
  if (!isInstant(millis)) return '–';
  const past = now - millis;
  return past < 1000 ? 'just now' : `${duration(Math.floor(past / 1000) * 1000)} ago`;
}

/** A time a person typed ("2026-11-28 19:24", ISO, epoch millis), read in the shown zone; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d{10,16}$/.test(trimmed)) return Number(trimmed);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?(Z|[+-]\d{2}:\d{2})?$/.exec(trimmed.replace(/ UTC$/, 'Z'));
  if (!match) return undefined;
  const zoneText = match[3] ?? (zone.value === 'UTC' ? 'Z' : '');
  const millis = Date.parse(`${match[1]}T${match[2] ?? '00:00'}${zoneText}`);
  return Number.isNaN(millis) ? undefined : millis;
}
