/** The questions of `bench:query --table sql`: those of docs/how-to/sql.md, over the hour that was written. */
import type {Asked, Question} from './questions.ts';

export function sqlQuestions({known}: Asked): readonly Question[] {
  const last = BigInt(known.last) / 1_000_000n;
  const time = (millis: bigint): string => `'${new Date(Number(millis)).toISOString().slice(0, -1).replace('T', ' ')}'`;
  /** So many minutes up to the last span, begun elsewhere each time. */
  const range = (column: string, minutes: number): string => {
    const first = last - BigInt(minutes) * 60_000n - BigInt(Math.ceil(Math.random() * 1000));
    return `${column} > ${time(first)} AND ${column} <= ${time(last)}`;
  };
  const found = (name: string, sql: () => string): Question => ({
    name,
    expects: 'found',
    ask: () => `/api/weft/v1/sql?query=${encodeURIComponent(sql())}`,
  });
  return [
    found(
      'sql: slow routes',
      () => `SELECT attributes['http.route'] AS route, count() AS requests, round(quantile(0.5)(duration_ms), 1) AS p50,
  round(quantile(0.99)(duration_ms), 1) AS p99
FROM spans WHERE ${range('start_time', 60)} AND kind = 'server' AND route != ''
GROUP BY route ORDER BY p99 DESC LIMIT 20`,
    ),
    found(
      'sql: errors of versions',
      () => `SELECT service, resource_attributes['service.version'] AS version, count() AS spans,
  countIf(status = 'error') AS errors, round(100 * errors / spans, 2) AS percent
FROM spans WHERE ${range('start_time', 60)} GROUP BY service, version ORDER BY errors DESC`,
    ),
    found(
      'sql: statements',
      () => `SELECT replaceRegexpAll(attributes['db.query.text'], '''[^'']*''|\\b[0-9]+\\b', '?') AS statement,
  count() AS calls, round(sum(duration_ms)) AS total_ms, round(quantile(0.95)(duration_ms), 1) AS p95
FROM spans WHERE ${range('start_time', 60)} AND attributes['db.query.text'] != ''
GROUP BY statement ORDER BY total_ms DESC LIMIT 20`,
    ),
    found(
      'sql: rates',
      () => `SELECT minute, sum(calls) AS requests, quantileExactWeighted(0.99)(duration_ms, calls) AS p99
FROM rates WHERE ${range('toDateTime64(minute, 3)', 60)} AND kind = 'server' GROUP BY minute ORDER BY minute`,
    ),
    found(
      'sql: exceptions',
      () => `SELECT event.attributes['exception.type'] AS exception, service, count() AS times, any(trace_id) AS trace
FROM spans ARRAY JOIN events AS event
WHERE ${range('start_time', 60)} AND event.name = 'exception' GROUP BY exception, service ORDER BY times DESC`,
    ),
    found(
      'sql: steps of slow traces',
      () => `WITH slow AS (SELECT trace_id FROM traces WHERE ${range('start_time', 60)} ORDER BY duration_ms DESC LIMIT 100)
SELECT service, name, count() AS spans, round(sum(duration_ms)) AS total_ms
FROM spans WHERE ${range('start_time', 60)} AND trace_id IN (SELECT trace_id FROM slow)
GROUP BY service, name ORDER BY total_ms DESC LIMIT 20`,
    ),
    found(
      'sql: who calls whom, 15 minutes',
      () => `SELECT parent.service AS caller, child.service AS callee, count() AS calls,
  countIf(child.status = 'error') AS errors
FROM spans AS child JOIN spans AS parent ON child.trace_id = parent.trace_id AND child.parent_span_id = parent.span_id
WHERE ${range('child.start_time', 15)} AND ${range('parent.start_time', 15)} AND caller != callee
GROUP BY caller, callee ORDER BY calls DESC`,
    ),
  ];
}
