/** What is usual of the operation that a trace begins with, from the hours before it. */
import {unixNano} from '../base/index.ts';
import {type Anatomy, dissect, failedAtRoot, leastUsual, type Shape, shapeOfTraces, stepsOf} from '../insight/index.ts';
import {type Asking, sampleTraces} from './sample-traces.ts';

const hour = 3_600_000_000_000n;
const latest = 2n ** 63n - 1n;

export interface UsualTraces {
  readonly shape: Shape;
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Of the same root, or of the span with which a trace without a root begins, wherever in other traces it stands. Traces that failed
 * are not what is usual. Where the hours before have too few, those after count too.
 */
export async function usualTraces(
  anatomy: Anatomy,
  {hours, most}: {readonly hours: number; readonly most: number},
  asking: Asking,
): Promise<UsualTraces> {
  const {trace, root} = anatomy;
  const service = trace.services[trace.spans.service[root]!]!;
  const operation = trace.names[trace.spans.name[root]!]!;
  const rooted = trace.spans.parentSpanId[root] === '';
  const span = BigInt(hours) * hour;
  const began = trace.startUnixNano;
  const start = began > span ? began - span : 0n;
  const within = async (end: bigint): Promise<UsualTraces> => {
    const query = {service, operation, conditions: [], start: unixNano(start), end: unixNano(end)};
    const {traces} = await sampleTraces(query, most, asking);
    const steps = traces.flatMap((batch) => {
      const one = dissect(batch);
      if (one.trace.traceId === trace.traceId || failedAtRoot(one)) return [];
      const top = topOf(one, {service, operation, rooted});
      return top === undefined ? [] : [stepsOf(one, top)];
    });
    return {shape: shapeOfTraces(steps), start, end};
  };
  const before = await within(began);
  const after = began + span;
  return before.shape.count >= leastUsual ? before : within(after > latest ? latest : after);
}

/** The root, where it is of that operation; of a trace that begins elsewhere the first span that is. */
function topOf(
  {trace, root}: Anatomy,
  {service, operation, rooted}: {service: string; operation: string; rooted: boolean},
): number | undefined {
  const {spans, services, names} = trace;
  const fits = (span: number): boolean =>
    services[spans.service[span]!] === service && names[spans.name[span]!] === operation;
  if (rooted) return root >= 0 && spans.parentSpanId[root] === '' && fits(root) ? root : undefined;
  return trace.tree.order.find(fits);
}
