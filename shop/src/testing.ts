/** The testing kit's receiver with the questions of the shop's tests. */
import {setTimeout as sleep} from 'node:timers/promises';
import {type CapturedSpan, drawTraces, type Receiver, receiveOtlp} from '@weft/instrument/testing';

export type Sink = Receiver & {
  /** The spans of one trace, oldest first. */
  trace(traceId: string): CapturedSpan[];
  /** Resolves with the first result of `find` that is not undefined; rejects after 60 s without one. */
  until<T>(find: () => T | undefined, describe?: () => string): Promise<T>;
};

const patienceMilliseconds = 60_000;
const pollMilliseconds = 20;

export async function startSink(): Promise<Sink> {
  const receiver = await receiveOtlp();
  return Object.assign(receiver, {
    trace: (traceId: string) =>
      receiver.spans.filter((span) => span.traceId === traceId).sort((a, b) => Number(a.start - b.start)),
    async until<T>(find: () => T | undefined, describe: () => string = () => ''): Promise<T> {
      const deadline = performance.now() + patienceMilliseconds;
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        if (performance.now() > deadline)
          throw new Error(`did not become true in ${patienceMilliseconds / 1000} s: ${find}\n${describe()}`);
        await sleep(pollMilliseconds);
      }
    },
  });
}

export const milliseconds = ({start, end}: CapturedSpan): number => Number(end - start) / 1e6;

export const hasFailed = (span: CapturedSpan): boolean => span.status === 'error';

/** Spans that failed without a failed child: where an error was born. */
export const births = (spans: readonly CapturedSpan[]): CapturedSpan[] =>
  spans.filter(
    (span) => hasFailed(span) && !spans.some((child) => hasFailed(child) && child.parentSpanId === span.spanId),
  );

export {drawTraces};
