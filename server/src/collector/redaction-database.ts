/** The `db_sanitizer` of redaction: statements of databases without the values in them, by the system that a span names. */
import {bool, list, object, optional, text, withDefault} from '../config/index.ts';
import {sanitizeRedis} from './redaction-redis.ts';
import {sanitizeSql} from './redaction-sql.ts';

const kind = (what: string) =>
  optional(
    object({
      enabled: withDefault(bool, false, 'false', `Whether to sanitize ${what}.`),
      attributes: withDefault(list(text), [], '[]', 'The attributes that hold them.'),
    }),
    `Sanitizes ${what}.`,
  );

export const databaseSanitizer = object({
  sql: kind('statements of SQL'),
  redis: kind('commands of Redis'),
  valkey: kind('commands of Valkey'),
  memcached: kind('commands of Memcached'),
  mongo: kind('queries of MongoDB'),
  opensearch: kind('bodies of OpenSearch'),
  es: kind('bodies of Elasticsearch'),
  sanitize_span_name: withDefault(bool, true, 'true', 'Whether names of spans that name a system are sanitized too.'),
});
export type DatabaseConfig = ReturnType<typeof databaseSanitizer.read>;

type Kind = 'sql' | 'redis' | 'valkey' | 'memcached' | 'mongo' | 'opensearch' | 'es';

/** As `db.system.name` and the older `db.system` have them. */
const systems: Readonly<Record<Kind, readonly string[]>> = {
  sql: (
    'other_sql mysql postgresql mariadb sqlite mssql microsoft.sql_server oracle oracle.db db2 ibm.db2 cockroachdb clickhouse ' +
    'h2 h2database hsqldb derby trino redshift aws.redshift snowflake spanner gcp.spanner hive sap.hana hanadb teradata firebirdsql'
  ).split(' '),
  redis: ['redis'],
  valkey: ['valkey'],
  memcached: ['memcached'],
  mongo: ['mongodb'],
  opensearch: ['opensearch'],
  es: ['elasticsearch'],
};

/** Sanitizes a statement; undefined where it is none of that kind. */
const sanitizers: Readonly<Record<Kind, (statement: string, system: string) => string | undefined>> = {
  sql: sanitizeSql,
  redis: sanitizeRedis,
  valkey: sanitizeRedis,
  // The line of the command has key and sizes, what follows is the value.
  memcached: (command) => command.split(/\r?\n/, 1)[0] as string,
  mongo: sanitizeJson,
  opensearch: sanitizeJson,
  es: sanitizeJson,
};

export interface DatabaseSanitizer {
  readonly names: boolean;
  /** Whether an attribute of this key can hold a statement. */
  isAttribute(key: string): boolean;
  /** The value of an attribute of a span of that system (lower case; empty where it names none). */
  attribute(value: string, key: string, system: string): string;
  /** The name of a span of that system. */
  name(value: string, system: string): string;
  /** A text that may be any of what is enabled: in the body of a log record. */
  any(value: string): string;
}

/**
 * Undefined where nothing is enabled. `guesses` says whether a value without a system may be any of what is enabled: log records
 * name none.
 */
export function createDatabaseSanitizer(
  wanted: DatabaseConfig | undefined,
  guesses: boolean,
): DatabaseSanitizer | undefined {
  if (wanted === undefined) return undefined;
  const enabled = (Object.keys(systems) as Kind[])
    .filter((each) => wanted[each]?.enabled === true)
    .map((each) => ({
      sanitize: sanitizers[each],
      systems: new Set(systems[each]),
      keys: new Set(wanted[each]?.attributes),
    }));
  if (enabled.length === 0) return undefined;
  const all = (value: string, chosen: typeof enabled): string =>
    chosen.reduce((each, {sanitize}) => sanitize(each, '') ?? each, value);
  return {
    names: wanted.sanitize_span_name,
    isAttribute: (key) => enabled.some(({keys}) => keys.has(key)),
    attribute(value, key, system) {
      const fitting = enabled.filter(({keys}) => keys.has(key));
      if (system === '') return guesses ? all(value, fitting) : value;
      const own = fitting.find((each) => each.systems.has(system));
      // A body that is no JSON cannot be taken apart: nothing of it is kept.
      return own === undefined ? value : (own.sanitize(value, system) ?? '?');
    },
    name(value, system) {
      const own = enabled.find((each) => each.systems.has(system));
      return own?.sanitize(value, system) ?? value;
    },
    any: (value) => all(value, enabled),
  };
}

/** Every value in JSON becomes "?"; one document, or one a line. */
function sanitizeJson(body: string): string | undefined {
  const whole = sanitizeDocument(body);
  if (whole !== undefined) return whole;
  const lines = body.split('\n').map((line) => (line.trim() === '' ? line : sanitizeDocument(line)));
  return lines.includes(undefined) ? undefined : lines.join('\n');
}

function sanitizeDocument(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? JSON.stringify(withoutValues(value)) : undefined;
  } catch {
    return undefined;
  }
}

function withoutValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutValues);
  if (typeof value !== 'object' || value === null) return '?';
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutValues(each)]));
}
