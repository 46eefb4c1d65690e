/** Statements to begin with; a test of the page runs each. The page's time selects what they read. */
export const examples = [
  {
    id: 'routes',
    sql: `SELECT
  attributes['http.route'] AS route,
  count() AS requests,
  round(quantile(0.5)(duration_ms), 1) AS p50,
  round(quantile(0.99)(duration_ms), 1) AS p99
FROM spans
WHERE kind = 'server' AND route != ''
GROUP BY route
ORDER BY p99 DESC
LIMIT 20`,
  },
  {
    id: 'versions',
    sql: `SELECT
  service,
  resource_attributes['service.version'] AS version,
  count() AS spans,
  countIf(status = 'error') AS errors,
  round(100 * errors / spans, 2) AS percent
FROM spans
GROUP BY service, version
ORDER BY errors DESC`,
  },
  {
    id: 'statements',
    sql: `SELECT
  replaceRegexpAll(attributes['db.query.text'], '''[^'']*''|\\\\b[0-9]+\\\\b', '?') AS statement,
  count() AS calls,
  round(sum(duration_ms)) AS total_ms,
  round(quantile(0.95)(duration_ms), 1) AS p95
FROM spans
WHERE attributes['db.query.text'] != ''
GROUP BY statement
ORDER BY total_ms DESC
LIMIT 20`,
  },
  {
    id: 'minutes',
    sql: `SELECT
  minute,
  sum(calls) AS requests,
  sumIf(calls, status = 'error') AS errors
FROM rates
WHERE kind = 'server'
GROUP BY minute
ORDER BY minute`,
  },
] as const;

export type ExampleId = (typeof examples)[number]['id'];
