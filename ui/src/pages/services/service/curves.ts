/** The charts of a service as layers: rate, share of errors, percentiles with traces as marks. */
import type {Exemplar, OperationsRedResponse, RedSeries} from '../../../api/index.ts';
import {type Extent, type Layer, logExtent, type PointsLayer} from '../../../chart/index.ts';

export interface Curves {
  readonly x: Extent;
  readonly rate: Curve;
  readonly errors: Curve;
  readonly duration: Curve & {readonly log: true};
}
interface Curve {
  readonly layers: readonly Layer[];
  readonly y: Extent;
}

export const percentileColours = {p50: '--accent-line', p95: '--accent', p99: '--ink-2'} as const;
const percentileNames = ['p50', 'p95', 'p99'] as const;

/** In nanoseconds, since 1970 and of durations, as the charts' axes have them in seconds and nanoseconds. */
export function curvesOf(
  {points, end}: OperationsRedResponse,
  series: RedSeries | undefined,
  exemplars: readonly Exemplar[],
): Curves | undefined {
  if (points === undefined) return undefined;
  const [start, until] = [seconds(points.start), seconds(end)];
  const from = (i: number): number => start + i * points.stepSeconds;
  const length = (i: number): number => Math.max(1, Math.min(points.stepSeconds, until - from(i)));
  const steps = Array.from({length: points.count}, (_, i) => i);
  const x = steps.map((i) => from(i) + length(i) / 2);
  const rates = steps.map((i) => (series?.requests[i] ?? 0) / length(i));
  const shares = steps.map((i) => {
    const [all, failed] = [series?.requests[i] ?? 0, series?.errors[i] ?? 0];
    return all === 0 ? undefined : failed / all;
  });
  const lines = percentileNames.map(
    (name): Layer => ({
      kind: 'line',
      x,
      y: steps.map((i) => nanosOf(series?.[name][i])),
      colour: percentileColours[name],
    }),
  );
  const marks = marksOf(exemplars);
  const durations = [...lines.flatMap((line) => (line.kind === 'line' ? line.y : [])), ...marks.y].filter(
    (one) => one !== undefined && one > 0,
  ) as number[];
  return {
    x: {min: start, max: Math.max(start + 1, until)},
    rate: {layers: [{kind: 'line', x, y: rates, colour: '--accent', filled: true}], y: upTo(rates, 0.01)},
    errors: {
      layers: [{kind: 'line', x, y: shares, colour: '--error', filled: true}],
      y: {
        min: 0,
        max: Math.min(
          1,
          upTo(
            shares.map((one) => one ?? 0),
            0.01,
          ).max,
        ),
      },
    },
    duration: {
      layers: [...lines, marks],
      y: durations.length === 0 ? {min: 1e6, max: 1e9} : logExtent(least(durations), greatest(durations)),
      log: true,
    },
  };
}

/** By start, as the points of a chart are. */
function marksOf(exemplars: readonly Exemplar[]): PointsLayer {
  return {
    kind: 'points',
    x: exemplars.map(({startUnixNano}) => seconds(startUnixNano)),
    y: exemplars.map(({durationNano}) => Math.max(1, Number(durationNano))),
    size: exemplars.map(() => 3),
    tone: exemplars.map(({failed}) => (failed ? 'failed' : 'neutral')),
  };
}

const seconds = (nanos: string): number => Number(BigInt(nanos) / 1_000_000n) / 1000;
const nanosOf = (millis: number | null | undefined): number | undefined => (millis == null ? undefined : millis * 1e6);
const upTo = (values: readonly number[], atLeast: number): Extent => ({
  min: 0,
  max: Math.max(atLeast, greatest(values) * 1.15),
});
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
