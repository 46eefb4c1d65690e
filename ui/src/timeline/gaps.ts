/** Stretches of the critical path in which nobody worked, by the span in which they lie. */
import type {ExplainResponse} from '../api/index.ts';
import type {TraceModel} from './trace-model.ts';

export type Gap = ExplainResponse['gaps'][number];

export type Gaps = ReadonlyMap<number, readonly Gap[]>;

/** Undefined where the trace is shown as it was sent though clocks contradict each other: the explanation has adjusted them. */
export function gapsOf({layout, skew, adjusted}: TraceModel, gaps: readonly Gap[] | undefined): Gaps | undefined {
  if (gaps === undefined || (skew !== undefined && !adjusted)) return undefined;
  const known = gaps.flatMap((gap) => {
    const span = layout.indexOf.get(gap.spanId);
    return span === undefined ? [] : [{span, gap}];
  });
  return new Map([...Map.groupBy(known, ({span}) => span)].map(([span, all]) => [span, all.map(({gap}) => gap)]));
}
