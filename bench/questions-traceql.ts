/** The questions of `bench:query --table traceql`: TraceQL over an hour, as Grafana asks Tempo's API. */
import type {Asked, Question} from './questions.ts';

const tempo = '/tempo/api';
const enc = encodeURIComponent;
const hour = 3600;

/** Bars are of time, on a quiet machine: `docs/performance.md` has them. Each question has a range of its own, so that no cache answers. */
export function traceqlQuestions({known}: Asked): readonly Question[] {
  let turn = 0;
  const last = Number(BigInt(known.last) / 1_000_000_000n);
  /** The hour that was written, to the second. */
  const range = (): string => {
    turn++;
    return `start=${last - hour - (turn % 60)}&end=${last - (turn % 7)}`;
  };
  const search = (query: string) => (): string => `${tempo}/search?q=${enc(query)}&limit=20&spss=3&${range()}`;
  const series = (query: string) => (): string =>
    `${tempo}/metrics/query_range?q=${enc(query)}&step=15s&exemplars=100&${range()}`;
  const instant = (query: string) => (): string => `${tempo}/metrics/query?q=${enc(query)}&${range()}`;
  const found = (name: string, ask: () => string, wallBar?: number): Question => ({
    name,
    ask,
    expects: 'found',
    ...(wallBar !== undefined && {wallBar}),
  });
  const empty = (name: string, ask: () => string, wallBar?: number): Question => ({
    ...found(name, ask, wallBar),
    expects: 'empty',
  });
  return [
    empty('route >> status = error, none', search('{ span.http.route = "/api/orders" } >> { status = error }'), 500),
    found('route >> SELECT', search('{ span.http.route = "/api/orders" } >> { name = "SELECT stock" }'), 500),
    empty('{ } | count() > 10, none', search('{ } | count() > 10'), 500),
    found('{ } | count() > 5', search('{ } | count() > 5'), 500),
    found('{ duration > 100ms }', search('{ duration > 100ms }')),
    found('root spans', search('{ nestedSetParent < 0 && resource.service.name = "gateway" }')),
    found('rate', series('{ } | rate()')),
    found('rate by service', series('{ } | rate() by (resource.service.name)'), 300),
    found('rate by service, instant', instant('{ } | rate() by (resource.service.name)'), 300),
    found('rate by route', series('{ } | rate() by (span.http.route)')),
    found('rate of errors or slow', series('{ status = error || duration > 100ms } | rate() by (name)')),
    found('rate of roots by service', series('{ nestedSetParent < 0 && true } | rate() by (resource.service.name)')),
    found('rate of one user', series(`{ span.user.id = "${known.userIds[0] ?? ''}" } | rate()`)),
    found('quantiles', series('{ } | quantile_over_time(duration, .5, .95, .99)'), 500),
    found('quantile by service', series('{ } | quantile_over_time(duration, .95) by (resource.service.name)'), 500),
    found('histogram', series('{ } | histogram_over_time(duration)')),
    found('average by name', series('{ } | avg_over_time(duration) by (name)')),
    found('sum of an attribute', series('{ } | sum_over_time(span.order.items) by (resource.service.name)')),
    found('names of tags', () => `${tempo}/v2/search/tags?${range()}`, 50),
    found('values: service', () => `${tempo}/v2/search/tag/resource.service.name/values?${range()}`, 100),
    found('values: route', () => `${tempo}/v2/search/tag/span.http.route/values?${range()}`, 100),
    found('values: name', () => `${tempo}/v2/search/tag/name/values?${range()}`, 100),
    found(
      'values: route of a service',
      () =>
        `${tempo}/v2/search/tag/span.http.route/values?q=${enc('{ resource.service.name = "gateway" }')}&${range()}`,
      100,
    ),
  ];
}
