/** The overview of a trace as a small picture, worked out in flat arrays: 100,000 spans take a few milliseconds. */

import {ERROR} from './trace-layout.ts';
import type {TraceModel} from './trace-model.ts';

/** Nothing here. */
export const EMPTY = 0;
/** A failed span. Other cells hold the service's index plus 2. */
export const FAILED = 1;

/** Cells row by row, `width` × `height`: the spans in drawing order from top to bottom, time from left to right. */
export function minimapCells({trace, layout, total}: TraceModel, width: number, height: number): Uint16Array {
  const cells = new Uint16Array(width * height);
  const {start, duration, service, status} = trace.spans;
  const thick = Math.max(1, Math.min(5, Math.round((height / Math.max(1, layout.count)) * 0.7)));
  const paint = (at: number, colour: number): void => {
    const span = layout.order[at]!;
    const top = Math.min(height - thick, Math.floor((at / layout.count) * height));
    const left = Math.min(width - 1, Math.floor((start[span]! / total) * width));
    const right = Math.min(width, Math.max(left + 1, Math.round(((start[span]! + duration[span]!) / total) * width)));
    for (let y = top; y < top + thick; y++) cells.fill(colour, y * width + left, y * width + right);
  };
  for (let at = 0; at < layout.count; at++) paint(at, service[layout.order[at]!]! + 2);
  // Errors last, so that no later span hides them.
  for (let at = 0; at < layout.count; at++) if (status[layout.order[at]!] === ERROR) paint(at, FAILED);
  return cells;
}
