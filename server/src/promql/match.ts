/** Operators between series, which are matched by their labels at every moment. */
import type {Binary} from './ast.ts';
import {PromqlError} from './error.ts';
import {type Labels, metricLabels} from './labels.ts';
import {arithmetic, comparisons} from './operate.ts';
import {type Column, emptyColumn, isEmpty} from './series.ts';

/** The labels that decide which series belong together. */
function signatureOf({labels, isOn}: Binary['matching']): (of: Labels) => Labels {
  const names = new Set(isOn ? labels : [...labels, ...metricLabels]);
  return (of) => (isOn ? of.only(names) : of.without(names));
}

function bySignature(columns: readonly Column[], signature: (of: Labels) => Labels): Map<string, Column[]> {
  const groups = new Map<string, Column[]>();
  for (const column of columns) {
    const {key} = signature(column.labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [column]);
    else group.push(column);
  }
  return groups;
}

/** `and`, `or`, `unless`. */
export function combineSets(node: Binary, left: readonly Column[], right: readonly Column[], count: number): Column[] {
  const signature = signatureOf(node.matching);
  const isOr = node.operator === 'or';
  const [kept, others] = isOr ? [right, left] : [left, right];
  const groups = bySignature(others, signature);
  const out = kept.map((column) => {
    const group = groups.get(signature(column.labels).key) ?? [];
    const own = emptyColumn(column.labels, count);
    for (let step = 0; step < count; step++) {
      if (column.present[step] === 0) continue;
      const isThere = group.some(({present}) => present[step] === 1);
      if (isThere !== (node.operator === 'and')) continue;
      own.present[step] = 1;
      own.values[step] = column.values[step] as number;
    }
    return own;
  });
  return [...(isOr ? left : []), ...out.filter((column) => !isEmpty(column))];
}

interface Side {
  readonly column: Column | undefined;
  readonly labels: Labels;
  readonly fill: number | undefined;
}

/** Arithmetic and comparisons. Where one side may have many series a match, the other is `one`. */
export function operateOn(node: Binary, left: readonly Column[], right: readonly Column[], count: number): Column[] {
  const {matching} = node;
  const isSwapped = matching.many === 'right';
  const [many, one] = isSwapped ? [right, left] : [left, right];
  const [fillMany, fillOne] = isSwapped
    ? [matching.fillRight, matching.fillLeft]
    : [matching.fillLeft, matching.fillRight];
  const signature = signatureOf(matching);
  const [manyOf, oneOf] = [bySignature(many, signature), bySignature(one, signature)];
  const results = new Results(node, count, isSwapped);
  for (const key of new Set([...manyOf.keys(), ...oneOf.keys()])) {
    const [ofMany, ofOne] = [manyOf.get(key) ?? [], oneOf.get(key) ?? []];
    if ((ofMany.length === 0 && fillMany === undefined) || (ofOne.length === 0 && fillOne === undefined)) continue;
    const labels = signature((ofMany[0] ?? (ofOne[0] as Column)).labels);
    for (let step = 0; step < count; step++) {
      const match = onlyAt(ofOne, step, labels, isSwapped);
      let seen = 0;
      for (const column of ofMany) {
        if (column.present[step] === 0) continue;
        if (++seen > 1 && matching.many === undefined && (match !== undefined || fillOne !== undefined))
          throw new PromqlError(
            'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
          );
        results.add(key, step, {column, labels: column.labels, fill: undefined}, sideOf(match, labels, fillOne));
      }
      if (seen === 0 && match !== undefined)
        results.add(key, step, sideOf(undefined, labels, fillMany), {
          column: match,
          labels: match.labels,
          fill: undefined,
        });
    }
  }
  return results.columns();
}

const sideOf = (column: Column | undefined, labels: Labels, fill: number | undefined): Side =>
  column === undefined ? {column, labels, fill} : {column, labels: column.labels, fill: undefined};

/** Of the side that may have one series a match, the one that has a value at a moment. */
function onlyAt(columns: readonly Column[], step: number, labels: Labels, isSwapped: boolean): Column | undefined {
  let found: Column | undefined;
  for (const column of columns) {
    if (column.present[step] === 0) continue;
    if (found === undefined) {
      found = column;
      continue;
    }
    const [first, second] = [String(found.labels), String(column.labels)].sort();
    throw new PromqlError(
      `found duplicate series for the match group ${labels} on the ${isSwapped ? 'left' : 'right'} hand-side of the operation: ` +
        `[${first}, ${second}];many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }
  return found;
}

class Results {
  readonly #node: Binary;
  readonly #count: number;
  readonly #isSwapped: boolean;
  readonly #columns = new Map<string, Column>();
  /** Of each pair of series the labels of what comes of them. */
  readonly #labels = new Map<Labels, Map<Labels, Labels>>();
  /** Moments of which a result was made already, though a comparison may have left it out. */
  readonly #taken = new Map<string, Uint8Array>();

  constructor(node: Binary, count: number, isSwapped: boolean) {
    this.#node = node;
    this.#count = count;
    this.#isSwapped = isSwapped;
  }

  add(key: string, step: number, many: Side, one: Side): void {
    const [ofMany, ofOne] = [many.column?.values[step] ?? many.fill, one.column?.values[step] ?? one.fill];
    if (ofMany === undefined || ofOne === undefined) return;
    const {operator, isBool} = this.#node;
    const [left, right] = this.#isSwapped ? [ofOne, ofMany] : [ofMany, ofOne];
    const compare = comparisons[operator];
    const isKept = compare === undefined || compare(left, right);
    const labels = this.#labelsOf(many.labels, one.labels);
    const place = `${key}\u0002${labels.key}`;
    let taken = this.#taken.get(place);
    if (taken === undefined) {
      taken = new Uint8Array(this.#count);
      this.#taken.set(place, taken);
    }
    if (taken[step] === 1)
      throw new PromqlError('multiple matches for labels: grouping labels must ensure unique matches');
    taken[step] = 1;
    if (!isKept && !isBool) return;
    let column = this.#columns.get(place);
    if (column === undefined) {
      column = emptyColumn(labels, this.#count);
      this.#columns.set(place, column);
    }
    column.present[step] = 1;
    column.values[step] =
      compare === undefined ? (arithmetic[operator]?.(left, right) as number) : isBool ? Number(isKept) : left;
  }

  columns(): Column[] {
    return [...this.#columns.values()];
  }

  #labelsOf(many: Labels, one: Labels): Labels {
    let ofMany = this.#labels.get(many);
    if (ofMany === undefined) {
      ofMany = new Map();
      this.#labels.set(many, ofMany);
    }
    let labels = ofMany.get(one);
    if (labels === undefined) {
      labels = this.#made(many, one);
      ofMany.set(one, labels);
    }
    return labels;
  }

  #made(many: Labels, one: Labels): Labels {
    const {matching, operator, isBool} = this.#node;
    let labels = many;
    if (isBool || comparisons[operator] === undefined) labels = labels.withoutMetric();
    if (matching.many === undefined) {
      const names = new Set(matching.labels);
      labels = matching.isOn ? labels.only(names) : labels.without(names);
    }
    return matching.include.length === 0 ? labels : labels.with(matching.include.map((name) => [name, one.get(name)]));
  }
}
