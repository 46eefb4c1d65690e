/** What of an answer can be drawn over time. */
import type {SqlResponse} from '../../api/index.ts';

export interface Drawn {
  /** Seconds since 1970, ascending. */
  readonly x: readonly number[];
  readonly series: readonly {readonly name: string; readonly y: readonly (number | undefined)[]}[];
}

const mostSeries = 4;

/** Undefined where no column is a time, none a number, or two rows have the same time. */
export function drawnOf({columns, rows}: SqlResponse): Drawn | undefined {
  const time = columns.findIndex(({type}) => /^(?:Nullable\()?Date(?:32|Time|Time64)?\b/.test(type));
  const numbers = columns.flatMap(({type}, i) => (isNumber(type) ? [i] : [])).slice(0, mostSeries);
  if (time < 0 || numbers.length === 0) return undefined;
  const points = rows
    .map((row) => ({at: secondsOf(row[time]), row}))
    .filter((point): point is {at: number; row: readonly unknown[]} => point.at !== undefined)
    .sort((a, b) => a.at - b.at);
  const times = points.map(({at}) => at);
  if (points.length < 2 || new Set(times).size < points.length) return undefined;
  return {
    x: times,
    series: numbers.map((column) => ({
      name: columns[column]!.name,
      y: points.map(({row}) => (typeof row[column] === 'number' ? row[column] : undefined)),
    })),
  };
}

export const isNumber = (type: string): boolean => /^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(type);

/** Times come as texts in UTC. */
function secondsOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.includes(' ') ? `${value.replace(' ', 'T').slice(0, 23)}Z` : `${value}T00:00:00Z`;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}
