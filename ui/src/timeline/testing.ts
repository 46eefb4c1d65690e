/** Small traces for tests, written as a list of spans. */
import type {TraceResponse} from '../api/index.ts';

export interface SpanSketch {
  readonly id: string;
  readonly parent?: string;
  readonly start: number;
  readonly end: number;
  readonly service?: string;
  readonly name?: string;
  /** 0 unspecified, 1 internal (default), 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind?: number;
  readonly host?: string;
  readonly error?: boolean;
}

/** The response that the API gives for these spans. */
export function traceOf(...sketches: readonly SpanSketch[]): TraceResponse {
  const spans = [...sketches].sort((a, b) => a.start - b.start);
  const services = [...new Set(spans.map((span) => span.service ?? 'shop'))];
  const hosts = [...new Set(spans.map((span) => span.host ?? ''))];
  const names = [...new Set(spans.map((span) => span.name ?? span.id))];
  return {
    traceId: `${'0'.repeat(31)}1`,
    startUnixNano: '1767323045000000000',
    durationNano: String(Math.max(...spans.map((span) => span.end))),
    services,
    names,
    hosts,
    spans: {
      spanId: spans.map((span) => span.id),
      parentSpanId: spans.map((span) => span.parent ?? ''),
      service: spans.map((span) => services.indexOf(span.service ?? 'shop')),
      name: spans.map((span) => names.indexOf(span.name ?? span.id)),
      host: spans.map((span) => hosts.indexOf(span.host ?? '')),
      kind: spans.map((span) => span.kind ?? 1),
      status: spans.map((span) => (span.error ? 2 : 0)),
      start: spans.map((span) => span.start),
      duration: spans.map((span) => span.end - span.start),
      events: spans.map(() => 0),
      links: spans.map(() => 0),
    },
  };
}

/** A random tree of `count` spans from a seed; some orphans, repeated ids and rings when `broken`. */
export function randomTrace(seed: number, count: number, broken: boolean): TraceResponse {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const sketches: SpanSketch[] = [];
  for (let i = 0; i < count; i++) {
    const start = random(1000);
    const parent =
      i === 0 ? undefined : broken && random(8) === 0 ? `gone${random(3)}` : `s${broken ? random(count) : random(i)}`;
    sketches.push({
      id: broken && random(20) === 0 ? `s${random(count)}` : `s${i}`,
      start,
      end: start + random(500),
      name: `op${random(5)}`,
      service: `svc${random(3)}`,
      error: random(10) === 0,
      ...(parent === undefined ? {} : {parent}),
    });
  }
  return traceOf(...sketches);
}
