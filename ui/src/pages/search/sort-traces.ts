import type {TraceSummary} from '../../api/index.ts';
import type {Sort} from '../../urls/index.ts';

const newest = (a: TraceSummary, b: TraceSummary): number => compareNanos(b.startUnixNano, a.startUnixNano);
const orders = {
  newest,
  longest: (a, b) => Number(b.durationNano) - Number(a.durationNano) || newest(a, b),
  spans: (a, b) => b.spans - a.spans || newest(a, b),
  errors: (a, b) => b.errors - a.errors || newest(a, b),
} satisfies Record<Sort, (a: TraceSummary, b: TraceSummary) => number>;

export function sortTraces(traces: readonly TraceSummary[], sort: Sort): TraceSummary[] {
  return traces.toSorted(orders[sort]);
}

/** Decimal nanoseconds, beyond 2^53, without making numbers of them: the longer text is the later moment. */
function compareNanos(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
