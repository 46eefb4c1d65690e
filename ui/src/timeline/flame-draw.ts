/** Drawing the flame graph and finding what lies under a point: only what can be seen is looked at closely. */
import {markGaps} from '../theme/index.ts';
import type {FlameTree} from './flame-tree.ts';
import type {TraceModel} from './trace-model.ts';

export const FRAME_HEIGHT = 20;

/**
 * Where a frame stands when `focused` fills the width, as shares of it; undefined when it is out of sight. What is above the
 * focused frame fills the width too.
 */
export function placeOf(tree: FlameTree, focused: number, frame: number): readonly [number, number] | undefined {
  if (frame === focused) return [0, 1];
  const from = tree.left[focused]!;
  const scale = tree.width[focused]!;
  if (!(scale > 0)) return undefined;
  const left = Math.max(0, (tree.left[frame]! - from) / scale);
  const right = Math.min(1, (tree.left[frame]! + tree.width[frame]! - from) / scale);
  return right - left > 1e-9 ? [left, right] : undefined;
}

/** The frame at a share of the width and a distance from the top in pixels. */
export function frameAt(tree: FlameTree, focused: number, share: number, y: number): number | undefined {
  const depth = Math.floor(y / FRAME_HEIGHT);
  for (let frame = 0; frame < tree.count; frame++) {
    if (tree.depth[frame] !== depth) continue;
    const place = placeOf(tree, focused, frame);
    if (place !== undefined && share >= place[0] && share < place[1]) return frame;
  }
  return undefined;
}

/** The next frame for the arrow keys; the same one where there is none. Down is the widest child. */
export function neighbour(tree: FlameTree, frame: number, direction: 'up' | 'down' | 'left' | 'right'): number {
  if (direction === 'up') return Math.max(0, tree.parent[frame]!);
  let best = frame;
  let nearest = Number.POSITIVE_INFINITY;
  for (let other = 0; other < tree.count; other++) {
    let distance: number | undefined;
    if (direction === 'down' && tree.parent[other] === frame) distance = tree.left[other]!;
    if (tree.depth[other] === tree.depth[frame] && other !== frame && tree.width[other]! > 0) {
      if (direction === 'right' && tree.left[other]! > tree.left[frame]!) distance = tree.left[other]!;
      if (direction === 'left' && tree.left[other]! < tree.left[frame]!) distance = -tree.left[other]!;
    }
    if (distance !== undefined && distance < nearest) {
      nearest = distance;
      best = other;
    }
  }
  return best;
}

interface Drawing {
  readonly tree: FlameTree;
  readonly model: TraceModel;
  readonly focused: number;
  readonly active: number | undefined;
  readonly found: Uint8Array | undefined;
  readonly width: number;
  readonly height: number;
  readonly scrolled: number;
  readonly colour: (service: string) => string;
  /** Tells services of one colour apart. */
  readonly mark: (service: string) => number;
  readonly token: (name: string) => string;
  readonly whole: string;
  readonly visible: (name: string) => string;
  readonly duration: (nanoseconds: number) => string;
}

export function drawFlame(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const {tree, focused, width, height, scrolled, token} = drawing;
  const ratio = devicePixelRatio;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const ctx = canvas.getContext('2d');
  if (ctx === null) return;
  ctx.scale(ratio, ratio);
  ctx.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textBaseline = 'middle';
  // Most frames of a large trace are too narrow to be seen: these cost a comparison each.
  const least = (tree.width[focused]! * 0.4) / Math.max(1, width);
  for (let frame = 0; frame < tree.count; frame++) {
    if (tree.width[frame]! < least) continue;
    const y = tree.depth[frame]! * FRAME_HEIGHT - scrolled;
    if (y < -FRAME_HEIGHT || y > height) continue;
    const place = placeOf(tree, focused, frame);
    if (place === undefined || (place[1] - place[0]) * width < 0.4) continue;
    drawFrame(ctx, drawing, frame, place[0] * width, y, (place[1] - place[0]) * width);
  }
  ctx.globalAlpha = 1;
  if (focused !== 0) {
    ctx.strokeStyle = token('--accent');
    ctx.lineWidth = 2;
    ctx.strokeRect(1, tree.depth[focused]! * FRAME_HEIGHT - scrolled + 1, width - 2, FRAME_HEIGHT - 3);
  }
}

function drawFrame(
  ctx: CanvasRenderingContext2D,
  drawing: Drawing,
  frame: number,
  x: number,
  y: number,
  w: number,
): void {
  const {tree, model, focused, active, found, token} = drawing;
  const above = tree.depth[frame]! < tree.depth[focused]!;
  const dim = found !== undefined && found[frame] === 0;
  const service = frame === 0 ? undefined : model.trace.services[tree.service[frame]!]!;
  const colour = service === undefined ? token('--line-strong') : drawing.colour(service);
  const inner = Math.max(0.4, w - (w > 3 ? 1 : 0));
  ctx.globalAlpha = dim ? 0.12 : above ? 0.3 : active === frame ? 0.75 : 0.42;
  ctx.fillStyle = colour;
  ctx.fillRect(x, y, inner, FRAME_HEIGHT - 1);
  ctx.globalAlpha = dim ? 0.25 : 1;
  const mark = service === undefined ? 0 : drawing.mark(service);
  if (mark > 0 && w > 24) drawMark(ctx, mark, x, y, token('--surface'));
  else if (w > 3) ctx.fillRect(x, y, 2, FRAME_HEIGHT - 1);
  if (frame !== 0 && tree.errors[frame]! > 0) {
    ctx.fillStyle = token('--error');
    ctx.fillRect(x, y + FRAME_HEIGHT - 3, inner, 2);
  }
  if (w < 32) return;
  ctx.globalAlpha = dim || above ? 0.6 : 1;
  ctx.fillStyle = token('--ink');
  const name = frame === 0 ? drawing.whole : drawing.visible(`${service} ${model.trace.names[tree.name[frame]!]}`);
  const text = `${name}  ${drawing.duration(tree.total[frame]!)}`;
  const from = mark > 0 ? MARK_WIDTH + 5 : 7;
  ctx.fillText(fitText(ctx, text, w - from - 5), x + from, y + FRAME_HEIGHT / 2);
}

const MARK_WIDTH = 8;

/** A field at the left edge of a frame, as the service's swatch has it. */
function drawMark(ctx: CanvasRenderingContext2D, mark: number, x: number, y: number, free: string): void {
  const height = FRAME_HEIGHT - 1;
  ctx.fillRect(x, y, MARK_WIDTH, height);
  ctx.fillStyle = free;
  for (const [left, top, width, gap] of markGaps(mark, MARK_WIDTH, height)) {
    ctx.fillRect(x + left, y + top, width, Math.min(gap, height - top));
  }
}

/** As much of the text as fits, with an ellipsis; estimated by the letter first, since measuring is slow. */
function fitText(ctx: CanvasRenderingContext2D, text: string, width: number): string {
  if (text.length * 7.5 < width || ctx.measureText(text).width <= width) return text;
  let length = Math.floor(width / 5.6);
  while (length > 1 && ctx.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return `${text.slice(0, length)}…`;
}
