/** Finding text in a trace: names, services, span ids. */
import type {TraceResponse} from '../api/index.ts';
import type {TraceLayout} from './trace-layout.ts';

/** Spans, in drawing order, whose name or service contains the words of `query` or whose id starts with it. Any case. */
export function findSpans(trace: TraceResponse, layout: TraceLayout, query: string): Int32Array {
  const words = query.trim().toLowerCase().split(/\s+/);
  if (words[0] === '') return new Int32Array(0);
  const id = words.length === 1 && /^[0-9a-f]{4,16}$/.test(words[0]!) ? words[0] : undefined;
  const names = trace.names.map((name) => name.toLowerCase());
  const services = trace.services.map((name) => name.toLowerCase());
  const {name, service, spanId} = trace.spans;
  const known = new Map<number, boolean>();
  const fits = (span: number): boolean => {
    const pair = service[span]! * names.length + name[span]!;
    let answer = known.get(pair);
    if (answer === undefined) {
      const text = `${services[service[span]!]} ${names[name[span]!]}`;
      answer = words.every((word) => text.includes(word));
      known.set(pair, answer);
    }
    return answer || (id !== undefined && spanId[span]!.startsWith(id));
  };
  return layout.order.filter(fits);
}
