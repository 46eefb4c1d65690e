/** Log records as lines of logfmt, as the Collector's loki exporter writes them. */
import {goFloatText, utf8} from '../base/index.ts';
import {type AnyValue, goText, type KeyValue} from '../model/index.ts';

/** A key with its value as it is written, quotes and all. */
type Pair = readonly [key: string, written: string];

export interface LogfmtRecord {
  readonly body: AnyValue;
  /** What the record has of its own, each with a name: `traceID`, `severity`; they stand in the place of parts of the body so named. */
  readonly fields: readonly (readonly [name: string, text: string])[];
  readonly attributes: readonly KeyValue[];
  readonly resource: readonly KeyValue[];
  readonly scope: {readonly name: string; readonly version: string};
}

export function logfmtLine({body, fields, attributes, resource, scope}: LogfmtRecord): string {
  const parsed = body.type === 'string' ? parseLogfmt(body.value) : undefined;
  const pairs: Pair[] = parsed ?? bodyPairs(body);
  for (const [name, text] of fields) {
    const at = parsed === undefined ? pairs.findIndex(([key]) => key === name) : -1;
    if (at < 0) pairs.push([name, written(text)]);
    else pairs[at] = [name, written(text)];
  }
  for (const {key, value} of attributes) pairs.push(...flat(`attribute_${key}`, value));
  for (const {key, value} of resource) pairs.push(...flat(`resource_${key}`, value));
  if (scope.name !== '') {
    pairs.push(['instrumentation_scope_name', written(scope.name)]);
    if (scope.version !== '') pairs.push(['instrumentation_scope_version', written(scope.version)]);
  }
  return pairs.map(([key, value]) => `${keyOf(key)}=${value}`).join(' ');
}

function bodyPairs(body: AnyValue): Pair[] {
  switch (body.type) {
    case 'empty':
      return [];
    case 'map':
      return body.value.flatMap(({key, value}) => flat(key, value));
    case 'array':
      return flat('body', body);
    default:
      return [['msg', scalar(body)]];
  }
}

function flat(key: string, value: AnyValue): Pair[] {
  if (value.type === 'empty') return [];
  if (value.type === 'map') return value.value.flatMap((each) => flat(`${key}_${each.key}`, each.value));
  if (value.type === 'array') return value.value.flatMap((each, index) => flat(`${key}_${index}`, each));
  return [[key, scalar(value)]];
}

function scalar(value: AnyValue): string {
  if (value.type === 'bytes') return quoteIfNeeded(utf8(value.value));
  if (value.type === 'double') return quoteIfNeeded(goFloatText(value.value));
  return written(goText(value));
}

/** A text `null` is quoted, so that it is not taken for the lack of a value. */
const written = (text: string): string => (text === 'null' ? '"null"' : quoteIfNeeded(text));

const quoteIfNeeded = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be quoted
  /[\u0000- ="\ufffd]/.test(text)
    ? JSON.stringify(text)
        .replaceAll('\ufffd', '\\ufffd')
        .replace(/\\[bf]|\\\\/g, (each) => rare[each] ?? each)
    : text;
const rare: Readonly<Record<string, string>> = {'\\b': '\\u0008', '\\f': '\\u000c'};

/** A key has none of the characters that end one. */
const keyOf = (key: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  key.replace(/[\u0000- ="\ufffd]/g, '') || '_';

/** The longest text that is looked at for pairs. */
const longest = 65_535;

/** The pairs of one line of logfmt, of which bare words are keys; undefined where it is none. */
export function parseLogfmt(text: string): Pair[] | undefined {
  const line = text.replace(/\r?\n$/, '');
  // Of several lines the Collector keeps the first alone; as a message all of them stay.
  if (line.includes('\n') || line.length > longest) return undefined;
  const pairs: Pair[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what stands between pairs
  const pair = /[\u0000- ]*(?:([^\u0000- ="]+)(?:=(?:"((?:[^"\\]|\\[\s\S])*)"|([^\u0000- ="]*)(?![^\u0000- ])))?)?/y;
  while (pair.lastIndex < line.length) {
    const at = pair.lastIndex;
    const [whole, key, quotedValue, plain] = pair.exec(line) as unknown as (string | undefined)[];
    if (key === undefined) {
      if (at + (whole as string).length === line.length) break;
      return undefined;
    }
    const next = line[pair.lastIndex];
    // A bare word is none where its value could not be read.
    const isBare = quotedValue === undefined && plain === undefined;
    if (isBare && (next === '=' || next === '"')) return undefined;
    const value = quotedValue === undefined ? (plain ?? '') : unquote(quotedValue);
    if (value === undefined || key.includes('\ufffd')) return undefined;
    pairs.push([key, quoteIfNeeded(value)]);
  }
  return pairs;
}

const escapes: Readonly<Record<string, string>> = {b: '\b', f: '\f', n: '\n', r: '\r', t: '\t'};

function unquote(inner: string): string | undefined {
  if (!inner.includes('\\')) return inner;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must be escaped beside other escapes
  if (/[\u0000-\u001f]/.test(inner) || /\\(?!u[\da-f]{4}|["\\/'bfnrt])/i.test(inner.replaceAll('\\\\', '')))
    return undefined;
  return inner.replace(/\\(u[\da-f]{4}|.)/gi, (_, each: string) =>
    each.length > 1 ? String.fromCharCode(Number.parseInt(each.slice(1), 16)) : (escapes[each] ?? each),
  );
}
