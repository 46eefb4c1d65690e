/**
 * The two texts that many spans share, each an entry of a dictionary: a condition looks at an entry once, not at every span. They
 * are written by `write-templates.ts` and `write-origins.ts`, asked by `attribute-sql.ts`, and read back by `read-spans.ts`.
 *
 * `attribute_template` is what attributes of a span have in common with those of others, in their order: `\x1f KEY = VALUE \x1d T`
 * for a value that stands in the template, `\x1e KEY \x1d T` for one that varies, whose text is the next of `attribute_values`.
 * T is the letter of its type, see `value-text.ts`. Where a letter is `x`, the last of the values is the JSON that goes with it.
 * Keys and values in a template are UTF-8 without control characters and U+FFFD, keys without `=`, and each key comes once. Spans
 * that are otherwise, or have keys that next to no other has, have the text `\x1a`, and as values a key, a letter and a value in
 * turn. Spans without attributes have the empty text.
 *
 * `origin` is the searchable text of a resource and scope: the digits of its `originNumber`, all zero where that is not to be
 * relied on; `\x1f KEY = VALUE \x1d` for each attribute of the resource; `\x1c NAME \x1d` and `\x1a VERSION \x1d` of the scope;
 * `\x1e KEY = VALUE \x1d` for each attribute of the scope. What would be taken for one of these marks is escaped.
 */
import {utf8Bytes} from '../base/index.ts';

/** Before an entry, and after it. */
export const mark = {constant: '\x1f', varying: '\x1e', end: '\x1d', free: '\x1a'} as const;
/** Of an origin. */
export const originMarks = {resource: '\x1f', scope: '\x1e', name: '\x1c', version: '\x1a', end: '\x1d'} as const;

/** Digits that an origin begins with. */
export const markDigits = 20;
export const unknownOrigin = '0'.repeat(markDigits);

/** The escape comes last, for whoever takes them away in this order. */
export const escapes: readonly (readonly [text: string, escaped: string])[] = [
  ['=', '\x1bE'],
  ['\x1a', '\x1bZ'],
  ['\x1c', '\x1bC'],
  ['\x1d', '\x1bD'],
  ['\x1e', '\x1bS'],
  ['\x1f', '\x1bU'],
  ['\x1b', '\x1bB'],
];
const escapeOf = new Map(escapes.map(([text, escaped]) => [text.charCodeAt(0), utf8Bytes(escaped)]));
const equals = 0x3d;

/** A key as an origin has it. */
export const escapedKey = (text: Uint8Array): Uint8Array => escaped(text, true);
/** A value as an origin has it: `=` stands for itself. */
export const escapedValue = (text: Uint8Array): Uint8Array => escaped(text, false);

function escaped(text: Uint8Array, isKey: boolean): Uint8Array {
  const needs = (byte: number): boolean => (byte >= 0x1a && byte <= 0x1f) || (isKey && byte === equals);
  if (!text.some(needs)) return text;
  return Uint8Array.from([...text].flatMap((byte) => (needs(byte) ? [...(escapeOf.get(byte) as Uint8Array)] : [byte])));
}

/** Characters of a key in a template. */
const maxTemplateKey = 256;

/** Whether a key or value can stand in a template. */
export function fitsTemplate(text: string, isKey: boolean): boolean {
  if (isKey && text.length > maxTemplateKey) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0xfffd || (isKey && code === equals)) return false;
  }
  return true;
}
