/** Paints the layers of a chart on uPlot's canvas. */
import type uPlot from 'uplot';
import type {HeatmapLayer, Layer, LineLayer, PointsLayer, Tone} from './layers.ts';

export type Colours = (token: string) => string;

/** `pointed`: the point of the topmost points layer to point out, or -1. */
export function drawLayers(chart: uPlot, layers: readonly Layer[], colours: Colours, pointed: number): void {
  const {ctx, bbox} = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const layer of layers) {
    if (layer.kind === 'heatmap') drawHeatmap(chart, layer, colours);
    else if (layer.kind === 'line') drawLine(chart, layer, colours);
    else drawPoints(chart, layer, colours, pointed);
  }
  ctx.restore();
}

/** Strength by the logarithm of the amount, so that a single slow one is seen beside a thousand quick ones. */
function drawHeatmap(chart: uPlot, layer: HeatmapLayer, colours: Colours): void {
  const {ctx} = chart;
  const most = Math.log1p(layer.amount.reduce((a, b) => Math.max(a, b), 1));
  const [fine, bad] = [colours('--accent'), colours('--error')];
  for (let cell = 0; cell < layer.column.length; cell++) {
    const column = layer.column[cell]!;
    const row = layer.row[cell]!;
    const left = Math.round(chart.valToPos(layer.start + column * layer.width, 'x', true));
    const right = Math.round(chart.valToPos(layer.start + (column + 1) * layer.width, 'x', true));
    const top = Math.round(chart.valToPos(layer.bounds[row + 1]!, 'y', true));
    const bottom = Math.round(chart.valToPos(Math.max(layer.bounds[row]!, 1), 'y', true));
    const amount = layer.amount[cell]!;
    const width = Math.max(1, right - left);
    const height = Math.max(1, bottom - top);
    ctx.globalAlpha = 0.1 + 0.5 * (Math.log1p(amount) / most);
    ctx.fillStyle = fine;
    ctx.fillRect(left, top, width, height);
    const failed = layer.failed[cell]!;
    if (failed === 0) continue;
    // A part of the cell's width, at least one pixel: in grey it is still a darker edge.
    const part = Math.max(devicePixelRatio, Math.round((width * failed) / amount));
    ctx.globalAlpha = 0.75;
    ctx.fillStyle = bad;
    ctx.fillRect(left, top, part, height);
  }
}

const paint: Readonly<Record<Tone, readonly [token: string, alpha: number]>> = {
  plain: ['--accent', 0.55],
  neutral: ['--ink-3', 0.7],
  healed: ['--warn', 0.9],
  failed: ['--error', 0.9],
};
/** The rarer and the worse lie on top. */
const order: readonly Tone[] = ['neutral', 'plain', 'healed', 'failed'];

function drawPoints(chart: uPlot, points: PointsLayer, colours: Colours, pointed: number): void {
  const {ctx} = chart;
  const ratio = devicePixelRatio;
  for (const tone of order) {
    const [token, alpha] = paint[tone];
    ctx.fillStyle = colours(token);
    ctx.strokeStyle = colours(token);
    ctx.globalAlpha = alpha;
    for (let index = 0; index < points.x.length; index++) {
      if (points.tone[index] !== tone) continue;
      const x = chart.valToPos(points.x[index]!, 'x', true);
      const y = chart.valToPos(points.y[index]!, 'y', true);
      shape(ctx, tone, x, y, points.size[index]! * ratio, ratio);
    }
  }
  if (pointed < 0 || pointed >= points.x.length) return;
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colours('--ink');
  ctx.lineWidth = 1.5 * ratio;
  ctx.beginPath();
  const [x, y] = [chart.valToPos(points.x[pointed]!, 'x', true), chart.valToPos(points.y[pointed]!, 'y', true)];
  ctx.arc(x, y, 8 * ratio, 0, 2 * Math.PI);
  ctx.stroke();
}

/** Failed is a diamond, healed half of one, arriving an empty circle. */
function shape(ctx: CanvasRenderingContext2D, tone: Tone, x: number, y: number, size: number, ratio: number): void {
  ctx.beginPath();
  if (tone === 'failed' || tone === 'healed') {
    ctx.moveTo(x - size * 1.3, y);
    ctx.lineTo(x, y - size * 1.3);
    ctx.lineTo(x + size * 1.3, y);
    if (tone === 'failed') ctx.lineTo(x, y + size * 1.3);
    ctx.closePath();
    ctx.fill();
  } else if (tone === 'neutral') {
    ctx.lineWidth = 1.2 * ratio;
    ctx.arc(x, y, size, 0, 2 * Math.PI);
    ctx.stroke();
  } else {
    ctx.arc(x, y, size, 0, 2 * Math.PI);
    ctx.fill();
  }
}

function drawLine(chart: uPlot, line: LineLayer, colours: Colours): void {
  const {ctx, bbox} = chart;
  const runs: [number, number][][] = [[]];
  for (let index = 0; index < line.x.length; index++) {
    const value = line.y[index];
    if (value === undefined) runs.push([]);
    else runs.at(-1)!.push([chart.valToPos(line.x[index]!, 'x', true), chart.valToPos(value, 'y', true)]);
  }
  ctx.strokeStyle = colours(line.colour);
  ctx.fillStyle = colours(line.colour);
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.lineJoin = 'round';
  for (const run of runs) {
    if (run.length === 0) continue;
    ctx.beginPath();
    for (const [x, y] of run) ctx.lineTo(x, y);
    ctx.globalAlpha = 1;
    if (run.length === 1) ctx.fillRect(run[0]![0] - devicePixelRatio, run[0]![1] - devicePixelRatio, 2, 2);
    else ctx.stroke();
    if (line.filled !== true || run.length === 1) continue;
    ctx.lineTo(run.at(-1)![0], bbox.top + bbox.height);
    ctx.lineTo(run[0]![0], bbox.top + bbox.height);
    ctx.closePath();
    ctx.globalAlpha = 0.12;
    ctx.fill();
  }
}
