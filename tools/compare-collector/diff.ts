/** What two sides made of a case, as the fewest readable lines that say where they differ. */
import type {Case, Item, Outcome} from './case.ts';
import {canonical} from './items.ts';

/** Nothing where both did the same. */
export function differences(one: Pick<Case, 'ignored' | 'onlyLast'>, collector: Outcome, weft: Outcome): string[] {
  if (collector.kind === 'refused' || weft.kind === 'refused') {
    if (collector.kind === weft.kind) return [];
    return collector.kind === 'refused'
      ? [`configuration: the Collector refuses it (${collector.message}), Weft takes it`]
      : [`configuration: Weft refuses it (${weft.kind === 'refused' ? weft.message : ''}), the Collector takes it`];
  }
  const lines: string[] = [];
  if (canonical(collector.answers) !== canonical(weft.answers)) {
    lines.push(`answers: Collector ${collector.answers.join(' ')}, Weft ${weft.answers.join(' ')}`);
  }
  const [left, right] = [collector.items, weft.items].map((items) => prepared(one, items)) as [Item[], Item[]];
  return [...lines, ...compareItems(left, right)];
}

/** The items that count. */
export function prepared(
  {ignored = [], onlyLast = false}: Pick<Case, 'ignored' | 'onlyLast'>,
  items: readonly Item[],
): Item[] {
  const without = items.map((item) => omit(item, new Set(ignored)) as Item);
  if (!onlyLast) return without;
  return [...new Map(without.map((item) => [identityOf(item), item])).values()];
}

/** Without the fields of these names, and without a map that has nothing else. */
function omit(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((each) => omit(each, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => {
      if (names.has(key)) return [];
      const rest = omit(field, names);
      const emptied = canonical(rest) === '{}' && canonical(field) !== '{}';
      return emptied ? [] : [[key, rest]];
    }),
  );
}

/** Of a point its series; of everything else, all. */
function identityOf(item: Item): string {
  const {point, ...around} = item;
  return canonical(point === undefined ? item : {...around, labels: (point as Item).attributes});
}

function compareItems(left: readonly Item[], right: readonly Item[]): string[] {
  const onlyLeft = without(left, right);
  const onlyRight = without(right, left);
  const lines: string[] = [];
  for (const item of onlyLeft) {
    const flat = leaves(item);
    let [nearest, fewest]: [number, string[]] = [-1, []];
    for (const [index, other] of onlyRight.entries()) {
      const apart = compareLeaves(flat, leaves(other));
      if (nearest === -1 || apart.length < fewest.length) [nearest, fewest] = [index, apart];
    }
    // More apart than alike: two items, not one that differs.
    if (nearest === -1 || fewest.length > flat.size / 2) {
      lines.push(`${titleOf(item)}: only from the Collector: ${canonical(item)}`);
      continue;
    }
    onlyRight.splice(nearest, 1);
    for (const line of fewest) lines.push(`${titleOf(item)} › ${line}`);
  }
  for (const item of onlyRight) lines.push(`${titleOf(item)}: only from Weft: ${canonical(item)}`);
  return lines;
}

/** The items of a multiset that another does not have. */
function without(items: readonly Item[], others: readonly Item[]): Item[] {
  const counts = new Map<string, number>();
  for (const other of others) counts.set(canonical(other), (counts.get(canonical(other)) ?? 0) + 1);
  return items.filter((item) => {
    const key = canonical(item);
    const left = counts.get(key) ?? 0;
    counts.set(key, left - 1);
    return left <= 0;
  });
}

function leaves(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (typeof value !== 'object' || value === null) return into.set(path, String(value));
  const entries = Object.entries(value);
  if (entries.length === 0) into.set(path, Array.isArray(value) ? '[]' : '{}');
  for (const [key, field] of entries) leaves(field, path === '' ? key : `${path}.${key}`, into);
  return into;
}

function compareLeaves(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): string[] {
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => left.get(path) !== right.get(path))
    .map((path) => `${path}: Collector ${left.get(path) ?? 'nothing'}, Weft ${right.get(path) ?? 'nothing'}`);
}

function titleOf({span, record, metric, zipkin}: Item): string {
  const named = (what: unknown): string => String((what as Item).name ?? '');
  if (span !== undefined) return `span "${named(span)}" ${(span as Item).spanId ?? ''}`;
  if (record !== undefined) return `record ${canonical((record as Item).body ?? 'empty')}`;
  if (metric !== undefined) return `metric "${named(metric)}"`;
  return zipkin === undefined ? 'line' : `Zipkin span "${named(zipkin)}"`;
}
