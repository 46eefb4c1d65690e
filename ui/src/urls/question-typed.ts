/** A question as people type it. What is not understood is refused with what would be, never looked for as something else. */
import {parseDuration} from '../format/index.ts';
import {attributeBy, isGroupField} from './group-by.ts';
import {type Operator, type Question, sameTerm, type Term, writeTerm} from './question.ts';
import {
  attributeField,
  attributeKey,
  attributeWords,
  fieldOf,
  idOf,
  isViewWord,
  kinds,
  questionFields,
  type ScopeField,
  scopeFields,
  statuses,
  type TermFault,
  termFault,
  type ViewWord,
} from './question-fields.ts';
import {type QuoteFault, quoteFault, unquote} from './question-quotes.ts';
import {exists, matchTerm, negatedIn, nil, questionWords, signPattern, signs, splitTerms} from './question-split.ts';
import {readView, type TypedView, type ViewFault} from './question-view.ts';
import {type WordsFault, wordsFault} from './question-words.ts';
import {readIds} from './read-ids.ts';
import {readTraceId, readTracePath} from './trace-id.ts';

export type TypedFault =
  | TermFault
  | ViewFault
  /** More than an address can carry. */
  | {readonly kind: 'long'}
  /** TraceQL's part. */
  | {readonly kind: 'language'; readonly what: 'or' | 'regex' | 'traceql' | 'list'}
  | WordsFault
  | {readonly kind: 'quote'; readonly why: QuoteFault; readonly begun: string}
  /** A trace has an id, but this is none; a span is not found by its id. */
  | {readonly kind: 'id'; readonly of: 'trace' | 'span'; readonly value: string}
  /** Its value is missing. */
  | {readonly kind: 'unfinished'; readonly field: string; readonly op: Operator}
  /** HTTP's status stands in an attribute. */
  | {readonly kind: 'status-code'; readonly op: Operator; readonly value: string}
  /** The scope is one environment, not all but one; and no service is more than another. */
  | {readonly kind: 'scope'; readonly field: ScopeField};

export type Typed =
  | {readonly kind: 'nothing'}
  | {readonly kind: 'trace'; readonly traceId: string}
  | {
      readonly kind: 'terms';
      readonly terms: Question;
      readonly scope: Readonly<Partial<Record<ScopeField, string>>>;
      /** What is shown, where that was written among the conditions. */
      readonly view: TypedView;
    }
  | {readonly kind: 'refused'; readonly fault: TypedFault};

/** `duration > 1s`, `status: error`, `error=true and http.status_code>=500`, `tenant="a b"`, `service=order`, a trace id. */
export function readTyped(text: string): Typed {
  // An "and" at an end joins nothing yet.
  const trimmed = text.trim().replace(/^(?:and\s|&&)\s*|\s*(?:\sand|&&)$/gi, '');
  if (trimmed === '') return {kind: 'nothing'};
  const traceId = readTraceId(trimmed) ?? (namesTrace.test(trimmed) ? readIds(trimmed)[0]?.traceId : undefined);
  if (traceId !== undefined) return {kind: 'trace', traceId};
  if (/^\{.*\}/s.test(trimmed)) return refused({kind: 'language', what: 'traceql'});
  const parts = splitTerms(trimmed.replace(between, '$1>=$2 and $1<=$3'));
  if (parts === undefined) return refused({kind: 'language', what: 'or'});
  const terms: Term[] = [];
  const scope: Partial<Record<ScopeField, string>> = {};
  const view: TypedView = {};
  for (const part of parts) {
    const one = readOne(part);
    if ('fault' in one) return refused(one.fault);
    if ('traceId' in one) return {kind: 'trace', traceId: one.traceId};
    if ('scope' in one) scope[one.scope] = one.value;
    else if ('view' in one) Object.assign(view, one.view);
    else terms.push(one.term);
  }
  return {kind: 'terms', terms, scope, view};
}

/** An address, a header or a key that can only mean one trace; an attribute's value may hold an id as well. */
const namesTrace = /^https?:\/\/|^["']?(?!\.)[\w.-]*trace[._:-]?(?:id|parent)["']?\s*[=:]|^[0-9a-f]{2}-[0-9a-f]{32}-/i;

/** `duration between 100ms and 2s` */
const between = /^([^\s=<>!:]+)\s+between\s+(\S+)\s+and\s+(\S+)$/i;

const refused = (fault: TypedFault): Typed => ({kind: 'refused', fault});

type One =
  | {readonly term: Term}
  | {readonly scope: ScopeField; readonly value: string}
  | {readonly view: TypedView}
  | {readonly traceId: string}
  | {readonly fault: TypedFault};

/** Words that are a question by themselves. */
const words: Readonly<Record<(typeof questionWords)[number], Term>> = {
  error: {field: 'status', op: '=', value: 'error'},
  errors: {field: 'status', op: '=', value: 'error'},
  failed: {field: 'outcome', op: '=', value: 'failed'},
  healed: {field: 'outcome', op: '=', value: 'healed'},
  clean: {field: 'outcome', op: '=', value: 'clean'},
  'no error': {field: 'outcome', op: '=', value: 'clean'},
  'no errors': {field: 'outcome', op: '=', value: 'clean'},
};

/** `not x=1` is `x!=1`. */
export const opposites: Readonly<Record<Operator, Operator>> = {
  '=': '!=',
  '!=': '=',
  '>': '<=',
  '<=': '>',
  '>=': '<',
  '<': '>=',
};

function readOne(text: string, negated = false): One {
  const trimmed = text.trim();
  const inner = negatedIn(trimmed);
  if (inner !== undefined) return readOne(inner, !negated);
  const sense = (op: Operator): Operator => (negated ? opposites[op] : op);
  const word = questionWords.find((one) => one === trimmed.toLowerCase());
  if (word !== undefined) {
    const term = words[word];
    if (!negated) return {term};
    // A trace without errors is not one that has a span without an error.
    return {term: term.field === 'status' ? words['no error']! : {...term, op: sense(term.op)}};
  }
  const bound = new RegExp(`^(${signPattern})\\s*(.+)$`, 's').exec(trimmed);
  if (bound !== null && /^[<>≥≤＞＜]/.test(bound[1]!) && parseDuration(bound[2]!) !== undefined) {
    return {term: {field: 'duration', op: sense(signs[bound[1]!] as Operator), value: bound[2]!}};
  }
  const existing = existence(trimmed);
  if (existing !== undefined) return {term: {...existing, op: sense(existing.op)}};
  if (/^\S+\s+(?:not\s+)?in\s*[([]/i.test(trimmed)) return {fault: {kind: 'language', what: 'list'}};
  if (/^\S+\s+(?:like|contains|matches)\s/i.test(trimmed)) return {fault: {kind: 'language', what: 'regex'}};
  const found = matchTerm(trimmed);
  if (found === null && /\s(?:or|\|\|)\s|\|\|/i.test(trimmed)) return {fault: {kind: 'language', what: 'or'}};
  const quote = found === null ? quoteFault(trimmed) : undefined;
  if (quote === 'open') return {fault: {kind: 'quote', why: quote, begun: ''}};
  if (found === null || found[3]!.startsWith('//')) return {fault: wordsFault(trimmed, negated)};
  return meant(unquote(found[1]!), found[2]!, found[3]!, {quoted: found[1]!.startsWith('"'), sense});
}

/** `tenant exists`, `has tenant`, `_exists_:tenant`, and as TraceQL has it `tenant != nil`. */
function existence(text: string): Term | undefined {
  const [, before, not, after, lucene] = exists.exec(text) ?? [];
  const named = before ?? after ?? lucene;
  if (named !== undefined) return hasTerm(named, not === undefined ? '=' : '!=');
  const [, compared, op] = nil.exec(text) ?? [];
  return compared === undefined ? undefined : hasTerm(compared, op === '=' ? '!=' : '=');
}

function hasTerm(written: string, op: Operator): Term {
  const lower = written.toLowerCase();
  const name = isGroupField(lower) ? lower : canonicalField(written);
  const value = isGroupField(name) ? name : written.startsWith('.') ? written : attributeBy(written);
  return {field: 'has', op, value};
}

/**
 * A field, an operator and a value in the words of the question. What is `quoted` is the key of an attribute; `sense` turns the operator
 * round where the condition is not to hold.
 */
function meant(
  written: string,
  writtenSign: string,
  writtenValue: string,
  {quoted, sense}: {readonly quoted: boolean; readonly sense: (op: Operator) => Operator},
): One {
  let operator = signs[writtenSign]!;
  let text = writtenValue;
  // As some search fields have it: `http.status_code:>=500`.
  const after = /^[:：]$/.test(writtenSign) ? /^(>=|<=|>|<)\s*(.*)$/s.exec(text) : null;
  if (after !== null) [operator, text] = [after[1] as Operator, after[2]!];
  if (operator === 'regex') return {fault: {kind: 'language', what: 'regex'}};
  operator = sense(operator);
  const name = quoted ? attributeField(written) : canonicalField(written);
  const quote = quoteFault(text);
  if (quote !== undefined) return {fault: {kind: 'quote', why: quote, begun: `${name}${operator}`}};
  const value = unquote(text);
  if (!quoted && isViewWord(written.toLowerCase())) {
    const shown = readView(written.toLowerCase() as ViewWord, operator, value);
    return 'term' in shown ? checked(shown.term) : shown;
  }
  if (text === '') return {fault: unfinished(name, operator)};
  const named = quoted ? undefined : idOf(written);
  if (named !== undefined) {
    const traceId = named === 'trace' && operator === '=' ? readTracePath(value) : undefined;
    return traceId === undefined ? {fault: {kind: 'id', of: named, value}} : {traceId};
  }
  const error = quoted ? undefined : errorTerm(written, operator, value);
  if (error !== undefined) return {term: error};
  const bound = {minduration: '>=', maxduration: '<='}[written.toLowerCase()] as Operator | undefined;
  if (!quoted && bound !== undefined && operator === '=') return checked({field: 'span.duration', op: bound, value});
  if (name === 'service' || name === 'environment') {
    if (operator === '=') return {scope: name, value};
    if (operator === '!=' && name === 'service') return checked({field: name, op: operator, value});
    if (operator === '!=' && name !== written) return checked({field: written, op: operator, value});
    return {fault: {kind: 'scope', field: name}};
  }
  if (name === 'status' && /^\d+$/.test(value)) {
    return written === name
      ? {fault: {kind: 'status-code', op: operator, value}}
      : checked({field: written, op: operator, value});
  }
  if (name === 'has') return checked(hasTerm(value, operator));
  return checked({field: name, op: operator, value: canonicalValue(name, value)});
}

/** The value is asked for only after an operator that the field takes. */
function unfinished(field: string, op: Operator): TypedFault {
  if (field === 'environment' && op !== '=') return {kind: 'scope', field};
  const operators = fieldOf(field)?.operators;
  return operators === undefined || operators.includes(op)
    ? {kind: 'unfinished', field, op}
    : {kind: 'operator', field, operators};
}

function checked(found: Term): One {
  const fault = termFault(found);
  return fault === undefined ? {term: found} : {fault};
}

/** Everybody's word for a failed span, and for a trace without one. */
function errorTerm(written: string, op: Operator, value: string): Term | undefined {
  if (!/^(?:span\.|\.)?errors?$/i.test(written) || !/^(?:true|false|1|0|yes|no)$/i.test(value)) return undefined;
  if (op !== '=' && op !== '!=') return undefined;
  const wanted = /^(?:true|1|yes)$/i.test(value) === (op === '=');
  return wanted ? {field: 'status', op: '=', value: 'error'} : {field: 'outcome', op: '=', value: 'clean'};
}

/** The field that a word stands for, or the word itself: the key of an attribute. */
export function canonicalField(written: string): string {
  const lower = written.toLowerCase();
  for (const [name, {alias}] of Object.entries(questionFields)) {
    if (lower === name || (alias as readonly string[]).includes(lower)) return name;
  }
  for (const [name, alias] of Object.entries(scopeFields)) {
    if (lower === name || (alias as readonly string[]).includes(lower)) return name;
  }
  return Object.hasOwn(attributeWords, lower) ? attributeWords[lower]! : written;
}

/** `SPAN_KIND_SERVER` is `server`. */
export function canonicalValue(field: string, value: string): string {
  const known = fieldOf(field);
  if (known === undefined || typeof known.values === 'string') return value;
  const lower = value.toLowerCase();
  const short =
    field === 'kind' ? lower.replace(/^(?:span_kind_|span\.kind\.)/, '') : lower.replace(/^status_code_/, '');
  const all: readonly string[] = [...kinds, ...statuses, ...known.values];
  return all.includes(short) ? short : value;
}

/** Text that reads as the term when it is typed: an attribute may be called by another word for a field, a value hold `or error`. */
export function writeTyped(term: Term): string {
  const plain = writeTerm(term);
  const quoted = `${term.op}${JSON.stringify(term.value)}`;
  const others = [
    writeTerm({...term, field: `.${term.field}`}),
    term.field + quoted,
    JSON.stringify(term.field) + quoted,
  ];
  return [plain, ...others].find((text) => isReadAs(term, text)) ?? plain;
}

function isReadAs(term: Term, text: string): boolean {
  const typed = readTyped(text);
  if (typed.kind !== 'terms' || typed.terms.length !== 1) return false;
  const [read] = typed.terms as [Term];
  const key = attributeKey(term.field);
  const isSameKey = key !== undefined && attributeKey(read.field) === key;
  return sameTerm(isSameKey ? {...read, field: term.field} : read, term);
}

/** The beginnings of one condition, up to its operator at least: what a field completes. `key` is the attribute that `field` is. */
export function readDraft(
  text: string,
): {readonly field: string; readonly key: string; readonly op: Operator; readonly value: string} | undefined {
  const found = matchTerm(text);
  if (found === null) return undefined;
  const op = signs[found[2]!]!;
  if (op === 'regex') return undefined;
  const quoted = found[1]!.startsWith('"');
  const field = quoted ? attributeField(unquote(found[1]!)) : canonicalField(found[1]!);
  return {field, key: attributeKey(field) ?? field, op, value: unquote(found[3]!)};
}
