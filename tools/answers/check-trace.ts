/** What is asked of one trace, or of some by their ids, against the plain reading. */
import type {TenantId, TraceId} from '../../server/src/base/index.ts';
import type {SpanBatch} from '../../server/src/model/index.ts';
import {spansAsObjects} from '../../server/src/model/testing.ts';
import {
  type FindTerm,
  type FoundSpans,
  type ResponseStatus,
  responseStatus,
  type TraceOutline,
  type TraceValue,
} from '../../server/src/query/index.ts';
import {earliest, isRoot, type Model} from './model.ts';
import {compares, durationOf, holds, placesOf, serviceOf, shownDuration, valueIn} from './model-filter.ts';
import {comparable, descending, firstFault, same, sameFirst} from './question.ts';
import {canonical, noParent, type Span, shown, textOf} from './span.ts';

const byStart = (a: Span, b: Span): number =>
  -descending(a.start, b.start) || (a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0);

/** As `spansAsObjects` has it: every text as it is shown. */
export function whole(span: Span) {
  const {tenant: _, ...rest} = span;
  return JSON.parse(canonical(rest), (_key, value) => (typeof value === 'string' ? shown(value) : value)) as unknown;
}

const rankOf = (span: {readonly start: bigint; readonly spanId: string}) => [span.start, span.spanId];

/** Spans of the traces with everything that was sent. */
export function tracesFault(
  model: Model,
  tenant: TenantId,
  ids: readonly string[],
  {maxSpans, copies}: {readonly maxSpans: number; readonly copies: boolean},
  answer: SpanBatch | undefined,
): string | undefined {
  const traces = [...new Set(ids)].flatMap((id) => model.trace(tenant, id) ?? []);
  const expected = traces.flatMap((trace) => (copies ? trace.sent : trace.spans)).sort(byStart);
  return sameFirst(
    expected.map((span) => ({rank: rankOf(span), value: whole(span)})),
    (answer === undefined ? [] : spansAsObjects(answer)).map((span) => ({rank: rankOf(span), value: span})),
    maxSpans,
  );
}

export function spanFault(
  model: Model,
  tenant: TenantId,
  id: string,
  spanId: string,
  answer: SpanBatch | undefined,
): string | undefined {
  const spans = (model.trace(tenant, id)?.spans ?? []).filter((span) => span.spanId === spanId).sort(byStart);
  return sameFirst(
    spans.map((span) => ({rank: rankOf(span), value: whole(span)})),
    (answer === undefined ? [] : spansAsObjects(answer)).map((span) => ({rank: rankOf(span), value: span})),
    1,
  );
}

/** The value that tells one machine from another, out of the resource. */
function hostOf(span: Span): string {
  for (const key of ['host.id', 'host.ip', 'host.name']) {
    const found = span.resource.attributes.find((one) => one.key === key)?.value;
    if (found?.type === 'string') return found.value;
    if (found === undefined || key !== 'host.ip') {
      if (found !== undefined) return '';
      continue;
    }
    const first = found.type === 'array' ? found.value[0] : undefined;
    if (first !== undefined) return first.type === 'string' ? first.value : '';
  }
  return '';
}

export function outlineFault(
  model: Model,
  tenant: TenantId,
  id: string,
  maxSpans: number,
  answer: TraceOutline | undefined,
): string | undefined {
  const trace = model.trace(tenant, id);
  if (trace === undefined || answer === undefined) return same(trace?.id, answer && id);
  const expected = trace.spans.toSorted(byStart);
  const entry = (span: Span) => ({
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === noParent ? '' : span.parentSpanId,
    service: shown(serviceOf(span)),
    name: shown(span.name),
    host: shown(hostOf(span)),
    kind: span.kind,
    status: span.statusCode,
    start: Number(span.start - (expected[0] as Span).start),
    duration: Number(shownDuration(span)),
    events: span.events.length,
    links: span.links.length,
    endsBefore: durationOf(span) < 0n ? Number(-durationOf(span)) : undefined,
  });
  const before = new Map(answer.endsBeforeStart.map(([at, nanos]) => [at, nanos]));
  const got = answer.spanId.map((spanId, i) => ({
    spanId,
    parentSpanId: answer.parentSpanId[i],
    service: answer.services[answer.service[i] as number],
    name: answer.names[answer.name[i] as number],
    host: answer.hosts[answer.host[i] as number],
    kind: answer.kind[i],
    status: answer.status[i],
    start: answer.start[i],
    duration: answer.duration[i],
    events: answer.events[i],
    links: answer.links[i],
    endsBefore: before.get(i),
  }));
  const rank = (one: {readonly start: number | undefined; readonly spanId: string}) => [one.start, one.spanId];
  const omitted = Math.max(0, expected.length - maxSpans);
  return firstFault(
    sameFirst(
      expected.map(entry).map((value) => ({rank: rank(value), value})),
      got.map((value) => ({rank: rank(value), value})),
      maxSpans,
    ),
    same({start: trace.start, omitted}, {start: answer.startUnixNano, omitted: answer.omitted}),
    // Of a part, the end is that of the part.
    omitted > 0 ? undefined : same(trace.start + trace.duration, answer.endUnixNano),
  );
}

const contains = (text: string, word: string): boolean => shown(text).toLowerCase().includes(word.toLowerCase());

function termHolds(span: Span, term: FindTerm): boolean {
  switch (term.type) {
    case 'word': {
      const {word} = term;
      return (
        [span.name, serviceOf(span), span.statusMessage, span.scope.name].some((text) => contains(text, word)) ||
        placesOf(span).some((place) =>
          place.some(({key, value}) => contains(key, word) || contains(textOf(value), word)),
        ) ||
        span.events.some(({name}) => contains(name, word)) ||
        span.links.some(({traceId}) => traceId === word.toLowerCase()) ||
        (/^[0-9a-f]{4,16}$/i.test(word) && span.spanId.startsWith(word.toLowerCase()))
      );
    }
    case 'is':
      return holds(span, {type: 'attribute', key: term.key, value: term.value, of: 'anywhere'});
    case 'isNot':
      return holds(span, {type: 'comparison', key: term.key, operator: '!=', value: term.value, of: 'anywhere'});
    case 'number':
      return holds(span, {
        ...{type: 'comparison', key: term.key, operator: term.operator},
        ...{value: String(term.value), of: 'anywhere'},
      });
    case 'duration': {
      const [duration, nanos] = [durationOf(span), term.nanos];
      if (term.operator === '=') return duration === nanos;
      return term.operator === '!=' ? duration !== nanos : compares(`${duration}`, term.operator, `${nanos}`);
    }
    case 'status':
      return holds(span, {type: 'status', status: term.status}) !== term.not;
    case 'kind':
      return holds(span, {type: 'kind', kind: term.kind}) !== term.not;
    case 'field':
      return holds(span, {type: 'field', field: term.field, value: term.value}) !== term.not;
    case 'has':
      return holds(span, {type: 'key', key: term.key, of: 'anywhere'}) !== term.not;
  }
}

export function findFault(
  model: Model,
  tenant: TenantId,
  id: string,
  terms: readonly FindTerm[],
  limit: number,
  answer: FoundSpans | undefined,
): string | undefined {
  const trace = model.trace(tenant, id);
  if (trace === undefined || answer === undefined) return same(trace?.id, answer && id);
  const found = trace.spans.filter((span) => terms.every((term) => termHolds(span, term))).sort(byStart);
  const ids = [...new Set(found.map(({spanId}) => spanId))];
  return same({spanIds: ids.slice(0, limit), total: ids.length}, answer);
}

/** The span's own value, else that of its resource, else that of its scope. */
export function traceValuesFault(
  model: Model,
  tenant: TenantId,
  id: string,
  key: string,
  answer: readonly TraceValue[],
): string | undefined {
  const beginning = (text: string): string => comparable([...shown(text)].slice(0, 200).join(''));
  /** By span id: more than one where spans that differ have one id. */
  const values = new Map<string, Set<string>>();
  for (const span of model.trace(tenant, id)?.spans ?? []) {
    const value = [span.attributes, span.resource.attributes, span.scope.attributes]
      .map((place) => valueIn(place, key))
      .find((one) => one !== undefined);
    if (value === undefined) continue;
    values.set(span.spanId, (values.get(span.spanId) ?? new Set()).add(beginning(value)));
  }
  const got = answer.flatMap(({value, spanIds}) => spanIds.map((spanId) => ({spanId, value: comparable(value)})));
  const wrong = got.filter(({spanId, value}) => values.get(spanId)?.has(value) !== true);
  const counts = answer.map(({spanIds}) => spanIds.length);
  return firstFault(
    same([...values.keys()].sort(), got.map(({spanId}) => spanId).sort()),
    same([], wrong),
    same(
      counts.toSorted((a, b) => b - a),
      counts,
    ),
    same(new Set(answer.map(({value}) => value)).size, answer.length),
  );
}

export function orphansFault(
  model: Model,
  tenant: TenantId,
  ids: readonly TraceId[],
  answer: ReadonlyMap<string, number>,
): string | undefined {
  const counts = new Map(ids.map((id) => [id as string, model.trace(tenant, id)?.orphans.length ?? 0]));
  const lines = (map: ReadonlyMap<string, number>): string[] =>
    [...map]
      .filter(([, count]) => count > 0)
      .map((one) => one.join(' '))
      .sort();
  return same(lines(counts), lines(answer));
}

export function statusesFault(
  model: Model,
  tenant: TenantId,
  ids: readonly TraceId[],
  answer: ReadonlyMap<TraceId, ResponseStatus>,
): string | undefined {
  return firstFault(
    ...ids.map((id) => {
      const roots = earliest((model.trace(tenant, id)?.spans ?? []).filter(isRoot));
      const expected = roots.map((root) => responseStatus((key) => valueIn(root.attributes, key)));
      const faults = expected.map((one) => same(one, answer.get(id)));
      return roots.length === 0 ? same(undefined, answer.get(id)) : faults.includes(undefined) ? undefined : faults[0];
    }),
    same(
      [],
      [...answer.keys()].filter((id) => !ids.includes(id)),
    ),
  );
}
