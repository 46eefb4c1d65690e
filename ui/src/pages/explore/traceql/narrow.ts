/** A query of TraceQL with a condition more: what a click or a brush on its answer asks for. */
import {type Field, type Pipeline, parse, print, type Query} from '@weft/server/traceql-language';
import {writeDuration} from '../../../format/index.ts';

type Stage = Pipeline['stages'][number];
type Filter = Extract<Stage, {kind: 'filter'}>;

/** Only traces whose duration in nanoseconds lies between, in place of wider bounds that the query has. The query itself where it cannot be read. */
export function withDurations(q: string, [low, high]: readonly [number, number]): string {
  const bounds = boundsOf(q);
  const least = Math.max(bounds.low, Math.max(1, Number(low.toPrecision(3))));
  const most = Math.min(bounds.high, Math.max(1, Number(high.toPrecision(3))));
  const conditions = [`traceDuration >= ${text(least)}`, `traceDuration <= ${text(most)}`];
  return edited(withoutDurations(q), ([first, ...rest]) =>
    first?.kind === 'filter'
      ? [`{ ${[...conjuncts(first).map(printed), ...conditions].join(' && ')} }`, ...rest.map(printedStage)]
      : [printedStage(first!), `{ ${conditions.join(' && ')} }`, ...rest.map(printedStage)],
  );
}

const MILLI = 1e6;
/**
 * Tempo's answers have whole milliseconds: a trace that is drawn at 1 ms takes up to 2 ms. The durations of the traces that are drawn between
 * two, so that a part of the plot finds what stands in it.
 */
export function ofWholeMillis([low, high]: readonly [number, number]): readonly [number, number] {
  const least = low < MILLI ? 1 : Math.ceil(low / MILLI) * MILLI;
  const most = (Math.floor(high / MILLI) + 1) * MILLI - 1;
  return least < most ? [least, most] : [low, high];
}

/** The same question without what says how long a trace takes: what such traces are held against. */
export function withoutDurations(q: string): string {
  return edited(q, (stages) =>
    stages.flatMap((stage, index) => {
      if (stage.kind !== 'filter') return [printedStage(stage)];
      const all = conjuncts(stage);
      const kept = all.filter((one) => boundOf(one) === undefined);
      if (kept.length === 0 && all.length > 0 && index > 0) return [];
      return [kept.length === 0 ? '{ }' : `{ ${kept.map(printed).join(' && ')} }`];
    }),
  );
}

/** Only traces that have such spans too. What comes after the last count of the spans stays as it is. */
export function withSpans(q: string, filter: string): string {
  return edited(q, (stages) => {
    const last = stages.findLastIndex(({kind}) => kind === 'scalarFilter');
    const head = stages.slice(0, Math.max(1, last + 1)).map(printedStage);
    const [only] = head;
    const isOne = head.length === 1 && (stages[0]?.kind === 'filter' || stages[0]?.kind === 'pipeline');
    return [`${isOne ? only : `(${head.join(' | ')})`} && ${filter}`, ...stages.slice(head.length).map(printedStage)];
  });
}

function edited(q: string, edit: (stages: readonly Stage[]) => readonly string[]): string {
  const parsed = parse(q);
  if (parsed.kind !== 'ok' || parsed.value.root.kind !== 'pipeline') return q;
  const {root, hints} = parsed.value;
  const none: Query = {root, hints: []};
  return `${edit(root.stages).join(' | ')}${hints.length === 0 ? '' : print({root, hints}).slice(print(none).length)}`;
}

const place = {at: 0, end: 0};
const printedStage = (stage: Stage): string =>
  stage.kind === 'filter'
    ? `{ ${conjuncts(stage).map(printed).join(' && ')} }`.replace('{  }', '{ }')
    : print({root: {kind: 'pipeline', stages: [stage], ...place}, hints: []});

/** As one of several that are joined with "and". */
function printed(field: Field): string {
  const filter: Filter = {kind: 'filter', condition: field, ...place};
  const alone = print({root: {kind: 'pipeline', stages: [filter], ...place}, hints: []})
    .slice(1, -1)
    .trim();
  return field.kind === 'binary' && field.operator === '||' ? `(${alone})` : alone;
}

/** None of `{ }`. */
function conjuncts({condition}: Filter): readonly Field[] {
  if (condition.kind === 'literal' && condition.value.type === 'boolean' && condition.value.value) return [];
  const all: Field[] = [];
  const take = (field: Field): void => {
    if (field.kind !== 'binary' || field.operator !== '&&') return void all.push(field);
    take(field.left);
    take(field.right);
  };
  take(condition);
  return all;
}

function boundsOf(q: string): {readonly low: number; readonly high: number} {
  const parsed = parse(q);
  const stages = parsed.kind === 'ok' && parsed.value.root.kind === 'pipeline' ? parsed.value.root.stages : [];
  const bounds = stages
    .filter((stage) => stage.kind === 'filter')
    .flatMap((filter) => conjuncts(filter).map(boundOf))
    .filter((bound) => bound !== undefined);
  return {
    low: Math.max(0, ...bounds.filter(({isLow}) => isLow).map(({nanos}) => nanos)),
    high: Math.min(Number.POSITIVE_INFINITY, ...bounds.filter(({isLow}) => !isLow).map(({nanos}) => nanos)),
  };
}

function boundOf(field: Field): {readonly isLow: boolean; readonly nanos: number} | undefined {
  if (field.kind !== 'binary' || !['>', '>=', '<', '<='].includes(field.operator)) return undefined;
  const {left, right, operator} = field;
  if (left.kind !== 'intrinsic' || left.name !== 'traceDuration') return undefined;
  if (right.kind !== 'literal' || right.value.type !== 'duration') return undefined;
  return {isLow: operator.startsWith('>'), nanos: Number(right.value.value)};
}

const text = (nanos: number): string => writeDuration(Math.round(nanos));
