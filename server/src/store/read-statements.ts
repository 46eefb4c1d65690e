/** What a service asked of databases and caches, by statement without literals. */
import type {TenantId} from '../base/index.ts';
import {
  type Budget,
  commandFold,
  type FoundStatements,
  mostFolded,
  type ServiceFilter,
  statementFold,
} from '../query/index.ts';
import {stepMillis} from '../red/index.ts';
import {keySql} from './attribute-sql.ts';
import {foldSql} from './fold-sql.ts';
import {validSql} from './lossy-text.ts';
import type {Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {durationStep} from './schema-spans.ts';
import {idText, nanosText, serviceSpans} from './service-spans.ts';

const mostSpans = 40_000;
/** More are counted together. */
const mostStatements = 2_000;

/** The names of OpenTelemetry's conventions, those in force first. */
const keys = {
  system: ['db.system.name', 'db.system'],
  database: ['db.namespace', 'db.name', 'db.redis.database_index'],
  text: ['db.query.text', 'db.statement', 'db.query.summary', 'db.operation.name', 'db.operation'],
} as const;
/** Whose commands have no literals, but keys with ids in them. */
const caches = '(?i)^(redis|memcached|valkey|dragonfly|keydb|hazelcast|geode|ehcache|aws\\.elasticache)';

const first = (where: Where, names: readonly string[]): string => {
  const found = names.map((name) => keySql(where, 'attributes', name));
  return `multiIf(${found.flatMap(({has, value}) => [has, value]).join(', ')}, '')`;
};

export async function readStatements(
  queries: Queries,
  tenant: TenantId,
  filter: ServiceFilter,
  budget: Budget,
): Promise<FoundStatements> {
  const {where, weight, share} = await serviceSpans(queries, tenant, filter, {
    // Calls of databases are clients' by the conventions; what calls itself otherwise is found too.
    ...{most: mostSpans, condition: 'kind = 3', by: 'time', budget},
  });
  // Whatever may have the attribute by the text that many spans share: only of these the values are read.
  const all = where().add(`(position(attribute_template, 'db.system') > 0 OR attribute_template = '\\x1a')`);
  all.addCostly(`(${keys.system.map((name) => keySql(all, 'attributes', name).has).join(' OR ')})`);
  // A driver's span for a connection is no statement.
  all.addCostly(`NOT (${first(all, keys.text)} = '' AND match(name, '(?i)\\\\bconnect|\\\\bpool'))`);
  const statement = `if(match(system, ${all.bind(caches)}), ${foldSql(all, 'raw', commandFold, mostFolded.command)}, ${foldSql(all, 'raw', statementFold, mostFolded.statement)})`;
  const rows = await queries.rows(
    {
      sql: `
SELECT *, sum(total) OVER () AS all_total, count() OVER () AS all_statements FROM (
SELECT lower(hex(cityHash64(system, database, statement))) AS id, system, database, statement,
  sum(n) AS calls, sum(failed) AS errors, sum(nanos) AS total, sum(squares) AS all_squares,
  toFloat64(quantileExactWeighted(0.95)(step, n)) AS p95, toFloat64(max(longest)) AS most, argMax(example, longest) AS one,
  ${idText('one.1')} AS trace, ${idText('one.2')} AS span, ${nanosText('one.3')} AS start, toString(one.4) AS duration, one.5 AS sent, one.6 AS operation
FROM (
  SELECT *, ${statement} AS statement FROM (
    SELECT ${validSql(first(all, keys.system))} AS system, ${validSql(first(all, keys.database))} AS database,
      substringUTF8(${validSql(`if(${first(all, keys.text)} = '', name, ${first(all, keys.text)})`)}, 1, ${mostFolded.statement}) AS raw,
      ${durationStep('duration_ns')} AS step, sum(${weight}) AS n, sumIf(${weight}, status_code = 2) AS failed,
      sum(toFloat64(greatest(duration_ns, 0)) * ${weight}) AS nanos, sum(pow(toFloat64(greatest(duration_ns, 0)), 2) * ${weight}) AS squares,
      max(duration_ns) AS longest, argMax((trace_id, span_id, start_time, duration_ns, raw, toString(name)), duration_ns) AS example
    FROM spans_11 ${all.clauses} GROUP BY system, database, raw, step
  )
)
GROUP BY system, database, statement) ORDER BY total DESC, id LIMIT ${mostStatements}`,
      parameters: all.parameters,
      budget,
    },
    {
      ...{id: 'text', system: 'text', database: 'text', statement: 'text', calls: 'number', errors: 'number'},
      ...{total: 'number', all_squares: 'number', p95: 'number', most: 'number', trace: 'text', span: 'text'},
      ...{
        start: 'text',
        duration: 'text',
        sent: 'text',
        operation: 'text',
        all_total: 'number',
        all_statements: 'number',
      },
    } as const,
  );
  return {
    share,
    totalMs: ((rows[0]?.all_total ?? 0) * share) / 1e6,
    omitted: (rows[0]?.all_statements ?? 0) - rows.length,
    statements: rows.map(({calls, total, all_squares: squares, ...row}) => ({
      id: row.id,
      statement: row.statement,
      system: row.system,
      database: row.database,
      calls: calls * share,
      errors: row.errors * share,
      totalMs: (total * share) / 1e6,
      meanMs: total / calls / 1e6,
      spreadMs: Math.sqrt(Math.max(0, squares / calls - (total / calls) ** 2)) / 1e6,
      p95Ms: Math.min(stepMillis(row.p95), row.most / 1e6),
      maxMs: row.most / 1e6,
      example: {
        ...{traceId: row.trace, spanId: row.span, startUnixNano: row.start, durationNano: row.duration},
        ...{statement: row.sent, operation: row.operation},
      },
    })),
  };
}
