/**
 * `compare({ … })`: how often the spans that fit have each value of each attribute, and how often all others do. Values are counted over
 * time; the most frequent ones of an attribute are kept, and an attribute that has more of them is marked.
 */
import {utf8} from '../base/index.ts';
import {type RangeColumn, readValue} from '../model/index.ts';
import {type AttributeScope, type Compare, type IntrinsicName, intrinsicTypes} from './ast.ts';
import {compileCondition, type Patterns} from './evaluate-field.ts';
import type {Observer} from './metrics-over-time.ts';
import type {Intervals} from './metrics-time.ts';
import {printName} from './print.ts';
import {intrinsicReader, readersOf, typedValue} from './readers.ts';
import {type Exemplar, type Label, type Series, seriesSet} from './series.ts';
import type {SpanView} from './span-view.ts';
import {keyOf, nil, type Value} from './value.ts';

/** Those that spans share: durations and ids say nothing of a set. Events and links are not compared, as in Tempo. */
const intrinsics = (Object.keys(intrinsicTypes) as IntrinsicName[]).filter(
  (name) =>
    !/^(?:parent|nestedSet.*|trace:id|span:(?:id|parentID)|event:.*|link:.*)$/.test(name) &&
    intrinsicTypes[name] !== 'duration',
);
/** Distinct values of all attributes together that are counted; beyond, no new ones are. */
const maxValues = 100_000;

type Side = 'baseline' | 'selection';
interface Counted {
  readonly total: Float64Array;
  readonly values: Map<string, {readonly value: Value; readonly counts: Float64Array}>;
  readonly exemplars: Exemplar[];
}

export function compareObserver(compare: Compare, intervals: Intervals, patterns: Patterns): Observer {
  const sides: Record<Side, Map<string, Counted>> = {baseline: new Map(), selection: new Map()};
  let size = 0;
  const counters = (): Float64Array => new Float64Array(intervals.count);
  const count = (side: Side, name: string, value: Value, interval: number, exemplar: Exemplar | undefined): void => {
    if (value.type === 'duration' || value.type === 'nil') return;
    let counted = sides[side].get(name);
    if (counted === undefined) {
      counted = {total: counters(), values: new Map(), exemplars: []};
      sides[side].set(name, counted);
    }
    (counted.total[interval] as number)++;
    if (exemplar !== undefined) counted.exemplars.push(exemplar);
    const key = keyOf(value);
    let one = counted.values.get(key);
    if (one === undefined) {
      if (++size > maxValues) return;
      one = {value, counts: counters()};
      counted.values.set(key, one);
    }
    (one.counts[interval] as number)++;
  };

  return {
    get size() {
      return sides.baseline.size + sides.selection.size;
    },
    bind(view) {
      const fits = compileCondition(readersOf(view), compare.filter.condition, patterns);
      const readers = intrinsics.map((name) => [name, intrinsicReader(view, name)] as const);
      const attributes = attributeLister(view);
      return (row, interval, labels) => {
        const start = view.start(row);
        const isInTime = compare.start === 0n || (start > compare.start && start <= compare.stop);
        const side = isInTime && fits(row) ? 'selection' : 'baseline';
        const exemplar = labels && {labels, value: undefined, time: start};
        for (const [name, read] of readers) count(side, name, read(row), interval, exemplar);
        attributes(row, (name, value) => count(side, name, value, interval, exemplar));
      };
    },
    series() {
      const all: Series[] = [];
      const tooMany = new Set<string>();
      for (const side of ['baseline', 'selection'] as const) {
        for (const [name, {total, values, exemplars}] of sides[side]) {
          const ranked = [...values.values()]
            .map((each) => ({...each, sum: each.counts.reduce((sum, each) => sum + each, 0)}))
            .sort((a, b) => b.sum - a.sum);
          for (const {value, counts} of ranked.slice(0, compare.top))
            all.push({labels: [type(side), {name, value}], values: counts, exemplars: []});
          if (ranked.length > compare.top) tooMany.add(name);
          all.push({labels: [type(`${side}_total`), {name, value: nil}], values: total, exemplars});
        }
      }
      for (const name of tooMany)
        all.push({
          labels: [
            {name: '__meta_error', value: {type: 'string', value: '__too_many_values__'}},
            {name, value: nil},
          ],
          values: new Float64Array(0),
          exemplars: [],
        });
      return seriesSet(all);
    },
  };
}

const type = (value: string): Label => ({name: '__meta_type', value: {type: 'string', value}});

type Visit = (name: string, value: Value) => void;

/** Every attribute of a span under its printed name: its resource's, its scope's and its own. */
export function attributeLister(view: SpanView): (row: number, visit: Visit) => void {
  const {batch} = view;
  const {key} = batch.attributes.columns;
  const columns = batch.spans.columns;
  const names = new Map<string, string>();
  const each = (scope: AttributeScope, owner: RangeColumn, row: number, visit: Visit): void => {
    for (let at = owner.from(row); at < owner.from(row) + owner.count(row); at++) {
      const name = utf8(batch.heap.bytes, key.start(at), key.size(at));
      const full = `${scope}.${name}`;
      let printed = names.get(full);
      if (printed === undefined) {
        printed = printName({kind: 'attribute', scope, parent: false, name, at: 0, end: 0});
        names.set(full, printed);
      }
      visit(printed, typedValue(readValue(batch, at)));
    }
  };
  return (row, visit) => {
    each('resource', batch.resources.columns.attributes, columns.resource.get(row), visit);
    each('instrumentation', batch.scopes.columns.attributes, columns.scope.get(row), visit);
    each('span', columns.attributes, row, visit);
  };
}
