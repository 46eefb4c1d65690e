/**
 * Attributes in SQL over the table of spans: whether a span has one, with which value, and all of them, wherever they stand. Of the
 * texts that spans share a condition is computed once a dictionary entry: every function here that is given one of them returns a
 * number or a text, for an array is made for every span. See `span-text.ts` for what is in them.
 */
import {utf8, utf8Bytes} from '../base/index.ts';
import {collapsed, isLossy, shownSql} from './lossy-text.ts';
import type {Where} from './read-conditions.ts';
import type {PairKind} from './span-filter.ts';
import {escapedKey, escapedValue, escapes, fitsTemplate, originMarks} from './span-text.ts';

/** The columns and, of an event or link, the map `m`. */
export type AttributeColumn = 'attributes' | 'resource_attributes' | 'scope_attributes' | 'm';

/** Conditions and values of one key in one column. */
export interface KeySql {
  readonly has: string;
  /** The empty text where the key is not there; of a key that comes twice, the first value. */
  readonly value: string;
  /** Whether the value is the text, as it is shown where that has U+FFFD in it. Only where spans may have it, by `kinds`. */
  is(value: string, kinds?: ReadonlySet<PairKind>): string;
  /** Whether the key is there with a value that passes. */
  passes(test: (value: string) => string): string;
}

export function keySql(where: Where, column: AttributeColumn, key: string): KeySql {
  switch (column) {
    case 'attributes':
      return templateKey(where, key);
    case 'resource_attributes':
      return originKey(where, originMarks.resource, key);
    case 'scope_attributes':
      return originKey(where, originMarks.scope, key);
    case 'm':
      return mapKeySql(where, 'm', key);
  }
}

/** Whether a row's `text`, a template or an origin, has the pair: never false where the spans of it have it there. */
export function pairInTexts(where: Where, {key, value}: {readonly key: string; readonly value: string}): string {
  const escaped = `${escapedText(key, true)}=${escapedText(value, false)}\x1d`;
  const tests = [originMarks.resource, originMarks.scope].map(
    (begin) => `position(text, ${where.bind(`${begin}${escaped}`)}) > 0`,
  );
  return `(${tests.join(' OR ')})`;
}

/** All keys and values of a column as two arrays: to be asked of few spans, such as those of a trace. */
export function pairsSql(column: AttributeColumn): {keys: string; values: string} {
  switch (column) {
    case 'attributes':
      return {keys: templateKeys, values: templateValues};
    case 'resource_attributes':
      return originPairs(originMarks.resource);
    case 'scope_attributes':
      return originPairs(originMarks.scope);
    case 'm':
      return {keys: 'mapKeys(m)', values: 'mapValues(m)'};
  }
}

/** Always all of them: a condition would make a text of each span's. */
const unescaped = (text: string): string =>
  escapes.reduce((sql, [plain, escaped]) => `replaceAll(${sql}, ${quoted(escaped)}, ${quoted(plain)})`, text);

const quoted = (text: string): string =>
  `'${[...text].map((one) => (one < ' ' ? `\\x${one.charCodeAt(0).toString(16)}` : one)).join('')}'`;

/** What a text of the fields of a scope is in `origin`. */
export const scopeField = {
  name: unescaped(`extract(origin, '\\x1c(\\\\C*?)\\x1d')`),
  version: unescaped(`extract(origin, '\\x1a(\\\\C*?)\\x1d')`),
} as const;

/** Of a span whose attributes have the free form. */
export const isFreeSql = `attribute_template = '\\x1a'`;
/** What `pairsSql` needs of a span's values to tell its keys: none, unless it has the free form. */
export const freeValues = `if(${isFreeSql}, attribute_values, [])`;
/** Of the free form: a key, a letter and a value in turn, and perhaps one more text. */
const freePart = (part: 1 | 2 | 0): string =>
  `arrayFilter((x, i) -> i % 3 = ${part} AND i <= 3 * intDiv(length(attribute_values), 3), attribute_values, arrayEnumerate(attribute_values))`;
const entries = `extractAll(attribute_template, '([\\x1e\\x1f][^\\x1d]*)\\x1d')`;

const templateKeys = `if(${isFreeSql}, ${freePart(1)}, extractAll(attribute_template, '[\\x1e\\x1f]([^=\\x1d]*)'))`;
const templateValues =
  `if(${isFreeSql}, ${freePart(0)}, arrayMap((e, at) -> if(startsWith(e, '\\x1e'), attribute_values[at], substring(e, position(e, '=') + 1)), ` +
  `${entries}, arrayCumSum(arrayMap(e -> toUInt32(startsWith(e, '\\x1e')), ${entries}))))`;

const templateLetters = `if(${isFreeSql}, arrayStringConcat(${freePart(2)}), arrayStringConcat(extractAll(attribute_template, '\\x1d(.)')))`;

/** Everything about a span's attributes, alike for spans that are equal in them, however each was written. */
export const attributesSql = `(${templateKeys}, ${templateValues}, ${templateLetters}, if(position(${templateLetters}, 'x') > 0, attribute_values[-1], ''))`;

function templateKey(where: Where, key: string): KeySql {
  const lossy = isLossy(key);
  const isKey = lossy ? `${shownSql('x')} = ${where.bind(collapsed(key))}` : `x = ${where.bind(key)}`;
  const at = `arrayFirstIndex((x, i) -> i % 3 = 1 AND i + 2 <= length(attribute_values) AND ${isKey}, attribute_values, arrayEnumerate(attribute_values))`;
  const hasFree = `(${isFreeSql} AND ${at} > 0)`;
  const free = `attribute_values[${at} + 2]`;
  if (!fitsTemplate(key, true)) {
    return {
      has: hasFree,
      value: `if(${hasFree}, ${free}, '')`,
      is: (value) => `(${hasFree} AND ${textIs(where, free, value)})`,
      passes: (test) => `(${hasFree} AND ${test(free)})`,
    };
  }
  const inTemplate = (text: string): string => `position(attribute_template, ${where.bind(text)}) > 0`;
  const hasConstant = inTemplate(`\x1f${key}=`);
  const hasVarying = inTemplate(`\x1e${key}\x1d`);
  const pattern = regularText(key);
  const constant = `extract(attribute_template, ${where.bind(`\x1f${pattern}=([^\x1d]*)`)})`;
  // As many as vary before it.
  const before = `countSubstrings(extract(attribute_template, ${where.bind(`(?s)^(.*)\x1e${pattern}\x1d`)}), '\\x1e')`;
  const varying = `attribute_values[${before} + 1]`;
  return {
    has: `(${hasConstant} OR ${hasVarying} OR ${hasFree})`,
    value: `multiIf(${hasVarying}, ${varying}, ${hasFree}, ${free}, ${constant})`,
    is(value, kinds) {
      const isShared = kinds?.has('template') !== false && fitsTemplate(value, false);
      const isOwn = kinds?.has('own') !== false;
      const tests = [
        ...(isShared ? [inTemplate(`\x1f${key}=${value}\x1d`)] : []),
        ...(isOwn ? [`(${hasVarying} AND ${textIs(where, varying, value)})`] : []),
        ...(isOwn ? [`(${hasFree} AND ${textIs(where, free, value)})`] : []),
      ];
      return tests.length === 0 ? 'false' : `(${tests.join(' OR ')})`;
    },
    passes: (test) =>
      `((${hasConstant} AND ${test(constant)}) OR (${hasVarying} AND ${test(varying)}) OR (${hasFree} AND ${test(free)}))`,
  };
}

/** A longer key cannot be looked for by a regular expression: of one that comes twice, any value counts. */
const maxPattern = 500;

function originKey(where: Where, begin: string, key: string): KeySql {
  const entry = `${begin}${escapedText(key, true)}=`;
  const isLong = key.length > maxPattern;
  const first = (origin: string, begins: string): string =>
    isLong
      ? `substring(substring(${origin}, position(${origin}, ${where.bind(begins)}) + ${Buffer.byteLength(begins)}), 1, ` +
        `position(substring(${origin}, position(${origin}, ${where.bind(begins)}) + ${Buffer.byteLength(begins)}), '\\x1d') - 1)`
      : `extract(${origin}, ${where.bind(`${regularText(begins)}(\\C*?)\x1d`)})`;
  const shown = shownSql('origin');
  const has = isLossy(key)
    ? `position(${shown}, ${where.bind(collapsed(entry))}) > 0`
    : `position(origin, ${where.bind(entry)}) > 0`;
  const value = isLossy(key) ? first(shown, collapsed(entry)) : first('origin', entry);
  return {
    has,
    value: unescaped(value),
    is(text) {
      const escaped = escapedText(text, false);
      // Both are needed: the first is quick, the second tells that it is the first value of the key.
      if (isLossy(key) || isLossy(text)) {
        return `(position(${shown}, ${where.bind(collapsed(`${entry}${escaped}\x1d`))}) > 0 AND ${first(shown, collapsed(entry))} = ${where.bind(collapsed(escaped))})`;
      }
      const pair = `position(origin, ${where.bind(`${entry}${escaped}\x1d`)}) > 0`;
      return isLong ? pair : `(${pair} AND ${value} = ${where.bind(escaped)})`;
    },
    passes: (test) => `(${has} AND ${test(unescaped(value))})`,
  };
}

/** Of a map by its expression. */
export function mapKeySql(where: Where, map: string, key: string): KeySql {
  // Of dictionaries, ClickHouse does not find the empty text in a part whose other rows have it not.
  if (isLossy(key) || key === '') {
    const isKey = textIs(where, 'k', key);
    const exists = (test: string): string =>
      `arrayExists((k, v) -> ${isKey}${test}, mapKeys(${map}), mapValues(${map}))`;
    return {
      has: `arrayExists(k -> ${isKey}, mapKeys(${map}))`,
      value: `arrayFirst((v, k) -> ${isKey}, mapValues(${map}), mapKeys(${map}))`,
      is: (value) => exists(` AND ${textIs(where, 'v', value)}`),
      passes: (test) => exists(` AND ${test('v')}`),
    };
  }
  const bound = where.bind(key);
  const has = `mapContains(${map}, ${bound})`;
  const value = `${map}[${bound}]`;
  return {
    has,
    value,
    // An absent key reads as the empty text.
    is: (text) => (text === '' ? `(${has} AND ${value} = '')` : textIs(where, value, text)),
    passes: (test) => `(${has} AND ${test(value)})`,
  };
}

const originPairs = (begin: string): {keys: string; values: string} => {
  const mark = `\\x${begin.charCodeAt(0).toString(16)}`;
  const all = (pattern: string): string => `arrayMap(t -> ${unescaped('t')}, extractAll(origin, '${pattern}'))`;
  return {keys: all(`${mark}(\\\\C*?)=\\\\C*?\\x1d`), values: all(`${mark}\\\\C*?=(\\\\C*?)\\x1d`)};
};

/** Whether a text is this one, as it is shown where this has U+FFFD in it. */
export const textIs = (where: Where, column: string, text: string): string =>
  isLossy(text) ? `${shownSql(column)} = ${where.bind(collapsed(text))}` : `${column} = ${where.bind(text)}`;

/** As an origin has it. */
export function escapedText(text: string, isKey: boolean): string {
  const escaped = (isKey ? escapedKey : escapedValue)(utf8Bytes(text));
  return utf8(escaped, 0, escaped.length);
}

/** A text as a regular expression that matches it. */
const regularText = (text: string): string => text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
