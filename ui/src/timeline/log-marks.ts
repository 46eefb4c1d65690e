/** Log lines of spans, as marks on the waterfall at their time. */
import type {LogLine} from '../api/index.ts';
import type {Zoom} from '../urls/index.ts';
import type {TraceModel} from './trace-model.ts';

export type Severity = LogLine['severity'];
const order: readonly Severity[] = ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** How severe: greater is worse. */
export const severityRank = (severity: Severity): number => order.indexOf(severity);

export interface LogMark {
  /** Nanoseconds after the start of the trace. */
  readonly at: number;
  readonly severity: Severity;
}
export type LogMarks = ReadonlyMap<number, readonly LogMark[]>;

/** When a line was written, in nanoseconds after the start of the trace: with the span's clock, where that is adjusted. */
export function timeOfLine(
  {trace, layout, skew, adjusted}: TraceModel,
  {spanId, timeUnixNano}: Pick<LogLine, 'spanId' | 'timeUnixNano'>,
): number {
  const span = adjusted ? layout.indexOf.get(spanId) : undefined;
  const moved = span === undefined ? 0 : (skew?.by[span] ?? 0);
  return Number(BigInt(timeUnixNano) - BigInt(trace.startUnixNano)) + moved;
}

/** By span. */
export function logMarksOf(model: TraceModel, lines: readonly LogLine[]): LogMarks {
  const known = lines.flatMap((line) => {
    const span = model.layout.indexOf.get(line.spanId);
    return span === undefined ? [] : [{span, mark: {at: timeOfLine(model, line), severity: line.severity}}];
  });
  return new Map([...Map.groupBy(known, ({span}) => span)].map(([span, all]) => [span, all.map(({mark}) => mark)]));
}

/** More of them side by side cannot be told apart. */
const places = 200;

/** Those in view, at shares of its width from 0 to 1; of those at the same place the worst. */
export function marksInView(
  marks: readonly LogMark[],
  {from, to}: Zoom,
): (readonly [share: number, worst: Severity])[] {
  const worst = new Map<number, Severity>();
  for (const {at, severity} of marks) {
    if (at < from || at > to) continue;
    const place = Math.round(((at - from) / (to - from)) * places);
    const known = worst.get(place);
    if (known === undefined || severityRank(known) < severityRank(severity)) worst.set(place, severity);
  }
  return [...worst].map(([place, severity]) => [place / places, severity]);
}

export const worstOf = (marks: readonly LogMark[]): Severity =>
  marks.reduce<Severity>(
    (worst, {severity}) => (severityRank(severity) > severityRank(worst) ? severity : worst),
    'unspecified',
  );
