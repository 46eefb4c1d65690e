/** Spans of equal path (service and operation, from the root down) merged: where the time of a trace went. */
import type {TraceResponse} from '../api/index.ts';
import {ERROR, type TraceLayout} from './trace-layout.ts';

/** Flat arrays, one entry a frame; frame 0 is the whole trace, and a frame comes after its parent. */
export interface FlameTree {
  readonly count: number;
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** -1 for frame 0. */
  readonly service: Int32Array;
  readonly name: Int32Array;
  readonly spans: Int32Array;
  readonly errors: Int32Array;
  /** Nanoseconds worked in these spans themselves, and together with everything below; waits for a server are no work. */
  readonly self: Float64Array;
  readonly total: Float64Array;
  /** Left edge and width, as shares of the whole; the widest sibling first. */
  readonly left: Float64Array;
  readonly width: Float64Array;
  /** A span of the frame, the longest. */
  readonly longest: Int32Array;
  readonly maxDepth: number;
  /** Span → frame. */
  readonly frameOf: Int32Array;
}

export function flameTree(trace: TraceResponse, layout: TraceLayout): FlameTree {
  const {service, name, duration, status} = trace.spans;
  const most = layout.count + 1;
  const parent = new Int32Array(most).fill(-1);
  const depth = new Int32Array(most);
  const serviceOf = new Int32Array(most).fill(-1);
  const nameOf = new Int32Array(most).fill(-1);
  const spans = new Int32Array(most);
  const errors = new Int32Array(most);
  const self = new Float64Array(most);
  const longest = new Int32Array(most).fill(-1);
  const frameOf = new Int32Array(layout.count);
  // Children of a frame as a linked list: a frame has few different ones.
  const firstBelow = new Int32Array(most);
  const nextBeside = new Int32Array(most);
  let count = 1;
  let maxDepth = 0;
  for (let at = 0; at < layout.count; at++) {
    const span = layout.order[at]!;
    const up = layout.parent[span]! < 0 ? 0 : frameOf[layout.parent[span]!]!;
    let frame = firstBelow[up]!;
    while (frame !== 0 && (nameOf[frame] !== name[span] || serviceOf[frame] !== service[span]))
      frame = nextBeside[frame]!;
    if (frame === 0) {
      frame = count++;
      nextBeside[frame] = firstBelow[up]!;
      firstBelow[up] = frame;
      parent[frame] = up;
      depth[frame] = depth[up]! + 1;
      if (depth[frame]! > maxDepth) maxDepth = depth[frame]!;
      serviceOf[frame] = service[span]!;
      nameOf[frame] = name[span]!;
      longest[frame] = span;
    }
    frameOf[span] = frame;
    spans[frame]!++;
    if (status[span] === ERROR) errors[frame]!++;
    self[frame]! += layout.work[span]!;
    if (duration[span]! > duration[longest[frame]!]!) longest[frame] = span;
  }
  spans[0] = layout.count;
  const total = self.slice(0, count);
  for (let frame = count - 1; frame > 0; frame--) total[parent[frame]!]! += total[frame]!;
  const {left, width} = placeFrames(count, parent, total);
  return {
    count,
    parent: parent.slice(0, count),
    depth: depth.slice(0, count),
    service: serviceOf.slice(0, count),
    name: nameOf.slice(0, count),
    spans: spans.slice(0, count),
    errors: errors.slice(0, count),
    self: self.slice(0, count),
    total,
    left,
    width,
    longest: longest.slice(0, count),
    maxDepth,
    frameOf,
  };
}

function placeFrames(count: number, parent: Int32Array, total: Float64Array) {
  const left = new Float64Array(count);
  const width = new Float64Array(count);
  const whole = total[0]! || 1;
  const bySize = Array.from({length: count - 1}, (_, i) => i + 1).sort((a, b) => total[b]! - total[a]! || a - b);
  const children: number[][] = Array.from({length: count}, () => []);
  for (const frame of bySize) children[parent[frame]!]!.push(frame);
  width[0] = 1;
  for (let frame = 0; frame < count; frame++) {
    let x = left[frame]!;
    for (const child of children[frame]!) {
      left[child] = x;
      width[child] = total[child]! / whole;
      x += width[child]!;
    }
  }
  return {left, width};
}
