/** Go's `fmt.Sprintf`, for the values of OTTL. */
import {toHex, utf8Bytes} from '../base/index.ts';
import {plainDouble, scalarText} from './text.ts';
import {Duration, Id, isList, Time, type Value} from './value.ts';

/** A width that is an argument; what is none asks for nothing. */
const starred = (value: Value): number => (typeof value === 'bigint' ? Number(value) : 0);

interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
}

/** Go's bound, too, on what a format may ask for. */
const maxWidth = 1_000_000;
/** The most digits that JavaScript writes. */
const maxDigits = 100;

export function sprintf(format: string, values: readonly Value[]): string {
  let used = 0;
  const out = format.replace(
    /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?([a-zA-Z%]|$)/g,
    (_, flagText: string, widthText: string | undefined, precisionText: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (verb === '') return '%!(NOVERB)';
      const star = (text: string | undefined): number | undefined =>
        text === '*' ? starred(values[used++]) : text === undefined ? undefined : Number(text);
      const width = star(widthText);
      const precision = star(precisionText);
      if (Math.abs(width ?? 0) > maxWidth) return '%!(BADWIDTH)';
      if ((precision ?? 0) > maxWidth) return '%!(BADPREC)';
      if (used >= values.length) return `%!${verb}(MISSING)`;
      const value = values[used++];
      const flags: Flags = {
        minus: flagText.includes('-') || (width ?? 0) < 0,
        plus: flagText.includes('+'),
        sharp: flagText.includes('#'),
        space: flagText.includes(' '),
        zero: flagText.includes('0'),
      };
      const text = verbText(verb, value, flags, precision);
      return text === undefined
        ? `%!${verb}(${goType(value)}=${plain(value)})`
        : padded(text, Math.abs(width ?? 0), flags, value);
    },
  );
  if (used >= values.length) return out;
  const extra = values.slice(used).map((value) => (value === undefined ? '<nil>' : `${goType(value)}=${plain(value)}`));
  return `${out}%!(EXTRA ${extra.join(', ')})`;
}

function padded(text: string, width: number, flags: Flags, value: Value): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.minus) return text + ' '.repeat(missing);
  if (!flags.zero || (typeof value === 'number' && !Number.isFinite(value))) return ' '.repeat(missing) + text;
  const sign = /^[+\- ]?(0[xXbo])?/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function goType(value: Value): string {
  if (value === undefined) return '<nil>';
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value instanceof Uint8Array) return '[]uint8';
  if (value instanceof Time) return 'time.Time';
  if (value instanceof Duration) return 'time.Duration';
  if (value instanceof Id) return value.bytes.length === 8 ? 'pcommon.SpanID' : 'pcommon.TraceID';
  return value instanceof Map ? 'map[string]interface {}' : '[]interface {}';
}

/** As `%v` prints it. */
function plain(value: Value): string {
  if (value === undefined) return '<nil>';
  if (typeof value === 'number') return general(value, undefined, 'e', shortestLarge);
  if (value instanceof Uint8Array) return `[${[...value].join(' ')}]`;
  if (isList(value)) return `[${value.map(plain).join(' ')}]`;
  if (value instanceof Map) {
    const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => `${key}:${plain(each)}`);
    return `map[${entries.join(' ')}]`;
  }
  if (value instanceof Id || value instanceof Time || value instanceof Duration) return scalarText(value);
  return String(value);
}

const signed = (text: string, flags: Flags): string =>
  text.startsWith('-') ? text : flags.plus ? `+${text}` : flags.space ? ` ${text}` : text;

function verbText(verb: string, value: Value, flags: Flags, precision: number | undefined): string | undefined {
  if (verb === 'v') {
    if (typeof value === 'number' || typeof value === 'bigint') return signed(plain(value), flags);
    return flags.sharp && typeof value === 'string' ? JSON.stringify(value) : plain(value);
  }
  if (verb === 'T') return goType(value);
  if (isList(value)) {
    const parts = value.map(
      (each) => verbText(verb, each, flags, precision) ?? `%!${verb}(${goType(each)}=${plain(each)})`,
    );
    return `[${parts.join(' ')}]`;
  }
  if (typeof value === 'bigint') return intText(verb, value, flags, precision);
  if (typeof value === 'number') return doubleText(verb, value, flags, precision);
  if (typeof value === 'boolean') return verb === 't' ? String(value) : undefined;
  if (value === undefined) return undefined;
  const text =
    typeof value === 'string' ? value : value instanceof Uint8Array ? new TextDecoder().decode(value) : plain(value);
  const bytes = value instanceof Uint8Array ? value : value instanceof Id ? value.bytes : utf8Bytes(text);
  switch (verb) {
    case 's':
      return precision === undefined ? text : [...text].slice(0, precision).join('');
    case 'q':
      return JSON.stringify(text);
    case 'x':
      return toHex(bytes);
    case 'X':
      return toHex(bytes).toUpperCase();
    default:
      return undefined;
  }
}

function intText(verb: string, value: bigint, flags: Flags, precision: number | undefined): string | undefined {
  const radix = {d: 10, b: 2, o: 8, O: 8, x: 16, X: 16}[verb];
  if (radix !== undefined) {
    const digits = (value < 0n ? -value : value).toString(radix).padStart(precision ?? 0, '0');
    const prefix = verb === 'O' ? '0o' : !flags.sharp ? '' : ({b: '0b', o: '0', x: '0x', X: '0X'}[verb] ?? '');
    const text = (value < 0n ? '-' : '') + prefix + (verb === 'X' ? digits.toUpperCase() : digits);
    return signed(text, flags);
  }
  if (verb === 'c' || verb === 'q') {
    const character = value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '\ufffd';
    return verb === 'c' ? character : `'${character}'`;
  }
  return verb === 'U' ? `U+${value.toString(16).toUpperCase().padStart(4, '0')}` : undefined;
}

function doubleText(verb: string, value: number, flags: Flags, precision: number | undefined): string | undefined {
  if (!'eEfFgG'.includes(verb)) return undefined;
  if (!Number.isFinite(value))
    return signed(plainDouble(value).replace('+', flags.plus ? '+' : ''), {...flags, plus: false});
  const lower = verb.toLowerCase();
  const text =
    lower === 'f'
      ? fixed(value, precision ?? 6)
      : lower === 'e'
        ? exponential(value.toExponential(Math.min(precision ?? 6, maxDigits)))
        : general(value, precision, 'e', precision === undefined ? shortestLarge : Math.max(precision, 1));
  return signed(verb === lower ? text : text.toUpperCase(), flags);
}

/** Digits after the point, also of numbers that JavaScript writes with an exponent. */
const fixed = (value: number, digits: number): string => {
  if (Math.abs(value) < 1e21) return halfToEven(value, Math.min(digits, 40));
  return plainDouble(value) + (digits > 0 ? `.${'0'.repeat(digits)}` : '');
};

/** JavaScript rounds a digit 5 up where nothing follows it, Go to the even neighbour. */
function halfToEven(value: number, digits: number): string {
  const text = value.toFixed(digits);
  const exact = value.toFixed(digits + 60);
  const rest = exact.slice(exact.indexOf('.') + 1 + digits);
  if (!/^50*$/.test(rest)) return text;
  const cut = exact.slice(0, exact.length - rest.length).replace(/\.$/, '');
  return Number(cut.at(-1)) % 2 === 0 ? cut : text;
}

/** An exponent has two digits at least. */
const exponential = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

/** From this exponent on, `%g` without a precision writes one. */
const shortestLarge = 6;

/** The shorter of the two ways to write a number, as `%g` has it. */
function general(value: number, precision: number | undefined, letter: string, large: number): string {
  if (!Number.isFinite(value)) return plainDouble(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const shortest =
    precision === undefined
      ? value.toExponential()
      : value.toExponential(Math.min(Math.max(precision, 1) - 1, maxDigits));
  const exponent = Number(shortest.split('e')[1]);
  if (exponent < -4 || exponent >= large) return exponential(shortest.replace(/\.?0+e/, 'e')).replace('e', letter);
  return plainDouble(Number(shortest));
}
