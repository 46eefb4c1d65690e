/** The overview of a trace as a small picture, worked out in flat arrays: 100,000 spans take a few milliseconds. */

import {ERROR} from './trace-layout.ts';
import type {TraceModel} from './trace-model.ts';

/** Nothing here. */
export const EMPTY = 0;
/** A failed span. Other cells hold the service's index plus 2. */
export const FAILED = 1;

/**
 * Cells row by row, `width` × `height`: the spans in drawing order from top to bottom, time from left to right. Of spans that share a
 * row of cells the last lies on the others, and errors lie on all, so that no later span hides them.
 */
export function minimapCells({trace, layout, total}: TraceModel, width: number, height: number): Uint16Array {
  const cells = new Uint16Array(width * height);
  const {start, duration, service, status} = trace.spans;
  const {count, order} = layout;
  const thick = Math.max(1, Math.min(5, Math.round((height / Math.max(1, count)) * 0.7)));
  const leftOf = (span: number): number => Math.min(width - 1, Math.floor((start[span]! / total) * width));
  const rightOf = (span: number, left: number): number =>
    Math.min(width, Math.max(left + 1, Math.round(((start[span]! + duration[span]!) / total) * width)));
  const topOf = (at: number): number => Math.min(height - thick, Math.floor((at / count) * height));
  if (thick > 1) {
    const paint = (at: number, colour: number): void => {
      const span = order[at]!;
      const left = leftOf(span);
      for (let y = topOf(at); y < topOf(at) + thick; y++)
        cells.fill(colour, y * width + left, y * width + rightOf(span, left));
    };
    for (let at = 0; at < count; at++) paint(at, service[order[at]!]! + 2);
    for (let at = 0; at < count; at++) if (status[order[at]!] === ERROR) paint(at, FAILED);
    return cells;
  }
  // Thousands share a row: from what lies on top down, each cell is painted once. `free[x]` leads to the next free cell from x on.
  const free = new Int32Array(width + 1);
  const nextFree = (x: number): number => {
    let at = x;
    while (free[at] !== at) {
      free[at] = free[free[at]!]!;
      at = free[at]!;
    }
    return at;
  };
  const paint = (span: number, row: number, colour: number): void => {
    const left = leftOf(span);
    const right = rightOf(span, left);
    for (let x = nextFree(left); x < right; x = nextFree(x)) {
      cells[row * width + x] = colour;
      free[x] = x + 1;
    }
  };
  for (let end = count; end > 0; ) {
    const row = topOf(end - 1);
    let first = end - 1;
    while (first > 0 && topOf(first - 1) === row) first--;
    for (let x = 0; x <= width; x++) free[x] = x;
    for (let at = first; at < end; at++) if (status[order[at]!] === ERROR) paint(order[at]!, row, FAILED);
    for (let at = end - 1; at >= first; at--) paint(order[at]!, row, service[order[at]!]! + 2);
    end = first;
  }
  return cells;
}
