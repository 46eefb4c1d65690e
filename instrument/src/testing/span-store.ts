import {setTimeout as sleep} from 'node:timers/promises';
import type {CapturedSpan} from './captured.ts';
import {waitMillis} from './wait.ts';

/** A span by its exact name, or by whatever a function says. */
export type SpanMatch = string | ((span: CapturedSpan) => boolean);

/** Spans as they finish, and ways to find them. Failures print the traces, drawn as trees. */
export type SpanStore = {
  readonly spans: readonly CapturedSpan[];
  all(match: SpanMatch): CapturedSpan[];
  /** The one span that matches; throws when there is none or more than one. */
  one(match: SpanMatch): CapturedSpan;
  /** Waits until at least `count` spans match (default 1; 5 s at most, or what `WEFT_TESTING_WAIT_MILLIS` says) and returns the first. */
  waitFor(
    match: SpanMatch,
    options?: {readonly count?: number; readonly timeoutMillis?: number},
  ): Promise<CapturedSpan>;
  /** The traces as indented trees, for messages. */
  tree(): string;
  clear(): void;
};

export function createSpanStore(): SpanStore & {add(span: CapturedSpan): void} {
  const spans: CapturedSpan[] = [];
  const all = (match: SpanMatch): CapturedSpan[] =>
    spans.filter(typeof match === 'string' ? ({name}) => name === match : match);
  const what = (match: SpanMatch): string => (typeof match === 'string' ? `span "${match}"` : 'span that matches');
  return {
    spans,
    all,
    one(match) {
      const found = all(match);
      if (found.length === 1) return found[0]!;
      throw new Error(`expected one ${what(match)}, found ${found.length} in\n${drawTraces(spans)}`);
    },
    async waitFor(match, {count = 1, timeoutMillis = waitMillis(5_000)} = {}) {
      const deadline = performance.now() + timeoutMillis;
      for (;;) {
        const found = all(match);
        if (found.length >= count) return found[0]!;
        if (performance.now() > deadline) {
          throw new Error(
            `waited ${timeoutMillis} ms for ${count} ${what(match)}, found ${found.length} in\n${drawTraces(spans)}`,
          );
        }
        await sleep(10);
      }
    },
    tree: () => drawTraces(spans),
    clear: () => void spans.splice(0),
    add: (span) => void spans.push(span),
  };
}

/** Every trace as an indented tree: `service: name (kind, status)`. A span whose parent is missing is marked `orphan`. */
export function drawTraces(spans: readonly CapturedSpan[]): string {
  const known = new Set(spans.map(({spanId}) => spanId));
  const lines: string[] = [];
  const draw = (span: CapturedSpan, depth: number): void => {
    const orphan = span.parentSpanId !== undefined && !known.has(span.parentSpanId) ? ', orphan' : '';
    const status = span.status === 'unset' ? '' : `, ${span.status}`;
    lines.push(`${'  '.repeat(depth)}${span.service}: ${span.name} (${span.kind}${status}${orphan})`);
    const children = spans.filter(({parentSpanId}) => parentSpanId === span.spanId);
    for (const child of children.sort((a, b) => Number(a.start - b.start))) draw(child, depth + 1);
  };
  for (const traceId of new Set(spans.map((span) => span.traceId))) {
    lines.push(`trace ${traceId}`);
    const tops = spans.filter(
      (span) => span.traceId === traceId && (span.parentSpanId === undefined || !known.has(span.parentSpanId)),
    );
    for (const top of tops) draw(top, 1);
  }
  return lines.length === 0 ? '(no spans)' : lines.join('\n');
}
