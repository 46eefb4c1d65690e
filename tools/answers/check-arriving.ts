/**
 * Questions while spans are on their way into the tables: whatever was there before is found, and nothing but what was sent.
 */
import type {TenantId, TraceId} from '../../server/src/base/index.ts';
import {spansAsObjects} from '../../server/src/model/testing.ts';
import type {SpanFilter} from '../../server/src/query/index.ts';
import {listed} from './check-spans.ts';
import {whole} from './check-trace.ts';
import {filterAround} from './generate-filter.ts';
import {fittingSpans, fittingTraces, type Model, withoutCopies} from './model.ts';
import {serviceOf} from './model-filter.ts';
import {sumOfWeights} from './model-weight.ts';
import {comparable, firstFault, type Question, question, same} from './question.ts';
import type {Random} from './random.ts';
import {shown} from './span.ts';

/** What was there, and with it what may be there. */
export interface Arriving {
  readonly before: Model;
  readonly all: Model;
}

const most = 1500;

/** Everything in `before`, and nothing beyond `all`: of both a value as often as it comes. */
function between(before: readonly unknown[], answer: readonly unknown[], all: readonly unknown[]): string | undefined {
  const lacks = (larger: readonly unknown[], smaller: readonly unknown[]): string | undefined => {
    const counts = new Map<string, number>();
    for (const one of larger.map(comparable)) counts.set(one, (counts.get(one) ?? 0) + 1);
    return smaller.map(comparable).find((one) => {
      const left = counts.get(one) ?? 0;
      counts.set(one, left - 1);
      return left === 0;
    });
  };
  const [missing, invented] = [lacks(answer, before), lacks(all, answer)];
  return firstFault(
    missing === undefined ? undefined : `not found, though it was there: ${missing.slice(0, 2000)}`,
    invented === undefined ? undefined : `found, though it was not sent: ${invented.slice(0, 2000)}`,
  );
}

type Make = (random: Random, models: Arriving, tenant: TenantId) => Question;

/** A trace as a whole changes as its spans arrive, so these are conditions on spans. */
const spanFilter = (random: Random, {all}: Arriving, tenant: TenantId): SpanFilter => {
  const {trace: _, ...filter} = filterAround(random, all, tenant);
  return filter;
};

const makers: readonly Make[] = [
  (random, models, tenant) => {
    const query = {...spanFilter(random, models, tenant), limit: most};
    const ids = (model: Model): string[] => fittingTraces(model, tenant, query).map(({trace}) => trace.id);
    return question(
      'findTraces',
      [tenant, query],
      (reader, asked) => reader.findTraces(tenant, query, asked),
      (_, answer) => between(ids(models.before), answer.ids, ids(models.all)),
    );
  },
  (random, models, tenant) => {
    const query = {
      ...spanFilter(random, models, tenant),
      ...{limit: most, order: random.pick(['newest', 'longest'] as const), columns: ['shared', 'n']},
    };
    const spans = (model: Model) =>
      withoutCopies(fittingSpans(model, tenant, query)).map((span) => listed(span, query.columns));
    return question(
      'listSpans',
      [tenant, query],
      (reader, asked) => reader.listSpans(tenant, query, asked),
      (_, answer) => between(spans(models.before), answer.spans, spans(models.all)),
    );
  },
  (random, models, tenant) => {
    const id = random.pick(models.all.spansOf(tenant)).traceId;
    const spans = (model: Model) => (model.trace(tenant, id)?.spans ?? []).map(whole);
    return question(
      'traces',
      [tenant, id],
      (reader, asked) => reader.traces(tenant, [id as TraceId], {...asked, maxSpans: 10_000}),
      (_, answer) =>
        between(spans(models.before), answer === undefined ? [] : spansAsObjects(answer), spans(models.all)),
    );
  },
  (_random, models, tenant) => {
    /** How many spans there are of a name. */
    const counts = (model: Model): Map<string, number> =>
      new Map(
        [...Map.groupBy(model.spansOf(tenant), (span) => shown(serviceOf(span)))].map(([name, spans]) => [
          name,
          sumOfWeights(spans),
        ]),
      );
    return question(
      'services',
      [tenant],
      (reader, asked) => reader.services(tenant, asked),
      (_, answer) => {
        const found = new Map<string, number>();
        for (const {name, spans} of answer) found.set(shown(name), (found.get(shown(name)) ?? 0) + spans);
        const most = counts(models.all);
        return same(
          {tooFew: [], tooMany: []},
          {
            tooFew: [...counts(models.before)].filter(([name, spans]) => (found.get(name) ?? 0) < spans),
            tooMany: [...found].filter(([name, spans]) => spans > (most.get(name) ?? 0)),
          },
        );
      },
    );
  },
];

/** Of every kind in turn, without end. */
export function* arrivingQuestions(
  random: Random,
  models: Arriving,
  tenants: readonly TenantId[],
): Generator<Question> {
  const asked = tenants.filter((tenant) => models.all.spansOf(tenant).length > 0);
  for (;;) for (const make of makers) yield make(random, models, random.pick(asked));
}
