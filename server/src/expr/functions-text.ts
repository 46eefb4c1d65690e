/** Functions of texts, as Go's `strings` has them: places count bytes. */
import type {Builtin} from './function.ts';
import {byteLength, ExprError, toIndex, type Value} from './value.ts';

type Texts = readonly string[];

const bySpace = (character: string): boolean => /\p{White_Space}/u.test(character);

function trim(text: string, isTrimmed: (character: string) => boolean): string {
  const characters = [...text];
  let [from, to] = [0, characters.length];
  while (from < to && isTrimmed(characters[from] as string)) from++;
  while (to > from && isTrimmed(characters[to - 1] as string)) to--;
  return characters.slice(from, to).join('');
}

/** Letter by letter, as Go does: one that becomes several stays. */
const cased = (text: string, to: (character: string) => string): string =>
  Array.from(text, (each) => {
    const other = to(each);
    return [...other].length === 1 ? other : each;
  }).join('');

/** `limit` below 0: all parts. */
function split(text: string, separator: string, limit: number, keepsSeparator: boolean): Value[] {
  if (limit === 0) return [];
  const parts = separator === '' ? [...text] : text.split(separator);
  const count = limit < 0 ? parts.length : Math.min(limit, parts.length);
  const kept = parts.slice(0, count - 1).map((each) => (keepsSeparator ? each + separator : each));
  return count === 0 ? [] : [...kept, parts.slice(count - 1).join(separator)];
}

const splitting = (keepsSeparator: boolean): Builtin => ({
  parameters: ['string', 'string', 'int'],
  min: 2,
  gives: 'array',
  call([text, separator, limit], frame) {
    frame.spend((text as string).length);
    return split(text as string, separator as string, limit === undefined ? -1 : toIndex(limit), keepsSeparator);
  },
});

const found = (text: string, index: number): bigint => BigInt(index < 0 ? -1 : byteLength(text.slice(0, index)));

function replace(text: string, old: string, by: string, limit: number, spend: (steps: number) => void): string {
  const parts = split(text, old, limit < 0 ? -1 : limit + 1, false) as Texts;
  spend(text.length + parts.length * by.length);
  // An empty text is found before each character and at the end.
  if (old !== '') return parts.join(by);
  const characters = [...text];
  const count = limit < 0 ? characters.length + 1 : Math.min(limit, characters.length + 1);
  const replaced = characters.map((each, index) => (index < count ? by + each : each)).join('');
  return count > characters.length ? replaced + by : replaced;
}

const one = (run: (text: string) => Value, gives: Builtin['gives'] = 'string'): Builtin => ({
  parameters: ['string'],
  gives,
  call: ([text]) => run(text as string),
});
const two = (gives: Builtin['gives'], run: (text: string, other: string) => Value, min = 2): Builtin => ({
  parameters: ['string', 'string'],
  min,
  gives,
  call: ([text, other = ' ']) => run(text as string, other as string),
});

export const textFunctions = {
  trim: {
    parameters: ['string', 'string'],
    min: 1,
    gives: 'string',
    call: ([text, characters]) =>
      trim(text as string, characters === undefined ? bySpace : (each) => (characters as string).includes(each)),
  },
  trimPrefix: two('string', (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text), 1),
  trimSuffix: two(
    'string',
    (text, suffix) => (text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text),
    1,
  ),
  upper: one((text) => cased(text, (each) => each.toUpperCase())),
  lower: one((text) => cased(text, (each) => each.toLowerCase())),
  split: splitting(false),
  splitAfter: splitting(true),
  replace: {
    parameters: ['string', 'string', 'string', 'int'],
    min: 3,
    gives: 'string',
    call: ([text, old, by, limit], frame) =>
      replace(text as string, old as string, by as string, limit === undefined ? -1 : toIndex(limit), (steps) =>
        frame.spend(steps),
      ),
  },
  repeat: {
    parameters: ['string', 'int'],
    gives: 'string',
    call([text, written], frame) {
      const count = toIndex(written);
      if (count < 0) throw new ExprError(`\`repeat\` takes a positive number, found ${count}`);
      frame.spend(Math.max(1, (text as string).length) * count);
      return (text as string).repeat(count);
    },
  },
  join: {
    parameters: ['array', 'string'],
    min: 1,
    gives: 'string',
    call([array, glue = ''], frame) {
      const texts = (array as readonly Value[]).map((each) => {
        if (typeof each !== 'string') throw new ExprError('`join` takes an array of texts');
        frame.spend(each.length + (glue as string).length);
        return each;
      });
      return texts.join(glue as string);
    },
  },
  indexOf: two('int', (text, part) => found(text, text.indexOf(part))),
  lastIndexOf: two('int', (text, part) => found(text, text.lastIndexOf(part))),
  hasPrefix: two('bool', (text, prefix) => text.startsWith(prefix)),
  hasSuffix: two('bool', (text, suffix) => text.endsWith(suffix)),
  toBase64: one((text) => Buffer.from(text).toString('base64')),
  fromBase64: one((text) => {
    const written = text.replace(/[\r\n]/g, '');
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(written))
      throw new ExprError('`fromBase64` takes Base64');
    return Buffer.from(written, 'base64').toString();
  }),
} satisfies Readonly<Record<string, Builtin>>;
