/**
 * Failed spans of a service, grouped by what they say. Of spans that failed one after the other on an error's way up, the lowest counts:
 * a span above another failed one of the same service is left out, and one above a failed one of another service says which.
 */
import type {TenantId} from '../base/index.ts';
import {
  type Budget,
  type FoundErrors,
  kindNames,
  messageFold,
  mostFolded,
  responseStatusKeys,
  type ServiceFilter,
} from '../query/index.ts';
import type {PointTimes} from '../red/index.ts';
import {keySql, textIs} from './attribute-sql.ts';
import {foldSql} from './fold-sql.ts';
import {validSql} from './lossy-text.ts';
import {addTimes, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {seconds} from './read-rates.ts';
import {chosenTraces, idText, nanosText, serviceSpans} from './service-spans.ts';

const mostSpans = 50_000;
/** More are counted together. */
const mostGroups = 1_000;

/** What tells the kind of an error beside its type and message. */
const factKeys = [...responseStatusKeys, 'db.response.status_code', 'circuit_breaker.rejected'];
const messageKeys = ['error.message', 'grpc.error_message', 'otel.status_description'];

export async function readServiceErrors(
  queries: Queries,
  tenant: TenantId,
  {points, ...filter}: ServiceFilter & {readonly points?: PointTimes | undefined},
  budget: Budget,
): Promise<FoundErrors> {
  const {where, weight, share} = await serviceSpans(queries, tenant, filter, {
    ...{most: mostSpans, condition: 'status_code = 2', by: 'trace', budget},
  });
  const all = where().add('status_code = 2');
  const below = (isOwn: boolean): string => {
    const failed = new Where(tenant);
    addTimes(failed, filter);
    failed.add('status_code = 2').add(`parent_span_id != toFixedString('', 8)`);
    const own = textIs(failed, 'service', filter.service);
    failed.add(isOwn ? own : `NOT (${own})`);
    for (const term of chosenTraces(share)) failed.add(term);
    return inlined(all, failed);
  };
  const exception = "arrayLastIndex(n -> n = 'exception', events.name)";
  const ofException = (key: string): string => `if(${exception} > 0, events.attributes[${exception}]['${key}'], '')`;
  const attribute = (key: string): string => keySql(all, 'attributes', key).value;
  const firstOf = (texts: readonly string[]): string =>
    `multiIf(${texts.flatMap((text) => [`${text} != ''`, text]).join(', ')}, '')`;
  const message = firstOf([
    ofException('exception.message'),
    'toString(status_message)',
    ...messageKeys.map(attribute),
  ]);
  const point =
    points === undefined
      ? '0'
      : `toUInt32(intDiv(intDiv(toUnixTimestamp64Nano(start_time), 1000000000) - ${seconds(points.start)}, ${points.stepSeconds}))`;
  const rows = await queries.rows(
    {
      sql: `
SELECT *, sum(errors) OVER () AS all_errors, count() OVER () AS all_groups FROM (
SELECT lower(hex(cityHash64(operation, span_kind, type, message, arrayStringConcat(facts, '|'), callee))) AS id,
  operation, span_kind, type, message, facts, callee, sum(n) AS errors, ${nanosText('min(earliest)')} AS first, ${nanosText('max(latest)')} AS last,
  groupArray(point) AS at, groupArray(n) AS counts, argMax(example, latest) AS one,
  ${idText('one.1')} AS trace, ${idText('one.2')} AS span, ${nanosText('one.3')} AS start, toString(one.4) AS duration, one.5 AS sent
FROM (
  SELECT operation, span_kind, type, ${foldSql(all, 'raw', messageFold, mostFolded.message)} AS message, facts, callee, point,
    sum(w) AS n, min(start_time) AS earliest, max(start_time) AS latest,
    argMax((trace_id, span_id, start_time, duration_ns, raw), start_time) AS example
  FROM (
    SELECT trace_id, span_id, start_time, duration_ns, toString(name) AS operation, kind AS span_kind, ${weight} AS w, ${point} AS point,
      substringUTF8(${validSql(firstOf([ofException('exception.type'), attribute('error.type')]))}, 1, 300) AS type,
      substringUTF8(${validSql(message)}, 1, ${mostFolded.message}) AS raw,
      [${factKeys.map((key) => `substringUTF8(${validSql(attribute(key))}, 1, 100)`).join(', ')}]::Array(String) AS facts
    FROM spans_11 ${all.clauses}
  ) AS failed
  LEFT ANY JOIN (SELECT trace_id, parent_span_id AS span_id, toString(service) AS callee FROM spans_11 ${below(false)}) AS callees USING (trace_id, span_id)
  WHERE (trace_id, span_id) NOT IN (SELECT trace_id, parent_span_id FROM spans_11 ${below(true)})
  GROUP BY operation, span_kind, type, message, facts, callee, point
)
GROUP BY operation, span_kind, type, message, facts, callee) ORDER BY errors DESC, id LIMIT ${mostGroups}`,
      parameters: all.parameters,
      budget,
    },
    {
      ...{id: 'text', operation: 'text', span_kind: 'number', type: 'text', message: 'text', facts: 'texts'},
      ...{callee: 'text', errors: 'number', first: 'text', last: 'text', at: 'numbers', counts: 'numbers'},
      ...{trace: 'text', span: 'text', start: 'text', duration: 'text', sent: 'text'},
      ...{all_errors: 'number', all_groups: 'number'},
    } as const,
  );
  return {
    share,
    errors: (rows[0]?.all_errors ?? 0) * share,
    omitted: (rows[0]?.all_groups ?? 0) - rows.length,
    groups: rows.map((row) => {
      const series = Array.from({length: points?.count ?? 0}, () => 0);
      row.at.forEach((at, i) => {
        if (at < series.length) series[at] = (series[at] as number) + (row.counts[i] as number) * share;
      });
      return {
        id: row.id,
        operation: row.operation,
        kind: kindNames[row.span_kind] ?? 'unspecified',
        type: row.type,
        message: row.message,
        facts: Object.fromEntries(factKeys.flatMap((key, i) => (row.facts[i] ? [[key, row.facts[i]]] : []))),
        from: row.callee,
        count: row.errors * share,
        firstUnixNano: row.first,
        lastUnixNano: row.last,
        series,
        example: {
          ...{traceId: row.trace, spanId: row.span, startUnixNano: row.start, durationNano: row.duration},
          message: row.sent,
        },
      };
    }),
  };
}

/** The clauses of one WHERE within the text of another, its values among the other's. */
function inlined(outer: Where, inner: Where): string {
  const {clauses, parameters} = inner;
  return clauses.replaceAll(/\{(p\d+):(\w+)\}/g, (_, name: string, type: string) =>
    outer.bind(parameters[name] as string, type),
  );
}
