/**
 * Messages of databases and their drivers that have no place for a value, word for word as they are sent: only these leave the
 * process as they are (docs/decisions/0026-driver-errors.md).
 */
export const constantMessages: ReadonlySet<string> = new Set([
  // PostgreSQL
  'canceling statement due to conflict with recovery',
  'canceling statement due to lock timeout',
  'canceling statement due to statement timeout',
  'canceling statement due to user request',
  'could not serialize access due to concurrent delete',
  'could not serialize access due to concurrent update',
  'could not serialize access due to read/write dependencies among transactions',
  'current transaction is aborted, commands ignored until end of transaction block',
  'deadlock detected',
  'division by zero',
  'integer out of range',
  'sorry, too many clients already',
  'terminating connection due to administrator command',
  'terminating connection due to idle-in-transaction timeout',
  'the database system is in recovery mode',
  'the database system is shutting down',
  'the database system is starting up',
  // pg, pg-pool
  'Cannot use a pool after calling end on the pool',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Connection terminated',
  'Connection terminated due to connection timeout',
  'Connection terminated unexpectedly',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  // Redis
  'BUSYGROUP Consumer Group name already exists',
  'ERR hash value is not an integer',
  'ERR index out of range',
  'ERR no such key',
  'ERR syntax error',
  'ERR value is not a valid float',
  'ERR value is not an integer or out of range',
  'EXECABORT Transaction discarded because of previous errors.',
  'LOADING Redis is loading the dataset in memory',
  'NOAUTH Authentication required.',
  'NOSCRIPT No matching script. Please use EVAL.',
  "OOM command not allowed when used memory > 'maxmemory'.",
  "READONLY You can't write against a read only replica.",
  'WRONGTYPE Operation against a key holding the wrong kind of value',
  // ioredis, redis
  'Connection is closed.',
  'Connection timeout',
  'Socket closed unexpectedly',
  'The client is closed',
  // MySQL, MariaDB
  'Deadlock found when trying to get lock; try restarting transaction',
  'Lock wait timeout exceeded; try restarting transaction',
  'Query execution was interrupted',
  'Too many connections',
]);

/**
 * PostgreSQL's own words where they name nothing but a constraint, table or column, which come in fields of their own: by
 * SQLSTATE (PostgreSQL, appendix A).
 */
export const postgresTemplates: Readonly<Record<string, string>> = {
  '23502': 'null value in column "{column}" of relation "{table}" violates not-null constraint',
  '23503': 'operation on table "{table}" violates foreign key constraint "{constraint}"',
  '23505': 'duplicate key value violates unique constraint "{constraint}"',
  '23514': 'new row for relation "{table}" violates check constraint "{constraint}"',
  '23P01': 'conflicting key value violates exclusion constraint "{constraint}"',
};

/** The names of PostgreSQL's conditions that programs meet, then those of their classes. */
export const postgresConditions: Readonly<Record<string, string>> = {
  '22001': 'string data right truncation',
  '22003': 'numeric value out of range',
  '22007': 'invalid datetime format',
  '22008': 'datetime field overflow',
  '22P02': 'invalid text representation',
  '25P02': 'in failed SQL transaction',
  '28P01': 'invalid password',
  '3D000': 'invalid catalog name',
  '40001': 'serialization failure',
  '40P01': 'deadlock detected',
  '42501': 'insufficient privilege',
  '42601': 'syntax error',
  '42703': 'undefined column',
  '42804': 'datatype mismatch',
  '42883': 'undefined function',
  '42P01': 'undefined table',
  '42P07': 'duplicate table',
  '53300': 'too many connections',
  '55P03': 'lock not available',
  '57014': 'query canceled',
  '57P01': 'admin shutdown',
  P0001: 'raised exception',
  '08': 'connection exception',
  '0A': 'feature not supported',
  '21': 'cardinality violation',
  '22': 'data exception',
  '23': 'integrity constraint violation',
  '25': 'invalid transaction state',
  '26': 'invalid SQL statement name',
  '28': 'invalid authorization specification',
  '34': 'invalid cursor name',
  '40': 'transaction rollback',
  '42': 'syntax error or access rule violation',
  '53': 'insufficient resources',
  '54': 'program limit exceeded',
  '55': 'object not in prerequisite state',
  '57': 'operator intervention',
  '58': 'system error',
  P0: 'PL/pgSQL error',
  XX: 'internal error',
};

/** The codes that Redis and Valkey put before a message. Scripts may invent others, with anything in them. */
export const redisCodes: ReadonlySet<string> = new Set(
  `ASK ASKING BUSY BUSYGROUP BUSYKEY CLUSTERDOWN CROSSSLOT ERR EXECABORT INPROG INVALIDOBJ IOERR LOADING MASTERDOWN MISCONF MOVED
  NOAUTH NOGOODSLAVE NOGROUP NOPERM NOPROTO NOREPLICAS NOSCRIPT NOTBUSY NOTREADY OOM READONLY TRYAGAIN UNBLOCKED UNKILLABLE
  WRONGPASS WRONGTYPE`.split(/\s+/),
);
