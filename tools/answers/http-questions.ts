/** The same questions by way of the HTTP APIs, Weft's and Jaeger's. */
import type {
  SpanGroupsResponse,
  SpanListResponse,
  TraceResponse,
  TraceSearchResponse,
} from '../../server/src/api/contract.ts';
import type {SpanId, TenantId, TraceId, UnixNano} from '../../server/src/base/index.ts';
import {
  environmentIs,
  type GroupKey,
  hasValue,
  kindNames,
  type SpanCondition,
  spanGroupOrders,
  spanOrders,
  statusNames,
  type TraceFilter,
  traceOrders,
  traceOutcomes,
} from '../../server/src/query/index.ts';
import {groupsFault, spanListFault} from './check-spans.ts';
import {outlineFault} from './check-trace.ts';
import {listedTracesFault, traceListFault} from './check-traces.ts';
import {groupKey, keyOf, range} from './generate-filter.ts';
import type {Model} from './model.ts';
import {attributeOf, durationOf, serviceOf} from './model-filter.ts';
import {httpQuestion, type Question, same} from './question.ts';
import type {Random} from './random.ts';
import {type Span, shown} from './span.ts';

type Make = (random: Random, model: Model, tenant: TenantId) => Question;
type Parameters = readonly (readonly [name: string, value: string])[];

const longest = 500;
const address = (path: string, parameters: Parameters): string =>
  `${path}?${parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;

/** `by` and `has` in the words of the API. */
const wordOf = (by: GroupKey): string =>
  by.type === 'field'
    ? by.field
    : /^(\.|(service|operation|kind|status|environment|version)$)/.test(by.key)
      ? `.${by.key}`
      : by.key;

/** The APIs refuse moments of 1970 to 1973 but the first, taking them for another unit. */
function askableRange(random: Random, model: Model, span: Span): {start: UnixNano; end: UnixNano} {
  const {start, end} = range(random, model, span, random.pick(model.spansOf(span.tenant)));
  const least = 10n ** 17n;
  return {start: start < least ? (0n as UnixNano) : start, end: end < least ? (least as UnixNano) : end};
}

interface Asked {
  readonly filter: TraceFilter & {readonly start: UnixNano; readonly end: UnixNano};
  readonly parameters: Parameters;
}

/** A filter, and the parameters that ask for it. */
function askedOf(random: Random, model: Model, tenant: TenantId): Asked {
  const spans = model.spansOf(tenant);
  const span = random.pick(spans);
  const {start, end} = askableRange(random, model, span);
  const parameters: [string, string][] = [
    ['start', `${start}`],
    ['end', `${end}`],
  ];
  const conditions: SpanCondition[] = [];
  const add = (name: string, value: string, condition: SpanCondition): void => {
    parameters.push([name, value]);
    conditions.push(condition);
  };
  const service = random.maybe(0.3, () => shown(serviceOf(span)));
  if (service !== undefined) parameters.push(['service', service]);
  const operation = random.maybe(0.3, () => shown(span.name));
  // An empty parameter is as if it were not there.
  if (operation !== undefined) parameters.push(['operation', operation === '' ? '""' : operation]);
  if (random.chance(0.4)) {
    const key = random.chance(0.1) ? '' : keyOf(random, span);
    const value = shown(attributeOf(span, key) ?? 'a').slice(0, longest);
    const attribute = {type: 'attribute', key, value, of: 'anywhere'} as const;
    const isError = key === 'error' && value === 'true';
    const condition: SpanCondition = isError
      ? {type: 'any', of: [{type: 'status', status: 'error'}, attribute]}
      : attribute;
    add('attribute', `${JSON.stringify(key)}=${value}`, condition);
  }
  if (random.chance(0.2)) {
    const key = keyOf(random, span);
    const value = shown(attributeOf(span, key) ?? 'a').slice(0, longest);
    add('attribute', `${JSON.stringify(key)}!=${value}`, {
      type: 'comparison',
      key,
      operator: '!=',
      value,
      of: 'anywhere',
    });
  }
  if (random.chance(0.2)) {
    const operator = random.pick(['>=', '<=', '>', '<'] as const);
    add('attribute', `n${operator}0.5`, {type: 'comparison', key: 'n', operator, value: '0.5', of: 'anywhere'});
  }
  if (random.chance(0.2)) {
    const kind = random.pick(kindNames);
    if (random.chance(0.5)) add('kind', kind, {type: 'kind', kind});
    else add('notKind', kind, {type: 'not', condition: {type: 'kind', kind}});
  }
  if (random.chance(0.2)) {
    const status = random.pick(statusNames);
    if (random.chance(0.5)) add('status', status, {type: 'status', status});
    else add('notStatus', status, {type: 'not', condition: {type: 'status', status}});
  }
  if (random.chance(0.2)) add('environment', 'prod', environmentIs('prod'));
  if (random.chance(0.2)) {
    const by = groupKey(random, span);
    if (random.chance(0.5)) add('has', wordOf(by), hasValue(by));
    else add('notHas', wordOf(by), {type: 'not', condition: hasValue(by)});
  }
  const minDurationNano = random.maybe(0.2, () => (durationOf(span) > 0n ? durationOf(span) : 1n));
  if (minDurationNano !== undefined) parameters.push(['minDuration', `${minDurationNano}ns`]);
  const outcomes = random.maybe(0.2, () => [random.pick(traceOutcomes)]);
  for (const outcome of outcomes ?? []) parameters.push(['outcome', outcome]);
  return {filter: {start, end, service, operation, conditions, minDurationNano, trace: {outcomes}}, parameters};
}

const weft = '/api/weft/v1';

export const httpMakers: readonly Make[] = [
  (random, model, tenant) => {
    const {filter, parameters} = askedOf(random, model, tenant);
    const [order, limit] = [random.pick(traceOrders), random.pick([1, 20, 1500])];
    const path = address(`${weft}/traces`, [...parameters, ['order', order], ['limit', `${limit}`]]);
    return httpQuestion<TraceSearchResponse>(tenant, path, (now, {traces, more}) =>
      listedTracesFault(
        now,
        tenant,
        {...filter, order, limit},
        {
          traces: traces.map(({startUnixNano, durationNano, ...one}) => ({
            ...one,
            traceId: one.traceId as TraceId,
            start: BigInt(startUnixNano) as UnixNano,
            durationNano: BigInt(durationNano),
          })),
          more,
        },
      ),
    );
  },
  (random, model, tenant) => {
    const {filter, parameters} = askedOf(random, model, tenant);
    const [order, limit] = [random.pick(spanOrders), random.pick([1, 20, 1500])];
    const columns = [...new Set([keyOf(random, random.pick(model.spansOf(tenant))), 'shared'])];
    const path = address(`${weft}/spans`, [
      ...parameters,
      ...columns.map((column) => ['columns', column] as const),
      ['order', order],
      ['limit', `${limit}`],
    ]);
    return httpQuestion<SpanListResponse>(tenant, path, (now, {spans, more}) =>
      spanListFault(
        now,
        tenant,
        {...filter, order, limit, columns},
        {
          spans: spans.map(({startUnixNano, durationNano, ...one}) => ({
            ...one,
            traceId: one.traceId as TraceId,
            spanId: one.spanId as SpanId,
            start: BigInt(startUnixNano) as UnixNano,
            durationNano: BigInt(durationNano),
          })),
          more,
        },
      ),
    );
  },
  (random, model, tenant) => {
    const {filter, parameters} = askedOf(random, model, tenant);
    const [order, limit] = [random.pick(spanGroupOrders), random.pick([1, 1000])];
    const by = groupKey(random, random.pick(model.spansOf(tenant)));
    const path = address(`${weft}/spans/groups`, [
      ...parameters,
      ['by', wordOf(by)],
      ['order', order],
      ['limit', `${limit}`],
    ]);
    return httpQuestion<SpanGroupsResponse>(tenant, path, (now, answer) =>
      groupsFault(
        now,
        tenant,
        {...filter, by, order, limit},
        {
          coveredStart: BigInt(answer.coveredStart) as UnixNano,
          exact: answer.percentiles === 'exact',
          groups: answer.groups.map(({rate: _, ...group}) => group),
          without: answer.without && (({rate: _, ...figures}) => figures)(answer.without),
          others: answer.others,
        },
      ),
    );
  },
  (random, model, tenant) => {
    const id = random.pick(model.spansOf(tenant)).traceId;
    return httpQuestion<TraceResponse>(tenant, `${weft}/traces/${id}`, (now, answer) =>
      outlineFault(now, tenant, id, 1_000_000, {
        ...answer,
        ...answer.spans,
        startUnixNano: BigInt(answer.startUnixNano),
        endUnixNano: BigInt(answer.startUnixNano) + BigInt(answer.durationNano),
        endsBeforeStart: answer.endsBeforeStart ?? [],
        omitted: answer.omitted ?? 0,
      }),
    );
  },
  jaegerTrace,
  jaegerSearch,
];

interface JaegerAnswer {
  readonly data: readonly {
    readonly traceID: string;
    readonly spans: readonly {
      readonly spanID: string;
      readonly operationName: string;
      readonly startTime: number;
      readonly duration: number;
      readonly references: readonly {readonly refType: string; readonly spanID: string; readonly traceID: string}[];
      readonly processID: string;
    }[];
    readonly processes: Readonly<Record<string, {readonly serviceName: string}>>;
  }[];
}

/** Whether Jaeger's form of a trace has every span of it once, as far as both forms say the same. */
function jaegerTraceFault(model: Model, tenant: TenantId, {traceID, spans, processes}: JaegerAnswer['data'][number]) {
  const line = (...parts: readonly unknown[]): string => parts.join(' ');
  const expected = (model.trace(tenant, traceID)?.spans ?? []).map((span: Span) =>
    line(
      span.spanId,
      span.start / 1000n,
      (durationOf(span) > 0n ? durationOf(span) : 0n) / 1000n,
      shown(serviceOf(span)),
      shown(span.name),
    ),
  );
  const got = spans.map((span) =>
    line(...[span.spanID, span.startTime, span.duration, processes[span.processID]?.serviceName, span.operationName]),
  );
  // Copies are those that are equal in Jaeger's form, as its own query service has it.
  return same([...new Set(expected)].sort(), [...new Set(got)].sort());
}

function jaegerTrace(random: Random, model: Model, tenant: TenantId): Question {
  const {traceId} = random.pick(model.spansOf(tenant));
  return httpQuestion<JaegerAnswer>(tenant, `/api/traces/${traceId}?raw=false`, (now, {data}) =>
    data.length === 1 ? jaegerTraceFault(now, tenant, data[0]!) : `${data.length} traces`,
  );
}

/** Newest first, by times in microseconds. */
function jaegerSearch(random: Random, model: Model, tenant: TenantId): Question {
  const spans = model.spansOf(tenant);
  const span = random.pick(spans);
  const {start, end} = askableRange(random, model, span);
  const [from, to] = [start / 1000n, end / 1000n];
  const service = shown(serviceOf(span));
  const key = keyOf(random, span);
  const value = shown(attributeOf(span, key) ?? 'a').slice(0, longest);
  const hasTag = random.chance(0.5) && key !== 'error';
  const limit = random.pick([1, 20, 500]);
  const path = address('/api/traces', [
    ['service', service],
    ['start', `${from}`],
    ['end', `${to}`],
    ['limit', `${limit}`],
    ...(hasTag ? [['tags', JSON.stringify({[key]: value})] as const] : []),
  ]);
  const query = {
    ...{start: (from * 1000n) as UnixNano, end: (to * 1000n) as UnixNano, service, limit},
    conditions: hasTag ? [{type: 'attribute', key, value, of: 'anywhere'} as const] : [],
  };
  return httpQuestion<JaegerAnswer>(tenant, path, (now, {data}) => {
    const faults = data.map((trace) => jaegerTraceFault(now, tenant, trace));
    // It says nothing of more.
    const more =
      spans.length > 0 && traceListFault(now, tenant, query, {ids: data.map(({traceID}) => traceID), more: false});
    return faults.find((fault) => fault !== undefined) ?? (more && /"more"/.test(more) ? undefined : more || undefined);
  });
}
