/** A query of TraceQL as the form, where the form has a place for all of it. */
import {type Field, type Pipeline, parse, printValue, type Value} from '@weft/server/traceql-language';
import {parseDuration} from '../../../format/index.ts';
import {
  addTerm,
  attributeBy,
  attributeField,
  isAskable,
  type Operator,
  type Question,
  questionFaults,
  type Term,
} from '../../../urls/index.ts';
import {toTraceql} from './to-traceql.ts';

export type AsForm =
  | {
      readonly kind: 'form';
      readonly question: Question;
      readonly context: {readonly service: string | undefined; readonly environment: string | undefined};
      /** Names whose scope the form does not tell: it finds more. */
      readonly widened: readonly string[];
    }
  /** The first part that the form has no place for, as it is written. */
  | {readonly kind: 'none'; readonly part: string};

type Found =
  | {readonly kind: 'term'; readonly term: Term; readonly widened?: string | undefined}
  | {readonly kind: 'service' | 'environment'; readonly value: string};
type Set = Extract<Pipeline['stages'][number], {kind: 'filter'}>;

/** What the form cannot say. */
class NoPlace {
  readonly part: string;
  constructor(part: string) {
    this.part = part;
  }
}

export function toForm(text: string): AsForm {
  const parsed = parse(text);
  if (parsed.kind !== 'ok') return {kind: 'none', part: text.trim()};
  const {root, hints} = parsed.value;
  const cut = ({at, end}: {readonly at: number; readonly end: number}): string => text.slice(at, end).trim();
  if (hints[0] !== undefined) return {kind: 'none', part: cut(hints[0])};
  if (root.kind !== 'pipeline') return {kind: 'none', part: root.kind === 'series' ? cut(root.function) : cut(root)};
  const [first, second] = root.stages;
  if (first === undefined || second !== undefined) return {kind: 'none', part: cut(second ?? root)};
  try {
    return formOf(setsOf(first, cut), cut);
  } catch (error) {
    if (error instanceof NoPlace) return {kind: 'none', part: error.part};
    throw error;
  }
}

type Cut = (place: {readonly at: number; readonly end: number}) => string;

/** Sets that must all be there. */
function setsOf(node: Pipeline['stages'][number], cut: Cut): readonly Set[] {
  if (node.kind === 'filter') return [node];
  if (node.kind === 'spansets' && node.operator === '&&')
    return [...setsOf(node.left, cut), ...setsOf(node.right, cut)];
  if (node.kind === 'pipeline' && node.stages.length === 1) return setsOf(node.stages[0]!, cut);
  throw new NoPlace(cut(node));
}

function formOf(sets: readonly Set[], cut: Cut): AsForm {
  const {outcome, rest} = takeOutcome(sets);
  const [own, second] = rest;
  if (second !== undefined) throw new NoPlace(cut(second));
  let question: Question = outcome === undefined ? [] : [outcome];
  const context: {service: string | undefined; environment: string | undefined} = {
    service: undefined,
    environment: undefined,
  };
  const widened: string[] = [];
  for (const field of own === undefined ? [] : conditionsOf(own.condition)) {
    const found = foundIn(field, cut);
    if (found.kind === 'term') {
      const next = addTerm(question, found.term);
      // A condition that takes the place of another one cannot stand beside it.
      if (next.length === question.length) throw new NoPlace(cut(field));
      question = next;
      if (found.widened !== undefined) widened.push(found.widened);
    } else {
      if (context[found.kind] !== undefined) throw new NoPlace(cut(field));
      context[found.kind] = found.value;
    }
  }
  if (!isAskable(question))
    throw new NoPlace(
      questionFaults(question)
        .map(({term}) => term.field)
        .join(', '),
    );
  return {kind: 'form', question, context, widened};
}

/** The sets that `toTraceql` writes of how a request ended. */
function takeOutcome(sets: readonly Set[]): {readonly outcome: Term | undefined; readonly rest: readonly Set[]} {
  const terms: readonly Term[] = [
    {field: 'outcome', op: '=', value: 'healed'},
    {field: 'outcome', op: '=', value: 'failed'},
    {field: 'outcome', op: '!=', value: 'failed'},
  ];
  for (const term of terms) {
    const written = setsOfText(toTraceql([term], {}).text);
    const tail = sets.slice(-written.length);
    if (
      tail.length === written.length &&
      tail.every((set, i) => shapeOf(set.condition) === shapeOf(written[i]!.condition))
    )
      return {outcome: term, rest: sets.slice(0, -written.length)};
  }
  return {outcome: undefined, rest: sets};
}

function setsOfText(text: string): readonly Set[] {
  const parsed = parse(text);
  if (parsed.kind !== 'ok' || parsed.value.root.kind !== 'pipeline') throw new Error(`BUG: ${text} is no query`);
  return setsOf(parsed.value.root.stages[0]!, () => text);
}

/** The same for two conditions that differ in their places only. */
const shapeOf = (field: Field): string =>
  JSON.stringify(field, (key, value: unknown) =>
    key === 'at' || key === 'end' ? undefined : typeof value === 'bigint' ? String(value) : value,
  );

/** Conditions that must all hold; `{ }` has none. */
function conditionsOf(field: Field): readonly Field[] {
  if (field.kind === 'literal' && field.value.type === 'boolean' && field.value.value) return [];
  if (field.kind === 'binary' && field.operator === '&&') {
    if (environmentPair(field) !== undefined) return [field];
    return [...conditionsOf(field.left), ...conditionsOf(field.right)];
  }
  return [field];
}

function foundIn(field: Field, cut: Cut): Found {
  if (field.kind === 'exists') {
    const {value, not} = field;
    if (value.kind !== 'attribute' || value.parent) throw new NoPlace(cut(field));
    return {
      kind: 'term',
      term: {field: 'has', op: not ? '!=' : '=', value: attributeBy(value.name)},
      widened: scopeOf(value, cut),
    };
  }
  if (field.kind !== 'binary') throw new NoPlace(cut(field));
  if (field.operator === '||' || field.operator === '&&') {
    const found = environmentPair(field) ?? typedPair(field, cut);
    if (found === undefined) throw new NoPlace(cut(field));
    return found;
  }
  const comparison = comparisonOf(field);
  if (comparison === undefined) throw new NoPlace(cut(field));
  const {name, op, value} = comparison;
  if (name.kind === 'intrinsic') {
    const term = intrinsicTerm(name.name, op, value);
    if (term === undefined) throw new NoPlace(cut(field));
    return {kind: 'term', term};
  }
  if (name.parent || name.scope === 'event' || name.scope === 'link' || name.scope === 'instrumentation')
    throw new NoPlace(cut(field));
  const text = valueText(value);
  if (name.name === 'service.name' && value.type === 'string') {
    if (op === '=') return {kind: 'service', value: text};
    if (op === '!=') return {kind: 'term', term: {field: 'service', op, value: text}};
  }
  if (op !== '=' && op !== '!=' && value.type !== 'int' && value.type !== 'float') throw new NoPlace(cut(field));
  return {kind: 'term', term: {field: attributeField(name.name), op, value: text}, widened: scopeOf(name, cut)};
}

type Attribute = Extract<Field, {kind: 'attribute'}>;
type Name = Attribute | Extract<Field, {kind: 'intrinsic'}>;

const scopeOf = (name: Attribute, cut: Cut): string | undefined => (name.scope === undefined ? undefined : cut(name));

const turned: Readonly<Record<string, Operator>> = {'=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<='};

/** A name compared with a value, from whichever side. */
function comparisonOf(field: Field): {readonly name: Name; readonly op: Operator; readonly value: Value} | undefined {
  if (field.kind !== 'binary' || !Object.hasOwn(turned, field.operator)) return undefined;
  const {left, right} = field;
  const isName = (one: Field): one is Name => one.kind === 'attribute' || one.kind === 'intrinsic';
  if (isName(left) && right.kind === 'literal') return {name: left, op: field.operator as Operator, value: right.value};
  if (isName(right) && left.kind === 'literal') return {name: right, op: turned[field.operator]!, value: left.value};
  return undefined;
}

function intrinsicTerm(name: string, op: Operator, value: Value): Term | undefined {
  const equals = op === '=' || op === '!=';
  if (name === 'name')
    return equals && value.type === 'string' ? {field: 'operation', op, value: value.value} : undefined;
  if (name === 'status' || name === 'kind')
    return equals && value.type === name ? {field: name, op, value: value.value} : undefined;
  const field = {duration: 'span.duration', traceDuration: 'duration'}[name];
  if (field === undefined || equals || value.type !== 'duration') return undefined;
  const text = printValue(value);
  return parseDuration(text) === undefined ? undefined : {field, op, value: text};
}

const valueText = (value: Value): string => (value.type === 'string' ? value.value : printValue(value));

/** `(.a = "1" || .a = 1)`: the form has no types. */
function typedPair(field: Extract<Field, {kind: 'binary'}>, cut: Cut): Found | undefined {
  const [one, other] = [comparisonOf(field.left), comparisonOf(field.right)];
  if (field.operator !== '||' || one?.name.kind !== 'attribute' || other?.name.kind !== 'attribute') return undefined;
  const same =
    shapeOf(one.name) === shapeOf(other.name) && one.op === other.op && valueText(one.value) === valueText(other.value);
  if (!same || (one.op !== '=' && one.op !== '!=')) return undefined;
  const {name, op, value} = one;
  return {
    kind: 'term',
    term: {field: attributeField(name.name), op, value: valueText(value)},
    widened: scopeOf(name, cut),
  };
}

/** The two names under which resources say where they run. */
function environmentPair(field: Extract<Field, {kind: 'binary'}>): Found | undefined {
  for (const term of ['=', '!='] as const) {
    const {text} = toTraceql([{field: 'has', op: term, value: 'environment'}], {});
    if (shapeOf(field) === shapeOf(setsOfText(text)[0]!.condition))
      return {kind: 'term', term: {field: 'has', op: term, value: 'environment'}};
  }
  const value = comparisonOf(field.left)?.value;
  if (value?.type !== 'string') return undefined;
  const {text} = toTraceql([], {environment: value.value});
  return shapeOf(field) === shapeOf(setsOfText(text)[0]!.condition)
    ? {kind: 'environment', value: value.value}
    : undefined;
}
