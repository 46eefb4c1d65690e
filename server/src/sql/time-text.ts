/** Times as programs write them (ISO 8601), in the spelling that ClickHouse compares its times with. */
import {sqlTables} from './tables.ts';

export const timeColumns: ReadonlySet<string> = new Set(
  sqlTables.flatMap(({columns}) => columns.filter(({type}) => type.startsWith('DateTime')).map(({name}) => name)),
);

const iso = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d)(:\d\d)?(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)?$/;

/** In UTC, `2026-01-31 12:00:00.5` of `2026-01-31T13:00:00.5+01:00`; undefined where the text is no such time. */
export function plainTime(text: string): string | undefined {
  const read = readTime(text);
  return read && `${read.time.toISOString().slice(0, 19).replace('T', ' ')}${read.fraction}`;
}

/** In seconds since 1970, which no time zone of a type changes: `1769860800.5`. */
export function unixTime(text: string): {readonly seconds: string; readonly fraction: string} | undefined {
  const read = readTime(text);
  return read && {seconds: String(read.time.getTime() / 1000), fraction: read.fraction};
}

function readTime(text: string): {readonly time: Date; readonly fraction: string} | undefined {
  const [, day, minute, second = ':00', fraction = '', zone = 'Z'] = iso.exec(text) ?? [];
  if (day === undefined) return undefined;
  const colon = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const time = new Date(`${day}T${minute}${second}${colon}`);
  if (Number.isNaN(time.getTime())) return undefined;
  // Those of `toISOString` are mostly zeros, and a DateTime has none.
  return {time, fraction: /^\.0+$/.test(fraction) ? '' : fraction};
}
