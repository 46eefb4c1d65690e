/** Converters of texts. */
import {isIP} from 'node:net';
import {utf8Bytes} from '../base/index.ts';
import {OttlError} from './faults.ts';
import {sprintf} from './format.ts';
import {ArgumentFault, converter, type FunctionDefinition, may, needs} from './function.ts';
import {camelCase, snakeCase} from './letter-case.ts';
import {addressBytes, parseNetwork} from './network.ts';
import {regexpArgument} from './patterns.ts';
import {isContinuation, likeString} from './text.ts';

const cases: Readonly<Record<string, (text: string) => string>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  snake: snakeCase,
  camel: camelCase,
};

const changing = (name: string, what: string, change: (text: string) => string): FunctionDefinition =>
  converter(
    name,
    `A string in ${what}.`,
    {target: needs('string')},
    ({target}) =>
      (frame) =>
        change(target.get(frame)),
  );

/** The sum of digits, every second one doubled, ends in 0. */
function isLuhn(text: string): boolean {
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(text.length - 1 - i) - 48;
    const weighed = i % 2 === 0 ? digit : 2 * digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

/** Bytes of a text; with `safe`, no character is cut in two. */
function substring(text: string, start: bigint, length: bigint, safe: boolean): string {
  const bytes = utf8Bytes(text);
  if (start < 0n) throw new OttlError(`the start must be from 0, found ${start}`);
  if (length <= 0n) throw new OttlError(`the length must be above 0, found ${length}`);
  if (start + length > BigInt(bytes.length)) {
    throw new OttlError(`${start} + ${length} lies beyond the text of ${bytes.length} bytes`);
  }
  let from = Number(start);
  let to = Number(start + length);
  if (safe) {
    while (isContinuation(bytes[from])) from++;
    while (to > from && isContinuation(bytes[to])) to--;
  }
  return new TextDecoder().decode(bytes.subarray(from, Math.max(from, to)));
}

export const textConverters: readonly FunctionDefinition[] = [
  converter(
    'IsMatch',
    'Whether the value as text matches a regular expression; false for nil.',
    {target: needs('any'), pattern: needs('string')},
    ({target, pattern}) => {
      const regexp = regexpArgument('pattern', pattern);
      return (frame) => {
        const text = likeString(target.get(frame));
        return text !== undefined && regexp(frame).test(text);
      };
    },
  ),
  converter(
    'Concat',
    'The values as texts, with a delimiter between them; nil is `<nil>`.',
    {vals: needs('list'), delimiter: needs('string')},
    ({vals, delimiter}) =>
      (frame) =>
        vals
          .get(frame)
          .map((each) => likeString(each) ?? '<nil>')
          .join(delimiter.get(frame)),
  ),
  converter(
    'Format',
    "A text by Go's format: `%s`, `%04d`, `%.2f`.",
    {format: needs('string'), vals: needs('list')},
    ({format, vals}) =>
      (frame) =>
        sprintf(format.get(frame), vals.get(frame)),
  ),
  converter(
    'HasPrefix',
    'Whether a string begins with another.',
    {value: needs('string'), prefix: needs('string')},
    ({value, prefix}) =>
      (frame) =>
        value.get(frame).startsWith(prefix.get(frame)),
  ),
  converter(
    'HasSuffix',
    'Whether a string ends with another.',
    {value: needs('string'), suffix: needs('string')},
    ({value, suffix}) =>
      (frame) =>
        value.get(frame).endsWith(suffix.get(frame)),
  ),
  converter(
    'TrimPrefix',
    'A string without the one that it begins with.',
    {value: needs('string'), prefix: needs('string')},
    ({value, prefix}) =>
      (frame) => {
        const text = value.get(frame);
        const start = prefix.get(frame);
        return text.startsWith(start) ? text.slice(start.length) : text;
      },
  ),
  converter(
    'TrimSuffix',
    'A string without the one that it ends with.',
    {value: needs('string'), suffix: needs('string')},
    ({value, suffix}) =>
      (frame) => {
        const text = value.get(frame);
        const end = suffix.get(frame);
        return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
      },
  ),
  converter(
    'Split',
    'The parts of a string between delimiters.',
    {target: needs('string'), delimiter: needs('string')},
    ({target, delimiter}) =>
      (frame) => {
        const by = delimiter.get(frame);
        return by === '' ? [...target.get(frame)] : target.get(frame).split(by);
      },
  ),
  converter(
    'Trim',
    'A string without the given characters (a space) at its ends.',
    {target: needs('string'), replacement: may('literal string')},
    ({target, replacement = ' '}) => {
      const cut = new Set(replacement);
      return (frame) => {
        const characters = [...target.get(frame)];
        let from = 0;
        let to = characters.length;
        while (from < to && cut.has(characters[from] as string)) from++;
        while (to > from && cut.has(characters[to - 1] as string)) to--;
        return characters.slice(from, to).join('');
      };
    },
  ),
  converter(
    'Substring',
    'So many bytes of a string from a start on; with `utf8_safe`, whole characters only.',
    {target: needs('string'), start: needs('int'), length: needs('int'), utf8_safe: may('literal bool')},
    ({target, start, length, utf8_safe = false}) =>
      (frame) =>
        substring(target.get(frame), start.get(frame), length.get(frame), utf8_safe),
  ),
  converter(
    'ConvertCase',
    'A string in lower, upper, snake or camel case.',
    {target: needs('string'), toCase: needs('literal string')},
    ({target, toCase}) => {
      const change = cases[toCase];
      if (change === undefined)
        throw new ArgumentFault('toCase', `expected lower, upper, snake or camel, found ${toCase}`);
      return (frame) => change(target.get(frame));
    },
  ),
  changing('ToLowerCase', 'lower case', (text) => text.toLowerCase()),
  changing('ToUpperCase', 'upper case', (text) => text.toUpperCase()),
  changing('ToSnakeCase', 'snake case: my_metric_name', snakeCase),
  changing('ToCamelCase', 'camel case: MyMetricName', camelCase),
  converter(
    'IsValidLuhn',
    'Whether the digits of the value as text pass the check of card numbers (Luhn); spaces do not count, and without digits it is false.',
    {target: needs('string-like')},
    ({target}) =>
      (frame) => {
        const digits = target.get(frame)?.replaceAll(' ', '');
        if (digits === '') return false;
        if (digits !== undefined && /^\d+$/.test(digits)) return isLuhn(digits);
        throw new OttlError('expected digits');
      },
  ),
  converter(
    'IsInCIDR',
    'Whether a text is an IP address in one of the networks.',
    {target: needs('string'), networks: needs('strings')},
    ({target, networks}) => {
      const parse = (texts: readonly string[]) =>
        texts.map((text) => {
          const network = parseNetwork(text, (each) => isIP(each) !== 0);
          if (network === undefined) throw new OttlError(`${JSON.stringify(text)} is no network such as 10.0.0.0/8`);
          return network;
        });
      let constant: ReturnType<typeof parse> | undefined;
      try {
        constant = networks.constant && parse(networks.constant.value);
      } catch (error) {
        throw new ArgumentFault('networks', (error as Error).message);
      }
      return (frame) => {
        const text = target.get(frame);
        if (isIP(text) === 0) return false;
        const address = addressBytes(text);
        return (constant ?? parse(networks.get(frame))).some((network) => network.has(address));
      };
    },
  ),
];
