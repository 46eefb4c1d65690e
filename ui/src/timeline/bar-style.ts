/** Where a bar lies in the part in view, and how it is shaded. */
import type {CSSProperties} from 'react';
import type {ServicePaint} from '../theme/index.ts';
import type {Zoom} from '../urls/index.ts';
import {coveredSegments} from './self-segments.ts';
import type {GroupFacts} from './sibling-groups.ts';
import type {TraceModel} from './trace-model.ts';

/** Bars narrower than this share are drawn as a tick and need no shading. */
const SHADED_FROM = 0.004;
/** Gaps narrower than this share of the bar are not drawn. */
const RESOLUTION = 0.004;

export interface Bar {
  /** Where the bar lies in the view: undefined when it is wholly outside, then `side` says where. */
  readonly style: CSSProperties | undefined;
  readonly side: 'left' | 'right' | undefined;
  /** Where the text goes: after the bar, before it, on it, or at the end of the row, whatever lies there. */
  readonly label: 'after' | 'before' | 'on' | 'end';
}

/** Nanoseconds after the trace's start. */
type Part = readonly [from: number, to: number];

/** The bar of a span: solid where it worked itself, pale where it waited for a child. */
export function barOf({trace, layout}: TraceModel, span: number, zoom: Zoom, paint: ServicePaint, room: number): Bar {
  const {colour} = paint;
  const start = trace.spans.start[span]!;
  return place([start, start + trace.spans.duration[span]!], zoom, room, ([from, to]) =>
    marked(shading(coveredSegments(layout, trace.spans, span, from, to, RESOLUTION), pale(colour), colour), paint),
  );
}

/** The bar of a group: solid while any of its members ran. */
export function groupBar(
  {trace}: TraceModel,
  {members, from, to}: GroupFacts,
  zoom: Zoom,
  paint: ServicePaint,
  room: number,
): Bar {
  const {colour} = paint;
  const {start, duration} = trace.spans;
  const ran = Array.from(members, (span): Part => [start[span]!, start[span]! + duration[span]!]);
  return place([from, to], zoom, room, (shown) => marked(shading(joined(ran, shown), colour, pale(colour)), paint));
}

/** A line over the bar for the parts that lie on the critical path. */
export function pathLine(parts: readonly Part[], zoom: Zoom): CSSProperties | undefined {
  const inOrder = parts.toSorted((a, b) => a[0] - b[0]);
  const whole: Part = [inOrder[0]![0], inOrder.at(-1)![1]];
  return place(whole, zoom, 0, (shown) => shading(joined(inOrder, shown), 'var(--ink)', 'transparent')).style;
}

/** Where a part of a row's time lies in the view; undefined when it is outside. */
export function partStyle(part: Part, zoom: Zoom): CSSProperties | undefined {
  const style = place(part, zoom, 0, () => '').style;
  return style && {left: style.left, width: style.width};
}

const pale = (colour: string): string => `color-mix(in srgb, ${colour} 38%, var(--bar-pale))`;

const marked = (background: string, {mark}: ServicePaint): string =>
  mark === undefined ? background : `${mark}, ${background}`;

/** `room`: the text's width as a share of the row's. */
function place([start, end]: Part, zoom: Zoom, room: number, background: (shown: Part) => string): Bar {
  const width = zoom.to - zoom.from;
  if (end < zoom.from) return {style: undefined, side: 'left', label: 'after'};
  if (start > zoom.to) return {style: undefined, side: 'right', label: 'before'};
  const left = Math.max(0, (start - zoom.from) / width);
  const right = Math.min(1, (end - zoom.from) / width);
  const shown: Part = right - left < SHADED_FROM ? [0, 0] : [Math.max(start, zoom.from), Math.min(end, zoom.to)];
  return {
    style: {left: percent(left), width: percent(right - left), background: background(shown)},
    side: undefined,
    label: labelPlace(left, right, room),
  };
}

/** `inside` in the segments (shares of the bar), `outside` between them. */
function shading(segments: readonly Part[], inside: string, outside: string): string {
  const only = segments[0];
  if (only === undefined) return outside;
  if (segments.length === 1 && only[0] <= 0 && only[1] >= 1) return inside;
  const stops = segments.flatMap(([a, b]) => [
    `${outside} ${percent(a)}`,
    `${inside} ${percent(a)}`,
    `${inside} ${percent(b)}`,
    `${outside} ${percent(b)}`,
  ]);
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

function labelPlace(left: number, right: number, room: number): Bar['label'] {
  if (right + room <= 1) return 'after';
  if (left >= room) return 'before';
  return left + room <= 1 ? 'on' : 'end';
}

/** About how many pixels wide a short text is beside a bar, its padding included. */
export function labelWidth(text: string): number {
  let width = 16;
  for (const letter of text) width += letter > '\u2e80' ? 12 : 6.6;
  return width;
}

/** Parts in order to shares of what is shown, those nearly touching as one. A bar too narrow to be shaded is one part. */
function joined(parts: readonly Part[], [from, to]: Part): readonly Part[] {
  if (to <= from) return [[0, 1]];
  const length = to - from;
  const segments: [number, number][] = [];
  for (const [start, end] of parts) {
    const a = Math.max(0, (start - from) / length);
    const b = Math.min(1, (end - from) / length);
    if (a >= 1 || b < 0 || b < a) continue;
    const last = segments.at(-1);
    if (last !== undefined && a <= last[1] + RESOLUTION) last[1] = Math.max(last[1], b);
    // Nothing is too short to be seen.
    else segments.push([a, Math.max(b, a + RESOLUTION)]);
  }
  return segments;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}
