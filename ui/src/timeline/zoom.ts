/** Arithmetic of the part in view: nanoseconds after the trace's start. */
import type {Zoom} from '../urls/index.ts';

/** Nothing finer than this is worth looking at. */
const FINEST = 20;

/** Inside the trace, at least FINEST wide. `undefined` stands for the whole trace. */
export function clampZoom(zoom: Zoom, total: number): Zoom | undefined {
  const width = Math.min(total, Math.max(FINEST, zoom.to - zoom.from));
  const from = Math.min(Math.max(0, zoom.from), total - width);
  return width >= total ? undefined : {from, to: from + width};
}

/** `factor` below 1 goes nearer; `anchor` keeps its place on the screen. */
export function zoomAt(zoom: Zoom, anchor: number, factor: number, total: number): Zoom | undefined {
  const width = Math.max(FINEST, (zoom.to - zoom.from) * factor);
  const share = (anchor - zoom.from) / (zoom.to - zoom.from);
  const from = anchor - width * share;
  return clampZoom({from, to: from + width}, total);
}

/** Moves by a share of what is in view. */
export function pan(zoom: Zoom, share: number, total: number): Zoom | undefined {
  const by = (zoom.to - zoom.from) * share;
  return clampZoom({from: zoom.from + by, to: zoom.to + by}, total);
}

/** Moves, and widens if it must, until [start, end] can be seen. The same zoom when it can already. */
export function bringIntoView(zoom: Zoom, start: number, end: number, total: number): Zoom | undefined {
  const width = zoom.to - zoom.from;
  const shown = Math.min(zoom.to, end) - Math.max(zoom.from, start);
  const wanted = Math.min(end - start, width);
  if (shown >= wanted * 0.5 && (shown > 0 || (start >= zoom.from && end <= zoom.to))) return zoom;
  if (end - start > width) return clampZoom({from: start, to: end}, total);
  const middle = (start + end) / 2;
  return clampZoom({from: middle - width / 2, to: middle + width / 2}, total);
}
