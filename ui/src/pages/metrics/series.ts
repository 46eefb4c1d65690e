/** An answer's series, as rows of figures and as lines of a chart. */
import type {PrometheusGrid, PrometheusMatrix} from '../../api/index.ts';

export interface Series {
  /** The labels as PromQL writes them; the same for no two series. */
  readonly id: string;
  readonly name: string;
  readonly colour: string;
  /** One for each moment of the grid; undefined where there is none. */
  readonly y: readonly (number | undefined)[];
  readonly last: number | undefined;
  readonly max: number | undefined;
  readonly mean: number | undefined;
}

const COLOURS = 10;

export const momentsOf = ({start, end, step}: PrometheusGrid): number[] =>
  Array.from({length: Math.floor((end - start) / step + 1e-9) + 1}, (_, i) => start + i * step);

export function seriesOf({result}: PrometheusMatrix, grid: PrometheusGrid): Series[] {
  const count = momentsOf(grid).length;
  const shared = sharedBy(result.map(({metric}) => metric));
  return result.map(({metric, values}, index) => {
    const y = new Array<number | undefined>(count).fill(undefined);
    for (const [at, text] of values) {
      const value = Number(text.replace('Inf', 'Infinity'));
      // What is not finite has no place on an axis.
      if (Number.isFinite(value)) y[Math.round((at - grid.start) / grid.step)] = value;
    }
    const known = y.filter((one) => one !== undefined);
    return {
      id: write(Object.entries(metric)),
      name: nameOf(metric, shared),
      colour: `--service-${index % COLOURS}`,
      y,
      last: known.at(-1),
      max: known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b)),
      mean: known.length === 0 ? undefined : known.reduce((a, b) => a + b) / known.length,
    };
  });
}

/** From the least to the greatest value, and 0 where that is near: never without height. */
export function extentOf(series: readonly Series[]): {readonly min: number; readonly max: number} {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const {y} of series)
    for (const value of y)
      if (value !== undefined) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  if (low > high) return {min: 0, max: 1};
  if (low > 0 && low < high * 0.7) low = 0;
  if (low === high) return low === 0 ? {min: 0, max: 1} : {min: Math.min(0, low * 1.1), max: Math.max(0, high * 1.1)};
  return {min: low, max: high + (high - low) * 0.05};
}

type Metric = Readonly<Record<string, string>>;

/** Labels that say the same of every series tell none from another. */
function sharedBy(metrics: readonly Metric[]): ReadonlySet<string> {
  const [first, ...others] = metrics;
  if (first === undefined || others.length === 0) return new Set();
  return new Set(Object.keys(first).filter((label) => others.every((one) => one[label] === first[label])));
}

function nameOf(metric: Metric, shared: ReadonlySet<string>): string {
  const own = Object.entries(metric).filter(([label]) => !shared.has(label));
  return own.length === 1 && own[0]![0] !== '__name__' ? own[0]![1] : write(own);
}

function write(labels: readonly (readonly [string, string])[]): string {
  const name = labels.find(([label]) => label === '__name__')?.[1] ?? '';
  const rest = labels
    .filter(([label]) => label !== '__name__')
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return rest.length === 0 && name !== '' ? name : `${name}{${rest.join(', ')}}`;
}
