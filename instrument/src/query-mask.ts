import {shapeOf} from './document-shape.ts';
import {maskRedis} from './redis-commands.ts';
import {maskSql, type SqlDialect} from './sql-mask.ts';

/**
 * A query without its values, in the language of its database (`db.system.name`). An allow-list: of a language that is not known,
 * nothing but the first word stays.
 */
export function maskQuery(text: string, system: unknown): string {
  const language = typeof system === 'string' ? languages.get(system) : undefined;
  if (language === 'redis') return maskRedis(text);
  if (language === 'json' || /^\s*[[{]/.test(text)) return cached(text, 'json', maskJson);
  if (language !== undefined) return cached(text, language, (sql) => maskSql(sql, language));
  if (system === undefined && sqlVerb.test(text)) return cached(text, 'unknown', (sql) => maskSql(sql, 'unknown'));
  return /^\s*[A-Za-z]{1,32}(?=\s|$)/.exec(text)?.[0].trim() ?? '?';
}

const words = (text: string): string[] => text.trim().split(/\s+/);

const languages: ReadonlyMap<string, SqlDialect | 'redis' | 'json'> = new Map([
  ...['postgresql', 'cockroachdb', 'aws.redshift', 'redshift', 'oracle.db', 'oracle'].map(
    (name) => [name, 'standard'] as const,
  ),
  ...['mysql', 'mariadb'].map((name) => [name, 'mysql'] as const),
  ...words(
    `cassandra clickhouse db2 derby firebirdsql gcp.spanner h2database hive hsqldb ibm.db2 microsoft.sql_server mssql other_sql
    sap.hana snowflake spanner sqlite sybase teradata trino`,
  ).map((name) => [name, 'unknown'] as const),
  ...['redis', 'valkey'].map((name) => [name, 'redis'] as const),
  ...['mongodb', 'elasticsearch', 'opensearch'].map((name) => [name, 'json'] as const),
]);

const sqlVerb =
  /^\s*\(?\s*(?:alter|analyze|begin|call|commit|copy|create|declare|delete|drop|exec|execute|explain|fetch|grant|insert|lock|merge|prepare|replace|rollback|select|set|show|truncate|update|use|vacuum|values|with)\b/i;

/** A program sends few distinct statements many times. Bounded: statements with inlined literals are all distinct. */
const masked = new Map<string, string>();
function cached(text: string, kind: string, mask: (text: string) => string): string {
  const key = `${kind[0]}${text}`;
  const known = masked.get(key);
  if (known !== undefined) return known;
  const clean = mask(text);
  if (masked.size >= 500) masked.clear();
  masked.set(key, clean);
  return clean;
}

function maskJson(text: string): string {
  try {
    return JSON.stringify(shapeOf(JSON.parse(text), 0));
  } catch {
    return '?'; // Cut off, or no JSON.
  }
}
