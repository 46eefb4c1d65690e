/** What drivers, runtimes and protocols really say, and the kind that it is told as. */
import {expect, test} from 'vitest';
import {explainTrace} from './index.ts';
import {type Sketch, sketched} from './testing.ts';

const kindOf = (failed: string, attributes: Sketch['attributes'] = {}, exception?: string) =>
  explainTrace(
    sketched({
      id: 'a',
      name: 'svc: GET /',
      kind: 'server',
      at: 0,
      ms: 5,
      failed,
      attributes,
      events:
        exception === undefined
          ? []
          : [{name: 'exception', at: 1, attributes: {'exception.type': exception, 'exception.message': failed}}],
    }),
  ).findings[0]?.facts.error;

test.each([
  // PostgreSQL, its drivers and pools
  ['ERROR: deadlock detected', 'deadlock'],
  ['canceling statement due to lock timeout', 'lock_timeout'],
  ['canceling statement due to statement timeout', 'timeout'],
  ['terminating connection due to administrator command', 'connection_lost'],
  ['Connection terminated unexpectedly', 'connection_lost'],
  ['Cannot use a pool after calling end on the pool', 'pool_closed'],
  ['timeout exceeded when trying to connect', 'pool_exhausted'],
  ['FATAL: sorry, too many clients already', 'pool_exhausted'],
  ['remaining connection slots are reserved for roles with the SUPERUSER attribute', 'pool_exhausted'],
  ['duplicate key value violates unique constraint "orders_pkey"', 'constraint'],
  ['relation "orders" does not exist', 'bad_statement'],
  ['invalid input syntax for type integer: "x"', 'wrong_type'],
  ['could not extend file: No space left on device', 'disk_full'],
  ['password authentication failed for user "shop"', 'access_denied'],
  // MySQL and JDBC
  ['Deadlock found when trying to get lock; try restarting transaction', 'deadlock'],
  ['Lock wait timeout exceeded; try restarting transaction', 'lock_timeout'],
  ['HikariPool-1 - Connection is not available, request timed out after 30000ms.', 'pool_exhausted'],
  ['Communications link failure: Connection reset', 'connection_lost'],
  // SQLAlchemy
  ['QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00', 'pool_exhausted'],
  // Redis
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'wrong_type'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'out_of_memory'],
  // Node, Go, Java and Python at sockets
  ['connect ECONNREFUSED 127.0.0.1:5432', 'refused'],
  ['dial tcp 10.0.0.1:80: connect: connection refused', 'refused'],
  ['read ECONNRESET', 'connection_lost'],
  ['socket hang up', 'connection_lost'],
  ['getaddrinfo ENOTFOUND payments.internal', 'dns'],
  ['dial tcp: lookup payments on 10.96.0.10:53: no such host', 'dns'],
  ['x509: certificate has expired or is not yet valid', 'tls'],
  ['context deadline exceeded', 'timeout'],
  ['The operation was aborted due to timeout', 'timeout'],
  ['context canceled', 'cancelled'],
  ['java.net.SocketTimeoutException: Read timed out', 'timeout'],
  // Circuit breakers and limits
  ["CircuitBreaker 'payments' is OPEN and does not permit further calls", 'circuit_open'],
  ['429 Too Many Requests', 'rate_limited'],
  ['ThrottlingException: Rate exceeded', 'rate_limited'],
  // Code
  ["Cannot read properties of undefined (reading 'id')", 'bug'],
  ['runtime error: invalid memory address or nil pointer dereference', 'bug'],
  ['java.lang.NullPointerException', 'bug'],
  ['upstream connect error or disconnect/reset before headers: no healthy upstream', 'unavailable'],
  ['', 'unknown'],
])('error kinds: %s is %s', (message, kind) => expect(kindOf(message)).toBe(kind));

test.each([
  [{'rpc.grpc.status_code': 14}, 'unavailable'],
  [{'rpc.grpc.status_code': 4}, 'timeout'],
  [{'rpc.response.status_code': 'RESOURCE_EXHAUSTED'}, 'rate_limited'],
  [{'http.response.status_code': 503}, 'unavailable'],
  [{'http.response.status_code': 504}, 'timeout'],
  [{'http.status_code': 500}, 'server_error'],
  [{'http.response.status_code': 401}, 'access_denied'],
  [{'circuit_breaker.rejected': true}, 'circuit_open'],
  [{'error.type': 'ETIMEDOUT'}, 'timeout'],
] as const)('error kinds: the attributes %o say %s', (attributes, kind) => expect(kindOf('', attributes)).toBe(kind));

test('error kinds: an exception’s type counts, and the particular before the general', () => {
  expect(kindOf("'sku'", {}, 'KeyError')).toBe('bug');
  expect(kindOf('deadlock detected', {'http.response.status_code': 503}, 'QueryFailedError')).toBe('deadlock');
});
