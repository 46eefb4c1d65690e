/** Structural operators: which spans stand to others in the relation. Times grow with the spans and the depth of the tree, not with pairs. */
import type {StructuralSign} from './ast.ts';
import type {SpanView} from './span-view.ts';

/** Both by the start of the spans. The result is too, and has each span once. */
export function relate(
  view: SpanView,
  operator: StructuralSign,
  variant: 'plain' | 'not' | 'union',
  left: readonly number[],
  right: readonly number[],
): readonly number[] {
  if (right.length === 0) return [];
  const fits = related(view, operator, left);
  if (variant === 'not') return right.filter((row) => !fits(row));
  const found = right.filter(fits);
  if (variant === 'plain') return found;
  const fitsBack = related(view, inverse[operator], right);
  return mergeRows(view, found, left.filter(fitsBack));
}

const inverse = {'>': '<', '<': '>', '>>': '<<', '<<': '>>', '~': '~'} as const;

/** Whether `row` is a child (`>`), a descendant (`>>`), a parent (`<`), an ancestor (`<<`) or a sibling (`~`) of one of them. */
function related(view: SpanView, operator: StructuralSign, of: readonly number[]): (row: number) => boolean {
  const {parents} = view;
  const among = new Set(of);
  switch (operator) {
    case '>':
      return (row) => among.has(parents[row] as number);
    case '>>':
      return descendants(parents, among);
    case '<': {
      const above = new Set(of.map((row) => parents[row] as number));
      return (row) => above.has(row);
    }
    case '<<': {
      const above = new Set<number>();
      for (const row of of)
        for (let at = parents[row] as number; at >= 0 && !above.has(at); at = parents[at] as number) above.add(at);
      return (row) => above.has(row);
    }
    case '~': {
      const {siblings} = view;
      const counts = new Map<number, number>();
      for (const row of of) counts.set(siblings[row] as number, (counts.get(siblings[row] as number) ?? 0) + 1);
      return (row) => (counts.get(siblings[row] as number) ?? 0) > (among.has(row) ? 1 : 0);
    }
  }
}

function descendants(parents: Int32Array, among: ReadonlySet<number>): (row: number) => boolean {
  const known = new Map<number, boolean>();
  return (row) => {
    const path: number[] = [];
    let found: boolean | undefined;
    for (let at = row; found === undefined; ) {
      found = known.get(at);
      if (found !== undefined) break;
      path.push(at);
      const above = parents[at] as number;
      if (above < 0) found = false;
      else if (among.has(above)) found = true;
      else at = above;
    }
    for (const each of path) known.set(each, found);
    return found;
  };
}

/** Rows of both, each once, by the start of the spans. */
export function mergeRows(view: SpanView, left: readonly number[], right: readonly number[]): readonly number[] {
  const all = [...new Set([...left, ...right])];
  return all.sort((a, b) => {
    const [one, other] = [view.start(a), view.start(b)];
    return one < other ? -1 : one > other ? 1 : a - b;
  });
}
