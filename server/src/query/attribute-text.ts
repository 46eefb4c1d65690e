/**
 * The one text of an attribute's value: shown by Jaeger's API, searched for, offered, and stored. Lists and maps are plain JSON, as
 * Jaeger has them: a map's keys sorted, integers exact, bytes in base64, an absent value null.
 */
import type {AnyValue} from '../model/index.ts';

export function attributeText(value: AnyValue): string {
  switch (value.type) {
    case 'empty':
      return '';
    case 'string':
      return value.value;
    case 'bytes':
      return base64(value.value);
    case 'double':
      return doubleText(value.value);
    default:
      return plainJson(value);
  }
}

/** JSON has no NaN and no infinities: they are written as texts (Jaeger fails on them). */
export function plainJson(value: AnyValue): string {
  switch (value.type) {
    case 'empty':
      return 'null';
    case 'int':
      return value.value.toString();
    case 'double':
      return Number.isFinite(value.value) ? String(value.value) : `"${value.value}"`;
    case 'bytes':
      return `"${base64(value.value)}"`;
    case 'array':
      return `[${value.value.map(plainJson).join(',')}]`;
    case 'map': {
      const sorted = value.value.toSorted((a, b) => compareText(a.key, b.key));
      return `{${sorted.map((entry) => `${JSON.stringify(entry.key)}:${plainJson(entry.value)}`).join(',')}}`;
    }
    default:
      return JSON.stringify(value.value);
  }
}

/** JavaScript prints the shortest text that reads back as the same double, except that it drops the sign of -0. */
export const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
