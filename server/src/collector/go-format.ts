/** Numbers, times and values as Go's `fmt` and the Collector's pdata print them, where people or rings compare them. */
import {goFloatText, toHex, utf8Bytes} from '../base/index.ts';
import {type AnyValue, goText} from '../model/index.ts';

/** `%f`. */
export function goF(value: number): string {
  if (!Number.isFinite(value)) return goFloatText(value);
  if (Object.is(value, -0)) return '-0.000000';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

/** A time as `time.Time` prints itself in UTC: `2020-02-11 20:26:12.000000321 +0000 UTC`. */
export function goTime(nanos: bigint): string {
  const seconds = nanos / 1_000_000_000n;
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${date}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}

/** An id in hexadecimal; nothing where all of it is zero. */
export const goId = (id: Uint8Array): string => (id.every((byte) => byte === 0) ? '' : toHex(id));

/** As JSON, with the keys of maps sorted. A number that JSON has no word for is written as a text. */
export const valueJson = (value: AnyValue): string => {
  switch (value.type) {
    case 'empty':
      return 'null';
    case 'array':
      return `[${value.value.map((each) => valueJson(each)).join(',')}]`;
    case 'map': {
      const sorted = value.value.toSorted((a, b) => Buffer.compare(utf8Bytes(a.key), utf8Bytes(b.key)));
      return `{${sorted.map((each) => `${quoted(each.key)}:${valueJson(each.value)}`).join(',')}}`;
    }
    case 'string':
    case 'bytes':
      return quoted(goText(value));
    case 'double':
      return Number.isFinite(value.value) ? goText(value) : quoted(goText(value));
    default:
      return goText(value);
  }
};

/** As Go's encoder does by default. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const typeNames: Readonly<Record<AnyValue['type'], string>> = {
  empty: 'Empty',
  string: 'Str',
  bool: 'Bool',
  int: 'Int',
  double: 'Double',
  map: 'Map',
  array: 'Slice',
  bytes: 'Bytes',
};

/** With its type: `Str(GET)`, `Int(3)`. */
export const typedText = (value: AnyValue): string => `${typeNames[value.type]}(${goText(value)})`;

export const spanKinds = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
export const statusCodes = ['Unset', 'Ok', 'Error'];
export const temporalities = ['Unspecified', 'Delta', 'Cumulative'];

/** `Info`, `Info2`. */
export function severityName(number: number): string {
  if (number < 1 || number > 24) return number === 0 ? 'Unspecified' : '';
  const level = ['Trace', 'Debug', 'Info', 'Warn', 'Error', 'Fatal'][Math.floor((number - 1) / 4)] as string;
  const step = (number - 1) % 4;
  return step === 0 ? level : `${level}${step + 1}`;
}
