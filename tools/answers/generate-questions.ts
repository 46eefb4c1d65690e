/** Questions of every kind to the reader, out of the data. */
import type {SpanId, TenantId, TraceId, UnixNano} from '../../server/src/base/index.ts';
import {
  type FindTerm,
  findOperators,
  kindNames,
  type RedFilter,
  type SpanGroupsQuery,
  type SpanQuery,
  spanGroupOrders,
  spanOrders,
  statusNames,
  type TraceQuery,
  traceOrders,
} from '../../server/src/query/index.ts';
import {pointTimes} from '../../server/src/red/index.ts';
import {
  dependenciesFault,
  keysFault,
  namesFault,
  operationsFault,
  operationsRedFault,
  redAnswerFault,
  servicesFault,
  valuesFault,
} from './check-counts.ts';
import {groupsFault, spanListFault} from './check-spans.ts';
import {
  findFault,
  orphansFault,
  outlineFault,
  spanFault,
  statusesFault,
  tracesFault,
  traceValuesFault,
} from './check-trace.ts';
import {heatmapFault, listedTracesFault, summariesFault, traceListFault} from './check-traces.ts';
import {filterAround, groupKey, keyOf, near, range} from './generate-filter.ts';
import {httpMakers} from './http-questions.ts';
import type {Model} from './model.ts';
import {durationOf, placesOf, serviceOf} from './model-filter.ts';
import {type Question, question} from './question.ts';
import type {Random} from './random.ts';
import {type Span, shown, textOf} from './span.ts';

type Make = (random: Random, model: Model, tenant: TenantId) => Question;

const limits = [1, 2, 5, 20, 1500] as const;
const minute = 60_000_000_000n;
/** Looking for values ends after three seconds with those found by then: of what takes longer nothing is said. */
const wholeMs = 2500;
const someSpan = (random: Random, model: Model, tenant: TenantId): Span => random.pick(model.spansOf(tenant));

/** Ids of the tenant, of another one, and of nobody. */
const someIds = (random: Random, model: Model, tenant: TenantId): TraceId[] => [
  ...new Set([
    ...random.list(1 + random.below(random.pick([1, 5, 40])), () => someSpan(random, model, tenant).traceId as TraceId),
    ...(random.chance(0.2) ? [random.hex(16) as TraceId] : []),
  ]),
];
const oneId = (random: Random, model: Model, tenant: TenantId): TraceId =>
  (random.chance(0.97) ? someSpan(random, model, tenant).traceId : random.hex(16)) as TraceId;

/** By the name that a question is printed with. */
export const makers = {
  findTraces(random, model, tenant) {
    const query: TraceQuery = {
      ...filterAround(random, model, tenant),
      limit: random.pick(limits),
      order: random.maybe(0.6, () => random.pick(traceOrders)),
    };
    return question(
      'findTraces',
      [tenant, query],
      (reader, asked) => reader.findTraces(tenant, query, asked),
      (now, answer) => traceListFault(now, tenant, query, answer),
    );
  },
  listTraces(random, model, tenant) {
    const query: TraceQuery = {
      ...filterAround(random, model, tenant),
      limit: random.pick(limits),
      order: random.pick(traceOrders),
    };
    return question(
      'listTraces',
      [tenant, query],
      (reader, asked) => reader.listTraces(tenant, query, asked),
      (now, answer) => listedTracesFault(now, tenant, query, answer),
    );
  },
  listSpans(random, model, tenant) {
    const query: SpanQuery = {
      ...filterAround(random, model, tenant),
      limit: random.pick(limits),
      order: random.pick(spanOrders),
      columns: [...new Set(random.list(random.below(5), () => keyOf(random, someSpan(random, model, tenant))))],
    };
    return question(
      'listSpans',
      [tenant, query],
      (reader, asked) => reader.listSpans(tenant, query, asked),
      (now, answer) => spanListFault(now, tenant, query, answer),
    );
  },
  spanGroups(random, model, tenant) {
    const query = {
      ...filterAround(random, model, tenant, {ranged: true}),
      by: groupKey(random, someSpan(random, model, tenant)),
      limit: random.pick([1, 3, 100, 1000]),
      order: random.pick(spanGroupOrders),
    } as SpanGroupsQuery;
    return question(
      'spanGroups',
      [tenant, query],
      (reader, asked) => reader.spanGroups(tenant, query, asked),
      (now, answer) => groupsFault(now, tenant, query, answer),
    );
  },
  heatmap(random, model, tenant) {
    const filter = filterAround(random, model, tenant, {ranged: true}) as ReturnType<typeof filterAround> & {
      start: UnixNano;
      end: UnixNano;
    };
    const query = {...filter, columns: 1 + random.below(200)};
    return question(
      'heatmap',
      [tenant, query],
      (reader, asked) => reader.heatmap(tenant, query, asked),
      (now, answer) => heatmapFault(now, tenant, query, answer),
    );
  },
  summaries(random, model, tenant) {
    const ids = someIds(random, model, tenant);
    return question(
      'summaries',
      [tenant, ids],
      (reader, asked) => reader.summaries(tenant, ids, asked),
      (now, answer) => summariesFault(now, tenant, ids, answer),
    );
  },
  orphans(random, model, tenant) {
    const ids = someIds(random, model, tenant);
    return question(
      'orphans',
      [tenant, ids],
      (reader, asked) => reader.orphans(tenant, ids, asked),
      (now, answer) => orphansFault(now, tenant, ids, answer),
    );
  },
  responseStatuses(random, model, tenant) {
    const ids = someIds(random, model, tenant);
    return question(
      'responseStatuses',
      [tenant, ids],
      (reader, asked) => reader.responseStatuses(tenant, ids, asked),
      (now, answer) => statusesFault(now, tenant, ids, answer),
    );
  },
  traces(random, model, tenant) {
    const ids = someIds(random, model, tenant);
    const options = {maxSpans: random.pick([1, 3, 10_000, 10_000]), copies: random.chance(0.3)};
    return question(
      'traces',
      [tenant, ids, options],
      (reader, asked) => reader.traces(tenant, ids, {...asked, ...options}),
      (now, answer) => tracesFault(now, tenant, ids, options, answer),
    );
  },
  span(random, model, tenant) {
    const {traceId, spanId} = someSpan(random, model, tenant);
    const id = random.chance(0.9) ? spanId : random.hex(8);
    return question(
      'span',
      [tenant, traceId, id],
      (reader, asked) => reader.span(tenant, traceId as TraceId, id as SpanId, asked),
      (now, answer) => spanFault(now, tenant, traceId, id, answer),
    );
  },
  outline(random, model, tenant) {
    const id = oneId(random, model, tenant);
    const maxSpans = random.pick([2, 10_000, 10_000]);
    return question(
      'outline',
      [tenant, id, maxSpans],
      (reader, asked) => reader.outline(tenant, id, {...asked, maxSpans}),
      (now, answer) => outlineFault(now, tenant, id, maxSpans, answer),
    );
  },
  findInTrace(random, model, tenant) {
    const span = someSpan(random, model, tenant);
    const terms = random.list(1 + random.below(2), () => findTerm(random, span));
    const limit = random.pick([1, 100_000]);
    const id = span.traceId as TraceId;
    return question(
      'findInTrace',
      [tenant, id, terms, limit],
      (reader, asked) => reader.findInTrace(tenant, id, terms, {...asked, limit}),
      (now, answer) => findFault(now, tenant, id, terms, limit, answer),
    );
  },
  traceValues(random, model, tenant) {
    const span = someSpan(random, model, tenant);
    const key = keyOf(random, span);
    const id = span.traceId as TraceId;
    return question(
      'traceValues',
      [tenant, id, key],
      (reader, asked) => reader.traceValues(tenant, id, key, asked),
      (now, answer) => traceValuesFault(now, tenant, id, key, answer),
    );
  },
  services: (_random, _model, tenant) =>
    question(
      'services',
      [tenant],
      (reader, asked) => reader.services(tenant, asked),
      (now, answer) => servicesFault(now, tenant, answer),
    ),
  operations(random, model, tenant) {
    const service = near(random, serviceOf(someSpan(random, model, tenant)));
    return question(
      'operations',
      [tenant, service],
      (reader, asked) => reader.operations(tenant, service, asked),
      (now, answer) => operationsFault(now, tenant, service, answer),
    );
  },
  attributeKeys(random, model, tenant) {
    const service = random.maybe(0.6, () => near(random, serviceOf(someSpan(random, model, tenant))));
    return question(
      'attributeKeys',
      [tenant, service],
      (reader, asked) => reader.attributeKeys(tenant, service, asked),
      (now, answer) => keysFault(now, tenant, service, answer),
    );
  },
  attributeValues(random, model, tenant) {
    const span = someSpan(random, model, tenant);
    const one = random.pick([...span.attributes, ...span.resource.attributes, ...span.attributes]);
    const query = {
      // Of a text that is not UTF-8 a beginning has no meaning.
      key: (one === undefined || /[\udc80-\udcff]/.test(one.key) ? '' : near(random, one.key)) || 'shared',
      service: random.maybe(0.3, () => near(random, serviceOf(span))),
      prefix:
        random.chance(0.5) || one === undefined
          ? ''
          : shown(textOf(one.value)).slice(0, random.below(3)).replaceAll('\uFFFD', ''),
      limit: random.pick([1, 5, 1000]),
    };
    return question(
      'attributeValues',
      [tenant, query],
      async (reader, asked) => {
        const begin = performance.now();
        const values = await reader.attributeValues(tenant, query, asked);
        return {values, isWhole: performance.now() - begin < wholeMs};
      },
      (now, {values, isWhole}) => (isWhole ? valuesFault(now, tenant, query, values) : undefined),
    );
  },
  findNames(random, model, tenant) {
    const span = someSpan(random, model, tenant);
    const name = shown(random.pick([serviceOf(span), span.name, 'cart', 'ORDERS', 'http.', 'wide.1'])).replaceAll(
      '\uFFFD',
      '',
    );
    const from = random.below(Math.max(1, name.length - 1));
    const text = random.chance(0.5) ? name : name.slice(from, from + 1 + random.below(4));
    return question(
      'findNames',
      [tenant, text],
      (reader, asked) => reader.findNames(tenant, text, asked),
      (now, answer) => namesFault(now, tenant, text, answer),
    );
  },
  red(random, model, tenant) {
    const filter = redFilter(random, model, tenant);
    const points = random.maybe(0.5, () => pointTimes(filter, 1 + random.below(60)));
    return question(
      'red',
      [tenant, filter, points],
      (reader, asked) => reader.red(tenant, filter, {...asked, points}),
      (now, answer) => redAnswerFault(now, tenant, filter, points, answer),
    );
  },
  operationsRed(random, model, tenant) {
    const service = near(random, serviceOf(someSpan(random, model, tenant)));
    const filter = {...redFilter(random, model, tenant), service};
    return question(
      'operationsRed',
      [tenant, filter],
      (reader, asked) => reader.operationsRed(tenant, filter, asked),
      (now, answer) => operationsRedFault(now, tenant, filter, answer),
    );
  },
  dependencies(random, model, tenant) {
    const both = range(random, model, someSpan(random, model, tenant), someSpan(random, model, tenant));
    const all = {start: 0n as UnixNano, end: (2n ** 62n) as UnixNano};
    const times = random.chance(0.4) ? all : both;
    return question(
      'dependencies',
      [tenant, times],
      (reader, asked) => reader.dependencies(tenant, times, asked),
      (now, answer) => dependenciesFault(now, tenant, times, answer),
    );
  },
} as const satisfies Readonly<Record<string, Make>>;

/** Rates are asked for from the beginning of a minute on. */
function redFilter(random: Random, model: Model, tenant: TenantId): RedFilter {
  const span = someSpan(random, model, tenant);
  const {start, end} = range(random, model, span, someSpan(random, model, tenant));
  return {
    start: (start - (start % minute)) as UnixNano,
    end: random.chance(0.5) ? ((end + minute - (end % minute)) as UnixNano) : end,
    service: random.maybe(0.3, () => near(random, serviceOf(span))),
    kind: random.maybe(0.3, () => random.pick(kindNames)),
    environment: random.maybe(0.3, () => random.pick(['prod', 'staging', 'Prod', '', 'nobody'])),
    version: random.maybe(0.3, () => random.pick(['1.0', '1.1', '1', '', 'nobody'])),
  };
}

function findTerm(random: Random, span: Span): FindTerm {
  const not = random.chance(0.4);
  const attributes = placesOf(span)
    .flat()
    .filter(({key}) => key !== '');
  const one = attributes.length === 0 ? undefined : random.pick(attributes);
  const key = shown(one?.key ?? 'shared').slice(0, 1000);
  const value = shown(one === undefined ? 'a' : textOf(one.value)).slice(0, 1000);
  const word = shown(
    random.pick([span.name, serviceOf(span), key, value, span.statusMessage, span.spanId, 'a', 'ERROR']),
  );
  const words = word.replaceAll('\uFFFD', '');
  const operator = random.pick(['>=', '<=', '>', '<'] as const);
  return random.pick<FindTerm>([
    {type: 'word', word: (random.chance(0.5) ? words : words.slice(1, 5).toUpperCase()) || 'x'},
    {type: random.pick(['is', 'isNot']), key, value: near(random, value)},
    {
      type: 'number',
      key: random.pick(['n', 'http.response.status_code', key]),
      operator,
      value: random.pick([0, 500, -1.5]),
    },
    {type: 'duration', operator: random.pick(findOperators), nanos: random.pick([durationOf(span), 1_000_000n, 0n])},
    {type: 'status', not, status: random.pick(statusNames)},
    {type: 'kind', not, kind: random.pick(kindNames)},
    {type: 'field', not, field: 'service', value: near(random, serviceOf(span))},
    {type: 'field', not, field: 'operation', value: near(random, span.name)},
    {type: 'has', not, key},
  ]);
}

/** Of every kind in turn, to one of the tenants; below one round some kinds are left out. */
export function* questions(
  random: Random,
  model: Model,
  tenants: readonly TenantId[],
  rounds: number,
): Generator<Question> {
  const asked = tenants.filter((tenant) => model.spansOf(tenant).length > 0);
  const share = rounds / Math.ceil(rounds);
  for (let round = 0; round < rounds; round++) {
    for (const make of [...(Object.values(makers) as readonly Make[]), ...httpMakers]) {
      if (random.chance(share)) yield make(random, model, random.pick(asked));
    }
  }
}
