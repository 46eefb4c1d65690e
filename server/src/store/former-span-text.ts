/**
 * The texts of `span-text.ts` as SQL over a row of the table `spans` of earlier versions, which had maps, and letters of types.
 * A key or a value may be any bytes.
 */
import {escapes, mark, markDigits, originMarks, unknownOrigin} from './span-text.ts';

/** Longer templates would be one a span. */
const maxTemplateBytes = 16_384;

/** A literal in which control characters and all beyond ASCII are spelled. */
const literal = (text: string): string =>
  `'${[...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`;

const keys = `CAST(mapKeys(attributes), 'Array(String)')`;
const texts = 'mapValues(attributes)';
const count = 'length(mapKeys(attributes))';
/** A letter for each attribute. */
const letters = `if(attribute_types = '', repeat('s', ${count}), substring(attribute_types, 1, ${count}))`;
/** Of the values whose letter is `x`; empty where there is none. */
const exact = `substring(attribute_types, ${count} + 1)`;

/** `fitsTemplate` of a key. */
const fits = String.raw`isValidUTF8(k) AND NOT match(k, '[\\x00-\\x1f=]|\\x{FFFD}')`;
/** Of the keys and types of a span, a number. */
export const formerShape = `cityHash64(mapKeys(attributes), ${letters})`;

const isTemplate = (among: readonly string[] | undefined): string =>
  `(${among === undefined ? '' : `${formerShape} IN (${among.join(', ')}) AND `}arrayAll(k -> ${fits}, mapKeys(attributes)) AND arrayUniq(mapKeys(attributes)) = ${count} ` +
  `AND length(arrayStringConcat(mapKeys(attributes))) + 3 * ${count} <= ${maxTemplateBytes})`;

const entries =
  `arrayStringConcat(arrayMap((k, l) -> concat(${literal(mark.varying)}, k, ${literal(mark.end)}, l), ` +
  `${keys}, ngrams(${letters}, 1)))`;
const freeValues = `arrayFlatten(arrayMap((k, l, v) -> [k, l, v], ${keys}, ngrams(${letters}, 1), ${texts}))`;

/** The template of a span whose keys fit, and whose `formerShape` is one of `among`; undefined allows all. */
export const formerTemplate = (among?: readonly string[]): string =>
  `multiIf(${count} = 0, '', ${isTemplate(among)}, ${entries}, ${literal(mark.free)})`;
/** The values that go with it. */
export const formerValues = (among?: readonly string[]): string =>
  `arrayConcat(multiIf(${count} = 0 OR ${isTemplate(among)}, ${texts}, ${freeValues}), ` +
  `if(${exact} = '', CAST([], 'Array(String)'), [${exact}]))`;

/** The escape's own first, or it would be taken for one of the others'. */
const escaped = (text: string, isKey: boolean): string =>
  [...escapes]
    .reverse()
    .filter(([of]) => isKey || of !== '=')
    .reduce((inner, [of, by]) => `replaceAll(${inner}, ${literal(of)}, ${literal(by)})`, text);

const pairs = (map: string, begin: string): string =>
  `arrayStringConcat(arrayMap((k, v) -> concat(${literal(begin)}, ${escaped('k', true)}, '=', ${escaped('v', false)}, ` +
  `${literal(originMarks.end)}), mapKeys(${map}), mapValues(${map})))`;
const between = (begin: string, text: string): string =>
  `${literal(begin)}, ${escaped(text, false)}, ${literal(originMarks.end)}`;

/** All zero in rows from before there were numbers. */
const number = `extract(origin_hashes, '^@([0-9]{${markDigits}})')`;
export const formerOrigin =
  `concat(if(${number} = '', '${unknownOrigin}', ${number}), ${pairs('resource_attributes', originMarks.resource)}, ` +
  `${between(originMarks.name, 'scope_name')}, ${between(originMarks.version, 'scope_version')}, ` +
  `${pairs('scope_attributes', originMarks.scope)})`;
