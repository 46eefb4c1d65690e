/** Why a text that is no field, operator and value is no condition, with the nearest ones that would be. */
import {parseDuration} from '../format/index.ts';
import {type Operator, writeTerm} from './question.ts';
import {fieldOf, isViewWord, scopeFields, type TermFault} from './question-fields.ts';
import {matchTerm} from './question-split.ts';
import {readView, type ViewFault} from './question-view.ts';

type Equality = '=' | '!=';

export type WordsFault =
  /** `value` is how the words stand behind an operator. */
  | {readonly kind: 'words'; readonly words: string; readonly value: string; readonly op: Equality}
  /** One word, which may be a key as well as a name. */
  | {readonly kind: 'word'; readonly word: string; readonly op: Equality}
  /** A field without an operator. */
  | {readonly kind: 'unfinished'; readonly field: string; readonly op: Operator}
  /** A duration of nothing. */
  | {readonly kind: 'duration-alone'; readonly duration: string; readonly op: '>' | '<='}
  /** Signs, or words that join, with nothing that they could belong to. */
  | {readonly kind: 'sign'; readonly sign: string; readonly example: string}
  | {readonly kind: 'language'; readonly what: 'or'}
  | TermFault
  | ViewFault;

/** As much of a text is repeated. */
const MOST = 40;

/** `negated`: the text stood behind a "not". */
export function wordsFault(text: string, negated: boolean): WordsFault {
  const op = negated ? '!=' : '=';
  const [first = '', ...rest] = text.toLowerCase().split(/\s+/);
  if (/^(?:or|\|\|)$/i.test(text)) return {kind: 'language', what: 'or'};
  if (/^(?:not|and)$/i.test(text) || !/[\p{L}\p{N}]/u.test(text))
    return {kind: 'sign', sign: inShort(text), example: exampleFor(first)};
  const known = fieldOf(first)?.operators ?? (Object.hasOwn(scopeFields, first) ? (['='] as const) : undefined);
  if (known !== undefined) {
    return rest.length > 0
      ? {kind: 'operator', field: first, operators: known}
      : {kind: 'unfinished', field: first, op: known.includes(op) ? op : known[0]!};
  }
  if (rest.length === 0 && isViewWord(first)) {
    const shown = readView(first, '=', '');
    if ('fault' in shown) return shown.fault;
  }
  if (/\p{L}/u.test(text) && parseDuration(text) !== undefined) {
    return {kind: 'duration-alone', duration: text, op: negated ? '<=' : '>'};
  }
  if (/^[<>≥≤＞＜][=＝]?(?:\s|\d)[^<>]*$/.test(text)) return {kind: 'duration', field: 'duration', value: text};
  if (isKey(text)) return {kind: 'word', word: inShort(text), op};
  const wanted = inShort(text.replace(/^[=:＝：]+\s*/, ''));
  return {
    kind: 'words',
    words: inShort(text),
    value: writeTerm({field: 'key', op, value: wanted}).slice(`key${op}`.length),
    op,
  };
}

/** Whether a condition can begin with it as it is. */
const isKey = (text: string): boolean => /^[\p{L}_.$@]\S*$/u.test(text) && matchTerm(`${text}=1`)?.[1] === text;

const exampleFor = (sign: string): string =>
  /[<>≥≤＞＜]/.test(sign)
    ? 'duration > 200ms'
    : /^(?:not|[-!！])$/.test(sign)
      ? 'not tenant=acme'
      : /^(?:and|&+)$/.test(sign)
        ? 'tenant=acme and kind=server'
        : 'tenant=acme';

const inShort = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST)}…` : text);
