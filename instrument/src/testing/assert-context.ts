import assert from 'node:assert/strict';
import type {CapturedSpan} from './captured.ts';
import {drawTraces} from './span-store.ts';

/** `child` is in `parent`'s trace, directly under it. */
export function assertChildOf(child: CapturedSpan, parent: CapturedSpan): void {
  assert.ok(
    child.traceId === parent.traceId && child.parentSpanId === parent.spanId,
    `expected "${child.name}" to be a child of "${parent.name}":\n${drawTraces([parent, child])}`,
  );
}

/** `span` links to `target` (follows from it) without being its child. */
export function assertLinkedTo(span: CapturedSpan, target: CapturedSpan): void {
  assert.ok(
    span.links.some(({traceId, spanId}) => traceId === target.traceId && spanId === target.spanId),
    `expected "${span.name}" to link to "${target.name}"; it has ${span.links.length} links`,
  );
}

/**
 * The spans form a call chain: each is a descendant of the one before, all in one trace. Names must be unique within
 * the trace of the first. Spans in between (middleware, connection pools) may be left out.
 *
 * @example assertChain(received.spans, ['POST /checkout', 'orders.Orders/Create', 'POST /reserve']);
 */
export function assertChain(spans: readonly CapturedSpan[], names: readonly string[]): void {
  const [first, ...rest] = names;
  const tops = spans.filter(({name}) => name === first);
  assert.ok(tops.length > 0, `no span "${first}" in\n${drawTraces(spans)}`);
  const holds = tops.some((top) => {
    let above = top;
    return rest.every((name) => {
      const next = spans.find((span) => span.name === name && isDescendant(spans, span, above));
      if (next !== undefined) above = next;
      return next !== undefined;
    });
  });
  assert.ok(holds, `expected the chain ${names.join(' → ')} in\n${drawTraces(spans)}`);
}

/** No span of these lost its parent: where one names a parent, the parent is there. */
export function assertNoOrphans(spans: readonly CapturedSpan[]): void {
  const known = new Set(spans.map(({spanId}) => spanId));
  const orphans = spans.filter(({parentSpanId}) => parentSpanId !== undefined && !known.has(parentSpanId));
  assert.equal(orphans.length, 0, `spans without their parent:\n${drawTraces(spans)}`);
}

/** The headers that a downstream received carry the context of `span`: the next service becomes its child. */
export function assertContextSent(headers: Readonly<Record<string, unknown>>, span: CapturedSpan): void {
  const sent = String(headers.traceparent ?? '(no traceparent)');
  const [, traceId, spanId] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(sent) ?? [];
  assert.ok(
    traceId === span.traceId && spanId === span.spanId,
    `expected the downstream to receive the context of "${span.name}" (${span.traceId}, ${span.spanId}), it received ${sent}`,
  );
}

function isDescendant(spans: readonly CapturedSpan[], span: CapturedSpan, above: CapturedSpan): boolean {
  for (let at: CapturedSpan | undefined = span; at !== undefined; ) {
    const {parentSpanId, traceId}: CapturedSpan = at;
    if (traceId !== above.traceId) return false;
    if (parentSpanId === above.spanId) return true;
    at = spans.find((one) => one.traceId === traceId && one.spanId === parentSpanId);
  }
  return false;
}
