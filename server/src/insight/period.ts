/** Whether something happens again and again after the same time: errors of a job that runs every five minutes. */

export interface Period {
  readonly nanos: number;
  /** How often it happened: what lies close together is one time. */
  readonly times: number;
  /** Of the intervals, those that are a multiple of the period. */
  readonly regular: number;
  /** When the latest began, and about when the next one would, in nanoseconds after the first moment. */
  readonly latest: number;
  readonly next: number;
}

const leastTimes = 5;
/** How far an interval may be from a multiple of the period, as a share of the period. */
const tolerance = 0.15;
const regularShare = 0.9;
/** A jump between what lies close together and what does not. */
const leastJump = 2;
/** More ways to tell groups apart would find a period in anything. */
const mostLimits = 2;
/** An interval of more periods than this says nothing of the period. */
const mostMissed = 5;

/** `moments` in nanoseconds, in any order. Undefined where no period is to be seen. */
export function periodOf(moments: readonly number[]): Period | undefined {
  const sorted = [...moments].sort((a, b) => a - b);
  for (const limit of limitsOf(sorted)) {
    const starts = sorted.filter((moment, i) => i === 0 || moment - sorted[i - 1]! >= limit);
    const found = periodOfStarts(starts);
    if (found !== undefined) return found;
  }
  return undefined;
}

function periodOfStarts(starts: readonly number[]): Period | undefined {
  if (starts.length < leastTimes) return undefined;
  const intervals = starts.slice(1).map((start, i) => start - starts[i]!);
  const middle = intervals.toSorted((a, b) => a - b)[Math.floor(intervals.length / 2)]!;
  if (middle <= 0) return undefined;
  const periods = (interval: number): number | undefined => {
    const times = Math.round(interval / middle);
    return times >= 1 && times <= mostMissed && Math.abs(interval / middle - times) <= tolerance ? times : undefined;
  };
  const fitting = intervals.filter((interval) => periods(interval) !== undefined);
  if (fitting.length < regularShare * intervals.length) return undefined;
  const nanos = sum(fitting) / sum(fitting.map((interval) => periods(interval)!));
  const latest = starts.at(-1)!;
  return {nanos, times: starts.length, regular: fitting.length, latest, next: latest + nanos};
}

/** Gaps from which on a new group of moments begins: where those within groups and those between them are of different kinds. */
function limitsOf(sorted: readonly number[]): readonly number[] {
  const gaps = sorted.slice(1).map((moment, i) => moment - sorted[i]!);
  const byLength = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  const jumps = byLength.flatMap((gap, i) => {
    const ratio = i === 0 ? 0 : gap / byLength[i - 1]!;
    return ratio >= leastJump && byLength.length - i >= leastTimes - 1 ? [{gap, ratio}] : [];
  });
  // Each by itself where there are no groups.
  return [
    ...jumps
      .sort((a, b) => b.ratio - a.ratio)
      .slice(0, mostLimits)
      .map(({gap}) => gap),
    0,
  ];
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
