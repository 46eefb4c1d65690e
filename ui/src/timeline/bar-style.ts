import type {CSSProperties} from 'react';
import type {Zoom} from '../urls/index.ts';
import {coveredSegments} from './self-segments.ts';
import type {TraceModel} from './trace-model.ts';

/** Bars narrower than this share are drawn as a tick and need no shading. */
const SHADED_FROM = 0.004;
/** Gaps between children narrower than this share of the bar are not drawn. */
const RESOLUTION = 0.004;

export interface Bar {
  /** Where the bar lies in the view: undefined when it is wholly outside, then `side` says where. */
  readonly style: CSSProperties | undefined;
  readonly side: 'left' | 'right' | undefined;
  /** Where the text goes: after the bar, before it, or on it. */
  readonly label: 'after' | 'before' | 'on';
}

/** The bar of a span: solid where it worked itself, pale where it waited for a child. */
export function barOf({trace, layout}: TraceModel, span: number, zoom: Zoom, colour: string): Bar {
  const width = zoom.to - zoom.from;
  const start = trace.spans.start[span]!;
  const end = start + trace.spans.duration[span]!;
  if (end < zoom.from) return {style: undefined, side: 'left', label: 'after'};
  if (start > zoom.to) return {style: undefined, side: 'right', label: 'before'};
  const left = Math.max(0, (start - zoom.from) / width);
  const right = Math.min(1, (end - zoom.from) / width);
  return {
    style: {left: percent(left), width: percent(right - left), background: shading(left, right)},
    side: undefined,
    label: right < 0.88 ? 'after' : left > 0.16 ? 'before' : 'on',
  };

  function shading(from: number, to: number): string {
    if (to - from < SHADED_FROM) return colour;
    const shownFrom = Math.max(start, zoom.from);
    const shownTo = Math.min(end, zoom.to);
    const covered = coveredSegments(layout, trace.spans, span, shownFrom, shownTo, RESOLUTION);
    if (covered.length === 0) return colour;
    const pale = `color-mix(in srgb, ${colour} 38%, var(--bar-pale))`;
    const stops = covered.flatMap(([a, b]) => [
      `${colour} ${percent(a)}`,
      `${pale} ${percent(a)}`,
      `${pale} ${percent(b)}`,
      `${colour} ${percent(b)}`,
    ]);
    return `linear-gradient(to right, ${stops.join(', ')})`;
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}
