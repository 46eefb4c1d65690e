/** Converters that read formats of text, and write some. */
import {parseCsvRow, splitQuoted} from './csv.ts';
import {OttlError} from './faults.ts';
import {ArgumentFault, converter, type FunctionDefinition, may, needs} from './function.ts';
import {regexpArgument} from './patterns.ts';
import {asString, fromJson} from './text.ts';
import {userAgentParser} from './user-agent.ts';
import {isList, typeOf, type Value, type ValueMap} from './value.ts';

/** As Go's ParseInt; undefined where the text is none of that base. */
function parseInteger(text: string, base: number): bigint | undefined {
  const match = /^([+-]?)(?:(0[bB])|(0[oO])|(0[xX]))?(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', binary, octal, hexadecimal] = match;
  let digits = match[5] as string;
  let radix = base;
  if (base === 0) {
    radix = binary ? 2 : octal ? 8 : hexadecimal ? 16 : /^0\d/.test(digits) ? 8 : 10;
    if (!/^(\w+_)*\w+$/.test(digits) || /__|^_/.test(digits)) return undefined;
    digits = digits.replaceAll('_', '');
  } else if (binary || octal || hexadecimal) digits = text.replace(/^[+-]/, '');
  let value = 0n;
  for (const digit of digits.toLowerCase()) {
    const number = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf(digit);
    if (number < 0 || number >= radix) return undefined;
    value = value * BigInt(radix) + BigInt(number);
  }
  if (sign === '-') value = -value;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** Percent-encoded bytes as the text that they are; those that are none become U+FFFD. */
const percentDecoded = (text: string): string =>
  text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());

/** A URL's parts by the names of the semantic conventions. */
function urlParts(text: string): ValueMap {
  const match =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d*))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(
      text,
    );
  if (match === null || text === '' || /\p{Cc}/u.test(text)) throw new OttlError(`${JSON.stringify(text)} is no URL`);
  const [, scheme = '', user, host, port = '', path = '', query = '', fragment = ''] = match;
  // What follows the host begins with a slash: else its port has no digits. Without a scheme, a colon would look like one.
  const isOdd = host === undefined ? scheme === '' && /^[^/]*:/.test(path) : path !== '' && !path.startsWith('/');
  if (isOdd || /%(?![0-9a-fA-F]{2})/.test(path)) throw new OttlError(`${JSON.stringify(text)} is no URL`);
  const plainPath = percentDecoded(path);
  const map: ValueMap = new Map<string, Value>([
    ['url.original', text],
    ['url.domain', (host ?? '').replace(/^\[|\]$/g, '')],
    ['url.scheme', scheme.toLowerCase()],
    ['url.path', plainPath],
  ]);
  if (port !== '') map.set('url.port', BigInt(port));
  if (fragment !== '') map.set('url.fragment', fragment);
  if (user !== undefined) {
    const [name = '', ...password] = user.split(':');
    map.set('url.user_info', user);
    if (name !== '') map.set('url.username', percentDecoded(name));
    if (password.length > 0) map.set('url.password', percentDecoded(password.join(':')));
  }
  if (query !== '') map.set('url.query', query);
  const dot = plainPath.lastIndexOf('.');
  if (dot >= 0 && dot < plainPath.length - 1) map.set('url.extension', plainPath.slice(dot + 1));
  return map;
}

const placeholders: Readonly<Record<string, readonly [bigint, bigint]>> = {
  '1xx': [100n, 199n],
  '2xx': [200n, 299n],
  '3xx': [300n, 399n],
  '4xx': [400n, 499n],
  '5xx': [500n, 599n],
};

/** Whether a criterion of ParseSeverity takes the value. */
function criterionHolds(criterion: Value, value: Value): boolean {
  if (!(criterion instanceof Map))
    throw new OttlError(`a severity is mapped from a list of maps, found ${typeOf(criterion)}`);
  const equals = criterion.get('equals');
  if (isList(equals) && typeof value === 'string') return equals.includes(value);
  const range = criterion.get('range');
  if (range === undefined || typeof value !== 'bigint') return false;
  if (typeof range === 'string') {
    const bounds = placeholders[range];
    if (bounds === undefined)
      throw new OttlError(`expected one of ${Object.keys(placeholders).join(', ')}, found ${range}`);
    return value >= bounds[0] && value <= bounds[1];
  }
  const [min, max] = range instanceof Map ? [range.get('min'), range.get('max')] : [];
  if (typeof min !== 'bigint' || typeof max !== 'bigint')
    throw new OttlError('a range needs `min` and `max`, both ints');
  return value >= min && value <= max;
}

function parseSeverity(value: Value, mapping: ValueMap): string {
  if (typeof value !== 'string' && typeof value !== 'bigint')
    throw new OttlError(`a severity is a string or int, found ${typeOf(value)}`);
  for (const [level, criteria] of mapping) {
    if (!isList(criteria)) throw new OttlError(`a severity is mapped from a list, found ${typeOf(criteria)}`);
    if (criteria.some((criterion) => criterionHolds(criterion, value))) return level;
  }
  throw new OttlError(`no severity is mapped from ${JSON.stringify(String(value))}`);
}

function parsePairs(text: string, delimiter: string, pairDelimiter: string): ValueMap {
  if (text === '') throw new OttlError('the text is empty');
  const map: ValueMap = new Map();
  for (const pair of splitQuoted(text, pairDelimiter)) {
    const at = pair.indexOf(delimiter);
    if (at < 0) throw new OttlError(`${JSON.stringify(pair)} has no ${JSON.stringify(delimiter)}`);
    map.set(pair.slice(0, at).trim(), pair.slice(at + delimiter.length).trim());
  }
  return map;
}

function writePairs(map: ValueMap, delimiter: string, pairDelimiter: string, isSorted: boolean): string {
  const quoted = (text: string): string =>
    text.includes(delimiter) || text.includes(pairDelimiter)
      ? `"${text.replace(/"/g, '\\"')}"`
      : text.replace(/"/g, '\\"');
  const entries = isSorted ? [...map].sort(([a], [b]) => (a < b ? -1 : 1)) : [...map];
  return entries.map(([key, value]) => quoted(key) + delimiter + quoted(asString(value))).join(pairDelimiter);
}

function sliceToMap(list: readonly Value[], keyPath: readonly string[], valuePath: readonly string[]): ValueMap {
  const follow = (value: Value, path: readonly string[]): Value => {
    let at = value;
    for (const step of path) {
      if (!(at instanceof Map) || !at.has(step))
        throw new OttlError(`an element has no ${JSON.stringify(path.join('.'))}`);
      at = at.get(step);
    }
    return at;
  };
  const map: ValueMap = new Map();
  for (const [index, item] of list.entries()) {
    const key = keyPath.length === 0 ? String(index) : follow(item, keyPath);
    if (typeof key !== 'string') throw new OttlError(`a key must be a string, found ${typeOf(key)}`);
    map.set(key, follow(item, valuePath));
  }
  return map;
}

/** Numbers by size, all else by its text; what has lists or maps in it stays as it is. */
function sorted(list: readonly Value[], isDescending: boolean): readonly Value[] {
  if (list.some((value) => value instanceof Map || isList(value))) return list;
  const odd = list.find((value) => !isNumber(value) && !['string', 'boolean', 'undefined'].includes(typeof value));
  if (odd !== undefined) throw new OttlError(`cannot sort values of type ${typeOf(odd)}`);
  const compare = list.every(isNumber)
    ? (a: Value, b: Value) => ((a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0)
    : (a: Value, b: Value) => Buffer.compare(Buffer.from(asString(a)), Buffer.from(asString(b)));
  // In boxes, because JavaScript sorts undefined last.
  const boxes = list
    .map((value) => ({value}))
    .sort((a, b) => (isDescending ? compare(b.value, a.value) : compare(a.value, b.value)));
  return boxes.map(({value}) => value);
}

const isNumber = (value: Value): boolean => typeof value === 'bigint' || typeof value === 'number';

/** One character, or the words for why not. */
function delimiterOf(parameter: string, text: string): string {
  if ([...text].length !== 1)
    throw new ArgumentFault(parameter, `expected one character, found ${JSON.stringify(text)}`);
  return text;
}

const csvModes = ['strict', 'lazyQuotes', 'ignoreQuotes'] as const;

export const parseConverters: readonly FunctionDefinition[] = [
  converter(
    'ParseJSON',
    'The map or list of a JSON text; numbers are doubles.',
    {target: needs('string')},
    ({target}) =>
      (frame) => {
        try {
          const value = fromJson(target.get(frame));
          if (isList(value) || value instanceof Map) return value;
          throw new OttlError(`expected an object or a list in JSON, found ${typeOf(value)}`);
        } catch (error) {
          if (error instanceof OttlError) throw error;
          throw new OttlError(`not JSON: ${(error as Error).message}`);
        }
      },
  ),
  converter(
    'ParseCSV',
    'The fields of a CSV row, by the names in a header row.',
    {
      target: needs('string'),
      header: needs('string'),
      delimiter: may('literal string'),
      headerDelimiter: may('literal string'),
      mode: may('literal string'),
    },
    ({target, header, delimiter = ',', headerDelimiter = delimiter, mode = 'strict'}) => {
      const by = delimiterOf('delimiter', delimiter);
      const headerBy = delimiterOf('headerDelimiter', headerDelimiter);
      if (by === '"' || headerBy === '"') throw new ArgumentFault('delimiter', 'a quote cannot be the delimiter');
      const its = csvModes.find((each) => each === mode);
      if (its === undefined) throw new ArgumentFault('mode', `expected one of ${csvModes.join(', ')}, found ${mode}`);
      return (frame) => {
        const text = header.get(frame);
        const names = text.split(headerBy);
        if (text === '') throw new OttlError('the header is empty');
        const fields = parseCsvRow(target.get(frame), by, its);
        if (fields.length !== names.length)
          throw new OttlError(`the row has ${fields.length} fields, and the header ${names.length}`);
        return new Map(names.map((name, index) => [name, fields[index]]));
      };
    },
  ),
  converter(
    'ParseInt',
    'The int of a text in a base from 2 to 36; base 0 goes by the prefix (0x, 0b, 0o).',
    {target: needs('string'), base: needs('int')},
    ({target, base}) => {
      const check = (value: bigint): number => {
        if (value < 0n || value === 1n || value > 36n)
          throw new OttlError(`expected a base of 0 or from 2 to 36, found ${value}`);
        return Number(value);
      };
      if (base.constant !== undefined && base.constant.value < 0n)
        throw new ArgumentFault('base', 'expected a base of 0 or from 2 to 36');
      return (frame) => {
        const text = target.get(frame);
        const value = text === '' ? undefined : parseInteger(text, check(base.get(frame)));
        if (value === undefined) throw new OttlError(`${JSON.stringify(text)} is no int of that base`);
        return value;
      };
    },
  ),
  converter(
    'ParseKeyValue',
    'A map of pairs such as `k1=v1 k2=v2`; quoted values may hold delimiters.',
    {target: needs('string'), delimiter: may('literal string'), pair_delimiter: may('literal string')},
    ({target, delimiter = '=', pair_delimiter = ' '}) => {
      if (delimiter === '' || pair_delimiter === '')
        throw new ArgumentFault('delimiter', 'a delimiter cannot be empty');
      if (delimiter === pair_delimiter) throw new ArgumentFault('pair_delimiter', 'both delimiters are the same');
      return (frame) => parsePairs(target.get(frame), delimiter, pair_delimiter);
    },
  ),
  converter(
    'ToKeyValueString',
    'A map as pairs such as `k1=v1 k2=v2`.',
    {
      target: needs('map'),
      delimiter: may('literal string'),
      pair_delimiter: may('literal string'),
      sort_output: may('literal bool'),
    },
    ({target, delimiter = '=', pair_delimiter = ' ', sort_output = false}) => {
      if (delimiter === pair_delimiter) throw new ArgumentFault('pair_delimiter', 'both delimiters are the same');
      return (frame) => writePairs(target.get(frame), delimiter, pair_delimiter, sort_output);
    },
  ),
  converter(
    'ParseSeverity',
    'The level that a string or int is mapped to: `{"info": [{"equals": ["inf"]}, {"range": "2xx"}]}`.',
    {target: needs('any'), severityMapping: needs('map')},
    ({target, severityMapping}) =>
      (frame) =>
        parseSeverity(target.get(frame), severityMapping.get(frame)),
  ),
  converter(
    'URL',
    'The parts of a URL by the names of the semantic conventions.',
    {url: needs('string')},
    ({url}) =>
      (frame) =>
        urlParts(url.get(frame)),
  ),
  converter(
    'UserAgent',
    'The browser and the operating system of a user agent by the names of the semantic conventions, as uap-core 0.18 knows them.',
    {userAgent: needs('string')},
    ({userAgent}) => {
      const parse = userAgentParser();
      return (frame) => {
        const original = userAgent.get(frame);
        const {browser, system} = parse(original);
        const map: ValueMap = new Map<string, Value>([
          ['user_agent.name', browser.name],
          ['user_agent.original', original],
          ['user_agent.version', browser.version],
          ['os.name', system.name],
        ]);
        if (system.version !== '') map.set('os.version', system.version);
        return map;
      };
    },
  ),
  converter(
    'ExtractPatterns',
    'A map of the named groups of a regular expression in a text; empty where it does not match.',
    {target: needs('string'), pattern: needs('string')},
    ({target, pattern}) => {
      if (pattern.constant !== undefined && !/\(\?P?<[^=!]/.test(pattern.constant.value)) {
        throw new ArgumentFault('pattern', 'expected a named group such as (?P<name>…)');
      }
      const regexp = regexpArgument('pattern', pattern);
      return (frame) => {
        const groups = regexp(frame).exec(target.get(frame))?.groups ?? {};
        return new Map(Object.entries(groups).map(([name, value]) => [name, value ?? '']));
      };
    },
  ),
  converter(
    'SliceToMap',
    'A list of maps as one map, by keys and values that paths lead to in each.',
    {target: needs('list'), keyPath: may('literal strings'), valuePath: may('literal strings')},
    ({target, keyPath = [], valuePath = []}) =>
      (frame) =>
        sliceToMap(target.get(frame), keyPath, valuePath),
  ),
  converter(
    'Sort',
    'A list in ascending (`asc`) or descending (`desc`) order.',
    {target: needs('list'), order: may('literal string')},
    ({target, order = 'asc'}) => {
      if (order !== 'asc' && order !== 'desc') throw new ArgumentFault('order', `expected asc or desc, found ${order}`);
      return (frame) => sorted(target.get(frame), order === 'desc');
    },
  ),
];
