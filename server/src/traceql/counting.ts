/**
 * Functions over time that need no whole trace: what a store is to count spans by, and the counts to series. Conditions and groups are
 * evaluated on what the store gives of spans that are alike, by the same code as on spans.
 */
import {type CountKey, type CountMeasure, kindNames, type SpanCounts, statusNames} from '../query/index.ts';
import type {Binary, ComparisonSign, Field, Name, OverTime, Pipeline, Series, Spansets} from './ast.ts';
import {compileCondition, type Patterns} from './evaluate-field.ts';
import {byReader, numberReader, type OverTimeObserver, one, type Sample} from './metrics-over-time.ts';
import {applyBinary, isTrue} from './operate.ts';
import {type Readers, resourceValue, typedValue} from './readers.ts';
import {boolean, nil, type Value} from './value.ts';

export interface Counting {
  readonly keys: readonly CountKey[];
  readonly measure: CountMeasure | undefined;
  /** Of each span alone. */
  readonly condition: Field;
  readonly over: OverTime;
}

/** Undefined where spans alone do not tell. */
export function countingOf({pipeline, function: over}: Series): Counting | undefined {
  if (over.kind !== 'overTime') return undefined;
  const condition = conditionOf(pipeline);
  if (condition === undefined) return undefined;
  const keys = new Keys();
  const isKnown =
    keys.ofField(condition) && over.by.every((name) => splitScopes(name).every((each) => keys.ofName(each)));
  if (!isKnown) return undefined;
  const measure = measureOf(over);
  if (measure !== undefined && measure.of !== 'duration' && !measure.inBuckets)
    keys.add({type: 'double', key: measure.of.key});
  if (over.value !== undefined && measure === undefined && !keys.ofName(over.value)) return undefined;
  return {keys: keys.all, measure, condition, over};
}

/** What one span has to fulfil, where that is all. */
function conditionOf({stages, at, end}: Pipeline): Field | undefined {
  let all: Field | undefined;
  for (const stage of stages) {
    // Sets of spans are another matter than their spans.
    if (stage.kind === 'select' || stage.kind === 'by' || stage.kind === 'coalesce') continue;
    const one = stage.kind === 'scalarFilter' ? undefined : conditionOfSpansets(stage);
    if (one === undefined) return undefined;
    all = all === undefined ? one : {kind: 'binary', operator: '&&', left: all, right: one, at, end};
  }
  return all;
}

function conditionOfSpansets(node: Spansets): Field | undefined {
  if (node.kind === 'filter') return node.condition;
  if (node.kind === 'pipeline') return conditionOf(node);
  if (node.kind === 'missing' || node.operator !== '||') return undefined;
  const [left, right] = [conditionOfSpansets(node.left), conditionOfSpansets(node.right)];
  if (left === undefined || right === undefined) return undefined;
  return {kind: 'binary', operator: '||', left, right, at: node.at, end: node.end};
}

const isBucketed = ({operator}: OverTime): boolean =>
  operator === 'quantile_over_time' || operator === 'histogram_over_time';

function measureOf(over: OverTime): CountMeasure | undefined {
  const {value} = over;
  const inBuckets = isBucketed(over);
  if (value?.kind === 'intrinsic') return value.name === 'duration' ? {of: 'duration', inBuckets} : undefined;
  if (value?.scope !== 'span' || value.parent) return undefined;
  return {of: {key: value.name}, inBuckets};
}

/** In groups, a name without a scope is the span's or its resource's. */
const splitScopes = (name: Name): readonly Name[] =>
  name.kind === 'attribute' && name.scope === undefined
    ? (['span', 'resource'] as const).map((scope) => ({...name, scope}))
    : [name];

/** The keys that a store counts by, each once. */
class Keys {
  readonly #keys = new Map<string, CountKey>();

  get all(): readonly CountKey[] {
    return [...this.#keys.values()];
  }

  add(key: CountKey): true {
    this.#keys.set(JSON.stringify(key), key);
    return true;
  }

  ofName(name: Name): boolean {
    const key = keyOfName(name);
    return key !== undefined && this.add(key);
  }

  ofField(node: Field): boolean {
    switch (node.kind) {
      case 'literal':
        return true;
      case 'attribute':
      case 'intrinsic':
        return this.ofName(node);
      case 'unary':
      case 'exists':
        return this.ofField(node.value);
      case 'binary': {
        const test = testOf(node);
        return test === undefined ? this.ofField(node.left) && this.ofField(node.right) : this.add(test.key);
      }
      case 'missing':
        return false;
    }
  }
}

const scopes = {span: 'span', resource: 'resource', instrumentation: 'scope'} as const;
const columns = {
  name: 'name',
  status: 'status',
  statusMessage: 'statusMessage',
  kind: 'kind',
  'instrumentation:name': 'scopeName',
  'instrumentation:version': 'scopeVersion',
} as const;

function keyOfName(name: Name): CountKey | undefined {
  if (name.kind === 'intrinsic') {
    const column = columns[name.name as keyof typeof columns];
    return column === undefined ? undefined : {type: 'column', column};
  }
  const of = name.parent ? undefined : scopes[name.scope as keyof typeof scopes];
  return of === undefined ? undefined : {type: 'attribute', of, key: name.name};
}

function ofKey(name: Name, found: SpanCounts['values'][number]): Value {
  const value = found === undefined ? nil : typedValue(found);
  if (name.kind === 'attribute') return name.scope === 'resource' ? resourceValue(name.name, value) : value;
  if (value.type !== 'int') return value;
  const number = Number(value.value);
  return name.name === 'kind'
    ? {type: 'kind', value: kindNames[number] ?? 'unspecified'}
    : {type: 'status', value: statusNames[number] ?? 'unset'};
}

/** A comparison that a store makes: of what has too many values to be counted by. */
interface Test {
  readonly key: CountKey;
  readonly holds: (found: boolean) => boolean;
}

const flipped = {'=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<='} as const;

function testOf({operator, left, right}: Binary): Test | undefined {
  if (!Object.hasOwn(flipped, operator)) return undefined;
  const sign = operator as ComparisonSign;
  if (left.kind === 'literal' && right.kind === 'intrinsic')
    return testOfIntrinsic(right.name, flipped[sign], left.value);
  if (left.kind === 'intrinsic' && right.kind === 'literal') return testOfIntrinsic(left.name, sign, right.value);
  return undefined;
}

function testOfIntrinsic(name: string, operator: ComparisonSign, value: Value): Test | undefined {
  if (value.type !== 'int' && value.type !== 'duration' && value.type !== 'float') return undefined;
  const number = Number(value.value);
  if (value.type === 'float' ? !Number.isFinite(number) : !Number.isSafeInteger(number)) return undefined;
  if (name === 'duration') return {key: {type: 'duration', operator, value: number}, holds: (found) => found};
  if (name !== 'nestedSetParent') return undefined;
  // Of a root it is -1, of all others 0 or more.
  const holds = (parent: number): boolean => isTrue(applyBinary(operator, {type: 'int', value: parent}, value));
  const isSame = operator === '=' || operator === '!=' ? number < 0 : holds(0) === holds(2 ** 40);
  if (!isSame) return undefined;
  return {key: {type: 'root'}, holds: (isRoot) => holds(isRoot ? -1 : 0)};
}

/** A span of a series, as the store has counted it. */
export interface CountedSpan {
  readonly interval: number;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

/** Adds what was counted to the series: those of most spans where there are more than `limit`. */
export function observeCounts(
  counting: Counting,
  counts: readonly SpanCounts[],
  observer: OverTimeObserver,
  {patterns, limit, intervals}: {readonly patterns: Patterns; readonly limit: number; readonly intervals: number},
): {readonly isCut: boolean; readonly spans: readonly CountedSpan[]} {
  const {keys, condition, over} = counting;
  const readers = countReaders(keys, counts);
  const holds = compileCondition(readers, condition, patterns);
  const by = byReader(over, readers);
  const sampleOf = samples(counting, readers, counts);
  const totals = new Map<string, number>();
  const all: {readonly key: string; readonly values: readonly Value[]; readonly row: number; readonly at: number}[] =
    [];
  for (const [row, {spans, intervals: found}] of counts.entries()) {
    if (!holds(row)) continue;
    const values = by(row);
    for (let at = 0; at < spans.length; at++) {
      const key = observer.seriesOf(values, sampleOf(row, at));
      if (key === undefined || (found[at] as number) >= intervals) continue;
      totals.set(key, (totals.get(key) ?? 0) + (spans[at] as number));
      all.push({key, values, row, at});
    }
  }
  const isCut = totals.size > limit;
  const kept = isCut
    ? new Map([...totals].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, limit))
    : totals;
  const spans: CountedSpan[] = [];
  for (const {key, values, row, at} of all) {
    if (!kept.has(key)) continue;
    const {intervals: found, times} = counts[row] as SpanCounts;
    const interval = found[at] as number;
    observer.add(values, interval, sampleOf(row, at));
    spans.push({interval, time: BigInt(times[at] as string)});
  }
  return {isCut, spans};
}

/** A row is an entry of the counts. */
function countReaders(keys: readonly CountKey[], counts: readonly SpanCounts[]): Readers {
  const index = new Map(keys.map((key, i) => [JSON.stringify(key), i]));
  const at = (key: CountKey): number => index.get(JSON.stringify(key)) as number;
  return {
    name(name) {
      const key = at(keyOfName(name) as CountKey);
      const values = counts.map((each) => ofKey(name, each.values[key]));
      return (row) => values[row] as Value;
    },
    test(node) {
      const test = testOf(node);
      if (test === undefined) return undefined;
      const key = at(test.key);
      return (row) => {
        const found = counts[row]?.values[key];
        return boolean(test.holds(found?.type === 'bool' && found.value));
      };
    },
  };
}

function samples(
  {keys, measure, over}: Counting,
  readers: Readers,
  counts: readonly SpanCounts[],
): (row: number, at: number) => Sample {
  const spansAt = (row: number, at: number): number => counts[row]?.spans[at] as number;
  if (measure === undefined) {
    const read = over.value === undefined ? () => one : numberReader(readers, over.value, isBucketed(over));
    return (row, at) => times(read(row), spansAt(row, at));
  }
  const unit = measure.of === 'duration' ? 1e9 : 1;
  const doubles = keys.findIndex(({type}) => type === 'double');
  return (row, at) => {
    const {values, numbers, sums, least, most, buckets} = counts[row] as SpanCounts;
    const double = values[doubles];
    if (double?.type === 'double' && !Number.isNaN(double.value)) {
      const {value} = double;
      return times({...one, numbers: 1, sum: value, least: value, most: value}, spansAt(row, at));
    }
    const bucket = buckets[at] as number;
    return {
      spans: spansAt(row, at),
      numbers: numbers[at] as number,
      sum: (sums[at] as number) / unit,
      least: (least[at] as number) / unit,
      most: (most[at] as number) / unit,
      bucket: bucket === 0 || !measure.inBuckets ? undefined : bucket / unit,
    };
  };
}

/** As many of it. */
const times = (sample: Sample, spans: number): Sample => ({
  ...sample,
  spans,
  numbers: sample.numbers * spans,
  sum: sample.sum * spans,
});
