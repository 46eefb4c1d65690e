/** Pipelines of sets of spans, evaluated over whole traces. */
import {bug} from '../base/index.ts';
import type {Aggregate, ComparisonSign, Field, Pipeline, ScalarFilter, Spansets, Stage} from './ast.ts';
import {TraceqlError} from './errors.ts';
import {compileCondition, compileField, type Patterns} from './evaluate-field.ts';
import {applyBinary, compareValues, isTrue} from './operate.ts';
import {printAggregate, printField} from './print.ts';
import {type Reader, readersOf} from './readers.ts';
import type {SpanView} from './span-view.ts';
import {mergeRows, relate} from './structure.ts';
import {isArray, keyOf, type Value, whole} from './value.ts';

/** Spans of one trace, by their start. */
export interface Spanset {
  readonly rows: readonly number[];
  /** Of `by(…)` and aggregates, under what they print. */
  readonly attributes: readonly {readonly name: string; readonly value: Value}[];
}

export class Evaluator {
  readonly #view: SpanView;
  readonly #patterns: Patterns;
  readonly #conditions = new Map<Field, (row: number) => boolean>();
  readonly #fields = new Map<Field, Reader>();

  constructor(view: SpanView, patterns: Patterns = new Map()) {
    this.#view = view;
    this.#patterns = patterns;
  }

  /** The sets that the pipeline makes of a trace; none where it does not fit. */
  evaluate(pipeline: Pipeline, trace: number): readonly Spanset[] {
    const rows = this.#view.traces[trace]?.rows ?? [];
    return this.#pipeline(pipeline, [{rows, attributes: []}]);
  }

  condition(node: Field): (row: number) => boolean {
    let found = this.#conditions.get(node);
    if (found === undefined) {
      found = compileCondition(readersOf(this.#view), node, this.#patterns);
      this.#conditions.set(node, found);
    }
    return found;
  }

  field(node: Field): Reader {
    let found = this.#fields.get(node);
    if (found === undefined) {
      found = compileField(readersOf(this.#view), node, this.#patterns);
      this.#fields.set(node, found);
    }
    return found;
  }

  #pipeline({stages}: Pipeline, input: readonly Spanset[]): readonly Spanset[] {
    let sets = input;
    for (const stage of stages) {
      if (sets.length === 0) return [];
      sets = this.#stage(stage, sets);
    }
    return sets;
  }

  #stage(stage: Stage, sets: readonly Spanset[]): readonly Spanset[] {
    switch (stage.kind) {
      case 'by':
        return sets.flatMap((set) => this.#groups(stage.value, set));
      case 'coalesce':
        return [{rows: sets.map(({rows}) => rows).reduce((a, b) => mergeRows(this.#view, a, b)), attributes: []}];
      case 'select':
        return sets;
      case 'scalarFilter':
        return this.#filterByScalar(stage, sets);
      default:
        return this.#spansets(stage, sets);
    }
  }

  #spansets(node: Spansets, sets: readonly Spanset[]): readonly Spanset[] {
    if (node.kind === 'missing') throw bug('a query with faults is evaluated');
    if (node.kind === 'pipeline') return this.#pipeline(node, sets);
    if (node.kind === 'filter') {
      const holds = this.condition(node.condition);
      return sets.map((set) => ({...set, rows: set.rows.filter(holds)})).filter(({rows}) => rows.length > 0);
    }
    return sets.map((set) => ({...set, rows: this.#operation(node, set)})).filter(({rows}) => rows.length > 0);
  }

  #operation(node: Extract<Spansets, {kind: 'spansets'}>, set: Spanset): readonly number[] {
    const left = this.#spansets(node.left, [set]);
    const right = this.#spansets(node.right, [set]);
    if (node.operator === '&&' || node.operator === '||') {
      if (node.operator === '&&' && (left.length === 0 || right.length === 0)) return [];
      return [...left, ...right].map(({rows}) => rows).reduce((a, b) => mergeRows(this.#view, a, b), []);
    }
    if (left.length > 1 || right.length > 1)
      throw new TraceqlError(
        `\`${node.operator}\` relates one set of spans of a trace with one other, and \`by(…)\` made more of them. Put \`| coalesce()\` behind it.`,
      );
    return relate(this.#view, node.operator, node.variant, left[0]?.rows ?? [], right[0]?.rows ?? []);
  }

  #groups(value: Field, set: Spanset): Spanset[] {
    const read = this.field(value);
    const groups = new Map<string, {value: Value; rows: number[]}>();
    for (const row of set.rows) {
      const found = read(row);
      const key = keyOf(found);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, {value: found, rows: [row]});
      else group.rows.push(row);
    }
    const name = `by(${printField(value)})`;
    return [...groups.values()].map((group) => ({
      rows: group.rows,
      attributes: [...set.attributes, {name, value: group.value}],
    }));
  }

  #filterByScalar({left, right, operator}: ScalarFilter, sets: readonly Spanset[]): Spanset[] {
    if (left.kind !== 'aggregate' || right.kind !== 'literal')
      throw bug('an unchecked condition on an aggregate is evaluated');
    const name = printAggregate(left);
    return sets.flatMap((set) => {
      const value = this.#aggregate(left, set.rows);
      if (value === undefined || !compares(operator, value, right.value)) return [];
      return [{rows: set.rows, attributes: [...set.attributes, {name, value}]}];
    });
  }

  /** Undefined where no span has the value. */
  #aggregate({operator, value}: Aggregate, rows: readonly number[]): Value | undefined {
    if (value === undefined) return {type: 'int', value: rows.length};
    const read = this.field(value);
    const values = rows.map((row) => first(read(row))).filter(({type}) => type !== 'nil');
    if (values.length === 0) return undefined;
    if (operator === 'min') return values.reduce((least, each) => (compareValues(each, least) < 0 ? each : least));
    if (operator === 'max') return values.reduce((most, each) => (compareValues(each, most) > 0 ? each : most));
    const sum = sumOf(values);
    return operator === 'sum' ? sum : divided(sum, values.length);
  }
}

const first = (value: Value): Value => (value.type === 'several' ? (value.values[0] as Value) : value);

/** An array is no number, whatever is in it. */
const compares = (operator: ComparisonSign, left: Value, right: Value): boolean =>
  !isArray(left) && isTrue(applyBinary(operator, left, right));

/** Of those that have the type of the first. */
function sumOf(values: readonly Value[]): Value {
  const [start] = values as [Value];
  const same = values.filter(({type}) => type === start.type);
  if (start.type === 'float')
    return {type: 'float', value: same.reduce((sum, each) => sum + (each as {value: number}).value, 0)};
  if (start.type !== 'int' && start.type !== 'duration') return start;
  const numbers = same.map((each) => (each as {value: number | bigint}).value);
  const sum = numbers.reduce<number>((total, each) => total + Number(each), 0);
  const isExact = Number.isSafeInteger(sum) && numbers.every((each) => typeof each === 'number');
  return {
    type: start.type,
    value: isExact ? sum : whole(numbers.reduce<bigint>((total, each) => total + BigInt(each), 0n)),
  };
}

function divided(sum: Value, count: number): Value {
  if (sum.type === 'duration') return {type: 'duration', value: whole(BigInt(sum.value) / BigInt(count))};
  if (sum.type === 'int' || sum.type === 'float') return {type: 'float', value: Number(sum.value) / count};
  return sum;
}
