/**
 * A text to find in a trace: words, and conditions as Explore's query field has them. They reach Weft in the few words that
 * `server/src/api/find-text.ts` knows, so that it is asked for nothing that it must refuse; a test holds the two together.
 */
import {parseDuration, writeDuration} from '../../format/index.ts';
import {
  attributeKey,
  canonicalField,
  canonicalValue,
  fieldOf,
  isNumber,
  type Operator,
  opposites,
  signs,
} from '../../urls/index.ts';

export type FindFault =
  /** Half typed: it waits for the rest. */
  | {readonly kind: 'waits'; readonly for: 'quote' | 'value'}
  | {readonly kind: 'refused'; readonly why: 'duration' | 'number'; readonly value: string}
  | {readonly kind: 'refused'; readonly why: 'long' | 'many'; readonly limit: number}
  | {readonly kind: 'refused'; readonly why: 'one-of'; readonly field: string; readonly values: readonly string[]}
  | {readonly kind: 'refused'; readonly why: 'equality' | 'of-trace'; readonly field: string}
  | {readonly kind: 'refused'; readonly why: 'regex'};

export type FindText = {readonly kind: 'asked'; readonly text: string} | FindFault;

const maxTerms = 16;
const maxText = 2_000;

/** Words of a message have colons in them: here a colon compares nothing. */
const signPattern = Object.keys(signs)
  .filter((sign) => !/^[:：~]$/.test(sign))
  .sort((a, b) => b.length - a.length)
  .join('|');
/** A condition, with a "not" before it or without; a text in quotes; a word. */
const partPattern = new RegExp(
  `((?:not\\s+)*[!！-]?)([^\\s"=<>≥≤≠＝＞＜!！~-][^\\s"=<>≥≤≠＝＞＜!！~]*)\\s*(${signPattern})\\s*("[^"]*"|\\S*)|"([^"]*)"|(\\S+)`,
  'giu',
);

/** `not kind: client` is a condition, `not found` are two words: only conditions are turned round. */
export function readFind(text: string): FindText {
  if (text.length > maxText) return {kind: 'refused', why: 'long', limit: maxText};
  if (text.split('"').length % 2 === 0) return {kind: 'waits', for: 'quote'};
  const terms: string[] = [];
  for (const [, nots = '', key, sign = '', value = '', quoted, word] of text.matchAll(partPattern)) {
    if (key === undefined) {
      const plain = (quoted ?? word!).replaceAll('"', '');
      // A comparison of what is no key is text too, but would be none to Weft.
      if (plain !== '') terms.push(quoted === undefined && !/["=<>]/.test(word!) ? plain : `"${plain}"`);
      continue;
    }
    const operator = signs[sign]!;
    if (operator === 'regex') return {kind: 'refused', why: 'regex'};
    if (value === '') return {kind: 'waits', for: 'value'};
    const isNegated = (nots.match(/not|[!！-]/gi)?.length ?? 0) % 2 === 1;
    const term = condition(key, isNegated ? opposites[operator] : operator, value.replace(/^"(.*)"$/s, '$1'));
    if (typeof term !== 'string') return term;
    terms.push(term);
  }
  if (terms.length > maxTerms) return {kind: 'refused', why: 'many', limit: maxTerms};
  // Empty quotes find nothing yet.
  return terms.length === 0 ? {kind: 'waits', for: 'value'} : {kind: 'asked', text: terms.join(' ')};
}

/** Words of Weft's that are no attributes; with a dot before it such a key is one. */
const serverFields = ['duration', 'status', 'kind', 'service', 'operation', 'has'];

/** In the words of Weft's API. */
function condition(key: string, operator: Operator, value: string): string | FindFault {
  const isEquality = operator === '=' || operator === '!=';
  const write = (field: string, wanted = value): string => `${field}${operator}${quote(wanted)}`;
  if (isEquality && /^(?:span\.|\.)?errors?$/i.test(key) && /^(?:true|false)$/i.test(value)) {
    return `status${(value.toLowerCase() === 'true') === (operator === '=') ? '=' : '!='}error`;
  }
  const field = canonicalField(key);
  if (field === 'duration' || field === 'span.duration') {
    const nanoseconds = parseDuration(value);
    if (nanoseconds === undefined) return {kind: 'refused', why: 'duration', value};
    return write('duration', writeDuration(nanoseconds));
  }
  if (field === 'outcome') return {kind: 'refused', why: 'of-trace', field: key};
  // Where HTTP's status was once kept.
  const known = field === 'status' && key !== field && /^\d+$/.test(value) ? undefined : fieldOf(field);
  if ((known !== undefined || field === 'environment') && !isEquality) return {kind: 'refused', why: 'equality', field};
  if (field === 'has') return write(field, keyOf(value));
  if (known !== undefined) {
    const wanted = canonicalValue(field, value);
    return typeof known.values === 'string' || known.values.includes(wanted)
      ? write(field, wanted)
      : {kind: 'refused', why: 'one-of', field, values: known.values};
  }
  if (!isEquality && !isNumber(value)) return {kind: 'refused', why: 'number', value};
  const attribute = keyOf(known === undefined && field === 'status' ? key : field);
  return write(serverFields.includes(attribute) || attribute.startsWith('.') ? `.${attribute}` : attribute);
}

function keyOf(field: string): string {
  const word = canonicalField(field);
  return word === 'environment' ? 'deployment.environment.name' : (attributeKey(word) ?? field);
}

/** What begins as a longer operator would be read as one. Quotes cannot stand between quotes. */
const quote = (value: string): string => (/^[^\s"=<>~]\S*$/.test(value) ? value : `"${value.replaceAll('"', '')}"`);
