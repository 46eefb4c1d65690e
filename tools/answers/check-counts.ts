/**
 * Names, values, rates and calls against the plain reading. Copies are counted: they are of what arrived. Names, rates and calls count
 * those that were sampled out too.
 */
import type {TenantId} from '../../server/src/base/index.ts';
import type {
  Call,
  FoundNames,
  OperationsRed,
  Red,
  RedFigures,
  RedFilter,
  SpanKindName,
  TimeRange,
} from '../../server/src/query/index.ts';
import {environmentIs, kindNames} from '../../server/src/query/index.ts';
import {durationStep, type PointTimes, servingKinds, stepBound, stepMillis} from '../../server/src/red/index.ts';
import {earliestStart} from './check-spans.ts';
import {isRoot, type Model} from './model.ts';
import {durationOf, failed, holds, isText, kindOf, serviceOf} from './model-filter.ts';
import {probabilityOf, sumOfWeights, weightOf} from './model-weight.ts';
import {comparable, firstFault, same, sameFirst} from './question.ts';
import {bytesOf, type Span, shown, textOf} from './span.ts';

const byBytes = (a: string, b: string): number => Buffer.compare(bytesOf(a), bytesOf(b));

/** Spans by a text of each. */
function groupBy(spans: readonly Span[], keyOf: (span: Span) => string): Map<string, Span[]> {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const key = keyOf(span);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  return groups;
}

export interface NameCount {
  readonly name: string;
  readonly spans: number;
}

export function servicesFault(model: Model, tenant: TenantId, answer: readonly NameCount[]): string | undefined {
  const expected = [...groupBy(model.spansOf(tenant), serviceOf)].sort(([a], [b]) => byBytes(a, b));
  return same(
    expected.map(([name, spans]) => ({name: shown(name), spans: sumOfWeights(spans)})),
    answer,
  );
}

/** Of the spans by name and number of kind, the names in order. */
const byOperation = (spans: readonly Span[]) =>
  [...groupBy(spans, ({name, kind}) => `${String(kind).padStart(3)} ${name}`).values()]
    .map((list) => ({first: list[0] as Span, list}))
    .sort((a, b) => byBytes(a.first.name, b.first.name) || a.first.kind - b.first.kind);

export function operationsFault(
  model: Model,
  tenant: TenantId,
  service: string,
  answer: readonly (NameCount & {kind: string})[],
): string | undefined {
  const spans = model.spansOf(tenant).filter((span) => isText(serviceOf(span), service));
  return same(
    byOperation(spans).map(({first, list}) => ({
      name: shown(first.name),
      kind: kindOf(first),
      spans: sumOfWeights(list),
    })),
    answer.map(({name, kind, spans}) => ({name, kind, spans})),
  );
}

export interface KeyCount {
  readonly key: string;
  readonly of: 'span' | 'resource';
  readonly spans: number;
}

/** Every key of spans and of their resources, the most frequent first. */
function keyCounts(spans: readonly Span[]): KeyCount[] {
  const counts = new Map<string, KeyCount>();
  const add = (key: string, of: KeyCount['of']): void => {
    const at = `${of} ${key}`;
    counts.set(at, {key, of, spans: (counts.get(at)?.spans ?? 0) + 1});
  };
  for (const span of spans) {
    for (const {key} of span.attributes) add(key, 'span');
    for (const {key} of span.resource.attributes) add(key, 'resource');
  }
  return [...counts.values()].sort((a, b) => b.spans - a.spans || byBytes(a.key, b.key));
}

const rankedKeys = (counts: readonly KeyCount[]) =>
  counts.map((one) => ({rank: one.spans, value: {...one, key: shown(one.key)}}));

const maxKeys = 1000;

export function keysFault(
  model: Model,
  tenant: TenantId,
  service: string | undefined,
  answer: readonly KeyCount[],
): string | undefined {
  const spans = model.spansOf(tenant).filter((span) => service === undefined || isText(serviceOf(span), service));
  return sameFirst(
    rankedKeys(keyCounts(spans)),
    answer.map((value) => ({rank: value.spans, value})),
    maxKeys,
  );
}

export interface ValuesQuery {
  readonly key: string;
  readonly service: string | undefined;
  readonly prefix: string;
  readonly limit: number;
}

export function valuesFault(
  model: Model,
  tenant: TenantId,
  {key, service, prefix, limit}: ValuesQuery,
  answer: readonly {value: string; spans: number}[],
): string | undefined {
  const counts = new Map<string, number>();
  for (const span of model.spansOf(tenant)) {
    if (service !== undefined && !isText(serviceOf(span), service)) continue;
    for (const place of [span.attributes, span.resource.attributes]) {
      const found = place.find((one) => one.key === key);
      if (found === undefined || !textOf(found.value).startsWith(prefix)) continue;
      counts.set(textOf(found.value), (counts.get(textOf(found.value)) ?? 0) + 1);
    }
  }
  const expected = [...counts].sort(([, a], [, b]) => b - a).map(([value, spans]) => ({value: shown(value), spans}));
  return sameFirst(
    expected.map((value) => ({rank: value.spans, value})),
    answer.map((value) => ({rank: value.spans, value})),
    limit,
  );
}

/** How well a name fits a text that is looked for: the less the better; -1 where it does not contain it. */
function findRank(name: string, text: string): number {
  const [whole, wanted] = [name.toLowerCase(), text.toLowerCase()];
  const at = whole.indexOf(wanted);
  if (at <= 0 || wanted === '') return at < 0 ? -1 : whole.length === wanted.length ? 0 : 1;
  return /[^\p{L}\p{N}]/u.test(whole[at - 1] as string) ? 2 : 3;
}

const maxFound = 20;

export function namesFault(model: Model, tenant: TenantId, text: string, answer: FoundNames): string | undefined {
  const spans = model.spansOf(tenant);
  const ranked = <T extends {spans: number}>(list: readonly T[], nameOf: (one: T) => string) =>
    list
      .map((value) => ({rank: [findRank(nameOf(value), text), -value.spans], value}))
      .filter(({rank}) => (rank[0] as number) >= 0)
      .sort((a, b) => (a.rank[0] as number) - (b.rank[0] as number) || (a.rank[1] as number) - (b.rank[1] as number));
  const services = [...groupBy(spans, serviceOf)].map(([name, list]) => ({
    name: shown(name),
    spans: sumOfWeights(list),
  }));
  const operations = [...groupBy(spans, serviceOf)].flatMap(([service, list]) =>
    byOperation(list).map(({first, list: some}) => ({
      service: shown(service),
      name: shown(first.name),
      kind: kindOf(first),
      spans: sumOfWeights(some),
    })),
  );
  const keys = rankedKeys(keyCounts(spans).slice(0, maxKeys)).map(({value}) => value);
  // Beyond a thousand keys it is open which of the rarest are known.
  const allKeys = keys.length < maxKeys;
  return firstFault(
    sameFirst(
      ranked(services, ({name}) => name),
      ranked(answer.services, ({name}) => name),
      maxFound,
    ),
    sameFirst(
      ranked(operations, ({name}) => name),
      ranked(answer.operations, ({name}) => name),
      maxFound,
    ),
    allKeys
      ? sameFirst(
          ranked(keys, ({key}) => key),
          ranked(answer.attributes, ({key}) => key),
          maxFound,
        )
      : undefined,
  );
}

const minute = 60_000_000_000n;

/** Spans of the minutes that begin in the range, with what else is asked for. */
function counted(model: Model, tenant: TenantId, {start, end, service, kind, environment, version}: RedFilter): Span[] {
  const conditions = [
    ...(environment === undefined ? [] : [environmentIs(environment)]),
    ...(version === undefined
      ? []
      : [{type: 'attribute', key: 'service.version', value: version, of: 'resource'} as const]),
  ];
  return model.spansOf(tenant).filter((span) => {
    const began = span.start - (span.start % minute);
    return (
      began >= start &&
      began < end &&
      (service === undefined || isText(serviceOf(span), service)) &&
      (kind === undefined || kindNames[span.kind] === kind) &&
      conditions.every((condition) => holds(span, condition))
    );
  });
}

/** Of steps of the histogram. Where a duration lies at the end of one, rounding may put it into the next: then either is right. */
function redFault(spans: readonly Span[], name: string, answer: RedFigures | undefined): string | undefined {
  if (answer === undefined) return `${name}: not answered`;
  const expected = (factor: number) => {
    const steps = spans
      .map((span) => ({
        step: durationStep(BigInt(Math.round(Number(durationOf(span)) * factor))),
        weight: weightOf(span),
      }))
      .sort((a, b) => a.step - b.step);
    const at = {p50: weightedRank(steps, 0.5), p95: weightedRank(steps, 0.95), p99: weightedRank(steps, 0.99)};
    const bounds = Object.fromEntries(
      Object.entries(at).flatMap(([level, step]) => (stepBound(step) === undefined ? [] : [[level, stepBound(step)]])),
    );
    return {
      requests: sumOfWeights(spans),
      stored: sumOfWeights(spans) === spans.length ? undefined : spans.length,
      errors: sumOfWeights(spans.filter(failed)),
      p50: stepMillis(at.p50),
      p95: stepMillis(at.p95),
      p99: stepMillis(at.p99),
      bounds: Object.keys(bounds).length === 0 ? undefined : bounds,
    };
  };
  const {requests, stored, errors, p50, p95, p99, bounds} = answer;
  const faults = [1, 1 - 1e-9, 1 + 1e-9].map((factor) =>
    same(expected(factor), {requests, stored, errors, p50, p95, p99, bounds}),
  );
  return faults.includes(undefined) ? undefined : `${name}: ${faults[0]}`;
}

/** Of spans with one id, one of those that were the least likely to be kept: all of these have the same weight. */
const leastKept = (spans: readonly Span[]): Span =>
  spans.toSorted((a, b) => probabilityOf(a) - probabilityOf(b))[0] as Span;

/** The nearest rank where each step is there as often as its weight says. */
function weightedRank(steps: readonly {readonly step: number; readonly weight: number}[], level: number): number {
  const wanted = level * steps.reduce((sum, {weight}) => sum + weight, 0);
  let sum = 0;
  for (const {step, weight} of steps) if ((sum += weight) >= wanted) return step;
  return steps.at(-1)?.step ?? 0;
}

export function redAnswerFault(
  model: Model,
  tenant: TenantId,
  filter: RedFilter,
  points: PointTimes | undefined,
  answer: Red,
): string | undefined {
  const spans = counted(model, tenant, filter).filter(({kind}) => (servingKinds as readonly number[]).includes(kind));
  const groups = [...groupBy(spans, serviceOf)].sort(([a], [b]) => byBytes(a, b));
  const series = (list: readonly Span[]) => {
    if (points === undefined) return undefined;
    const step = BigInt(points.stepSeconds) * 1_000_000_000n;
    const at = (some: readonly Span[]): number[] =>
      Array.from({length: points.count}, (_, i) => {
        const from = points.start + BigInt(i) * step;
        return sumOfWeights(some.filter((span) => span.start >= from && span.start < from + step));
      });
    return {requests: at(list), errors: at(list.filter(failed))};
  };
  return firstFault(
    same(
      groups.map(([name]) => shown(name)),
      answer.services.map(({name}) => name),
    ),
    same(earliestStart(model.spansOf(tenant), filter.start, filter.end), answer.coveredStart),
    ...groups.map(([name, list], i) => redFault(list, name, answer.services[i])),
    same(
      groups.map(([, list]) => series(list)),
      answer.services.map((one) => one.series),
    ),
  );
}

export function operationsRedFault(
  model: Model,
  tenant: TenantId,
  filter: RedFilter,
  answer: OperationsRed,
): string | undefined {
  const operations = byOperation(counted(model, tenant, filter)).sort(
    (a, b) => sumOfWeights(b.list) - sumOfWeights(a.list),
  );
  return firstFault(
    same(
      operations.map(({first, list}) => [shown(first.name), kindOf(first), sumOfWeights(list)]),
      answer.operations.map(({name, kind, requests}) => [name, kind, requests]),
    ),
    same({more: false}, {more: answer.more}),
    ...operations.map(({first, list}, i) => redFault(list, first.name, answer.operations[i])),
  );
}

/**
 * Calls from one service to another: of a span to its parent, and of a root to those of its trace that it links to. Of an id that
 * several services have, the servers are the parent, and a root's clients call its servers. The side that was the less likely to be
 * kept says for how many calls one stands.
 */
export function dependenciesFault(
  model: Model,
  tenant: TenantId,
  {start, end}: TimeRange,
  answer: readonly Call[],
): string | undefined {
  const calls = new Map<string, Call>();
  const add = (parent: string, child: string, isFailed: boolean, weight: number): void => {
    const key = comparable([parent, child]);
    const known = calls.get(key) ?? {parent: shown(parent), child: shown(child), calls: 0, errors: 0};
    calls.set(key, {...known, calls: known.calls + weight, errors: known.errors + (isFailed ? weight : 0)});
  };
  const servicesOf = (spans: readonly Span[]): Set<string> => new Set(spans.map(serviceOf));
  const isKind = (name: SpanKindName) => (span: Span) => kindOf(span) === name;
  /** Of traces in which an id comes at several times: which of them is seen depends on where one looks. */
  const unclear = new Set<string>();
  for (const trace of model.tracesOf(tenant)) {
    const starts = groupBy(trace.sent, ({spanId}) => spanId).values();
    if ([...starts].some((alike) => new Set(alike.map(({start: at}) => at)).size > 1)) {
      const services = [...servicesOf(trace.sent)].map(shown);
      for (const parent of services) for (const child of services) unclear.add(comparable([parent, child]));
    }
    const isAsked = (span: Span): boolean => span.start >= start && span.start <= end;
    const spans = trace.sent;
    // A span that was sent again, in whatever words, counts once.
    const asked = spans.flatMap((span) => {
      const links = span.links.filter(({traceId}) => traceId === span.traceId).map(({spanId}) => spanId);
      return [...new Set(isRoot(span) ? links : [span.parentSpanId])].map((parent) => ({parent, span}));
    });
    const children = Map.groupBy(asked, ({parent, span}) =>
      comparable([span.spanId, isRoot(span), parent, serviceOf(span)]),
    );
    for (const copies of children.values()) {
      const [{parent, span}] = copies as [(typeof copies)[number]];
      if (!isAsked(span)) continue;
      const above = spans.filter(({spanId}) => spanId === parent);
      if (above.length === 0 || servicesOf(above).has(serviceOf(span))) continue;
      const servers = above.filter(isKind('server'));
      const hasFailed =
        copies.some((copy) => failed(copy.span)) ||
        (servers.length === 0 && above.some((one) => isKind('client')(one) && failed(one)));
      const [caller, called] = [leastKept(above), leastKept(copies.map((copy) => copy.span))];
      const weight = weightOf(probabilityOf(caller) <= probabilityOf(called) ? caller : called);
      for (const service of servicesOf(servers.length === 0 ? above : servers))
        add(service, serviceOf(span), hasFailed, weight);
    }
    for (const root of groupBy(spans.filter(isRoot), ({spanId}) => spanId).values()) {
      const [clients, servers] = [root.filter(isKind('client')), root.filter(isKind('server'))];
      for (const parent of servicesOf(clients)) {
        for (const child of servicesOf(servers.filter(isAsked)))
          if (parent !== child)
            add(parent, child, [...clients, ...servers].some(failed), weightOf(leastKept([...clients, ...servers])));
      }
    }
  }
  const lines = (list: readonly Call[]): string[] =>
    list
      .filter(({parent, child}) => !unclear.has(comparable([parent, child])))
      .map(comparable)
      .sort();
  return same(lines([...calls.values()]), lines(answer));
}
