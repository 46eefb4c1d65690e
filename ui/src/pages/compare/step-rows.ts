/** A tree of steps as rows: which of them are on show. */

export interface Stepped {
  /** Index of the step that it is below, always before it; -1 at the top. */
  readonly parent: number;
  /** Whether it differs: it and all that it is below are on show from the start. */
  readonly telling: boolean;
}

export interface StepShape {
  /** Of each row: 1 where a row below it is telling. */
  readonly leads: Uint8Array;
  readonly children: Int32Array;
}

export function shapeOf(rows: readonly Stepped[]): StepShape {
  const leads = new Uint8Array(rows.length);
  const children = new Int32Array(rows.length);
  for (let index = rows.length - 1; index >= 0; index--) {
    const {parent, telling} = rows[index]!;
    if (parent < 0) continue;
    children[parent]!++;
    if (telling || leads[index] === 1) leads[parent] = 1;
  }
  return {leads, children};
}

/** Rows whose folding the reader has turned over are `turned`: the others are open where something below them is telling. */
export const isOpen = ({leads, children}: StepShape, turned: ReadonlySet<number>, row: number): boolean =>
  children[row]! > 0 && (leads[row] === 1) !== turned.has(row);

/** Those on show, in drawing order. With `only`, siblings that do not differ are left out. */
export function shownRows(
  rows: readonly Stepped[],
  shape: StepShape,
  turned: ReadonlySet<number>,
  only: boolean,
): number[] {
  const shown: number[] = [];
  const open = new Uint8Array(rows.length);
  for (const [index, {parent, telling}] of rows.entries()) {
    if (parent >= 0 && open[parent] === 0) continue;
    if (only && parent >= 0 && !telling && shape.leads[index] === 0) continue;
    shown.push(index);
    open[index] = isOpen(shape, turned, index) ? 1 : 0;
  }
  return shown;
}
