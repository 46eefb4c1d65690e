import type {Language, Told} from './say.ts';

const where = ({service, operation}: Told): string => (operation === '' ? service : `${service} "${operation}"`);
const told = (message: string | undefined): string => (message === undefined ? '' : `: "${message}"`);
const quoted = (message: string | undefined): string => (message === undefined ? '' : ` ("${message}")`);
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

export const en: Language = {
  errors: {
    deadlock: 'deadlock',
    lock_timeout: 'lock timeout',
    pool_closed: 'pool closed',
    pool_exhausted: 'pool exhausted',
    circuit_open: 'circuit open',
    connection_lost: 'connection lost',
    refused: 'connection refused',
    dns: 'name not resolved',
    tls: 'TLS failure',
    rate_limited: 'rate limited',
    out_of_memory: 'out of memory',
    disk_full: 'disk full',
    wrong_type: 'wrong type of data',
    constraint: 'constraint violated',
    bad_statement: 'statement not valid',
    access_denied: 'access denied',
    timeout: 'timeout',
    cancelled: 'cancelled',
    bug: 'bug in the code',
    unavailable: 'unavailable',
    not_found: 'not found',
    invalid: 'request not valid',
    server_error: 'server error',
    unknown: 'error of no known kind',
  },
  work: {
    code: 'own code',
    database: 'database',
    cache: 'cache',
    messaging: 'messaging',
    network: 'network',
    external: 'external calls',
    backoff: 'retry backoff',
    pool: 'waiting for a pooled connection',
    lock: 'waiting for a lock',
    queue: 'waiting in a queue',
  },
  protocols: {
    grpc: 'gRPC',
    rpc: 'RPC',
    http: 'HTTP',
    database: 'database',
    cache: 'cache',
    messaging: 'messaging',
    other: 'other',
  },
  findings: {
    error: (t) => ({
      title: `Error: ${t.error}`,
      sentence: `The error was born in ${where(t)}${t.version === undefined ? '' : ` (version ${t.version})`}: ${t.error}${quoted(t.message)}${t.noticeable ? `, after ${t.longest}` : ''}${t.way.length > 1 ? `, and went up through ${list(t.way.slice(1))}` : ''}${t.waitedFor === undefined ? '' : `; it was waiting for ${t.waitedFor}`}.`,
      disprove: `a request that fails without a failed ${where(t)}, or another that survives the same error`,
    }),
    healed_error: (t) => ({
      title: `Healed by a retry: ${t.error}`,
      sentence: `${where(t)} failed ${times(t.count)} (${t.error}${told(t.message)}); a later attempt succeeded.`,
      disprove: 'a later attempt that did other work than the failed one',
    }),
    handled_error: (t) => ({
      title: `Error that went no further: ${t.error}`,
      sentence: `${where(t)} failed ${times(t.count)} (${t.error}${told(t.message)}); the caller went on without it.`,
      disprove: 'an answer that is complete and right all the same',
    }),
    retry_backoff: (t) => ({
      title: `Retry backoff of ${t.nanos}`,
      sentence: `${t.service} paused ${t.nanos} (${t.share} of the time) between attempts at "${t.operation}"${t.failed === undefined || t.failed === 0 ? '' : `, of which ${t.failed} failed${told(t.message)}`}.`,
      disprove: `a span of ${t.service} that works during the pause`,
    }),
    pool_wait: (t) => ({
      title: `Waited ${t.nanos} for a pooled connection`,
      sentence: `${t.service} waited ${t.nanos} (${t.share} of the time) for a connection from its pool in "${t.operation}": all were taken, the statements themselves are not why.`,
      disprove: `idle connections in the pool of ${t.service} at that moment (then opening one was slow)`,
    }),
    lock_wait: (t) => ({
      title: `Waited ${t.nanos} for a lock`,
      sentence: `${where(t)} waited ${t.nanos} (${t.share} of the time) for a lock.`,
      disprove: 'no other holder of the lock at that moment',
    }),
    queue_wait: (t) => ({
      title: `Lay ${t.nanos} in a queue`,
      sentence: `Before ${where(t)} the message lay ${t.nanos} (${t.share} of the time) in a queue.`,
      disprove: 'a consumer that was idle meanwhile, or clocks that disagree',
    }),
    network_time: (t) => ({
      title: `${t.nanos} between client and server`,
      sentence: `Of the call ${where(t)}${t.peer === undefined ? '' : ` to ${t.peer}`}, ${t.nanos} (${t.share} of the time) passed between client and server: network, connecting, or a server that was too busy to begin.`,
      disprove: 'a proxy or a connection pool that shows the same wait on its own',
    }),
    cold_start: (t) => ({
      title: `Cold start of ${t.nanos}`,
      sentence: `${where(t)} began with a cold start of ${t.nanos} (${t.share} of the time).`,
      disprove: 'the same delay on an instance that was running',
    }),
    slow_statement: (t) => ({
      title: `Slow statement: ${t.longest}`,
      sentence: `One statement of ${where(t)} took ${t.longest} (${t.share} of the time)${t.statement === undefined ? '' : `: ${t.statement}`}. ${t.writes ? 'It changes rows, so it probably waited for a lock that another transaction held.' : 'It probably reads far more than it returns, as for want of an index: look at its plan.'}`,
      disprove: t.writes
        ? 'no other transaction on the same rows at that moment'
        : 'a plan (EXPLAIN) that uses an index, or the same statement being quick with the same values',
    }),
    slow_call: (t) => ({
      title: `Slow external call: ${t.longest}`,
      sentence: `${where(t)} waited ${t.longest} for a call to ${t.peer ?? 'an external system'}${t.count > 1 ? ` (${t.count} calls, ${t.nanos} together)` : ''}, ${t.share} of the time. It sends no spans, so that what it did is not known.`,
      disprove: 'quick times in the logs of what was called (then the network or the client is slow)',
    }),
    unexplained_time: (t) => ({
      title: `${t.nanos} that no span explains`,
      sentence: `${where(t)} spent ${t.nanos} (${t.share} of the time) on ${t.isCode ? 'its own work, or on a call that is not traced' : 'something between its calls that no span tells of'}.`,
      disprove: 'a profile of the service, or a span around what it does there',
    }),
    slow_consumer: (t) => ({
      title: 'Consumer does not keep up',
      sentence: `${where(t)} does not keep up${t.peer === undefined ? '' : ` with ${t.peer}`}: ${list([...(t.age === undefined ? [] : [`its messages were up to ${t.age} old`]), ...(t.lag === undefined ? [] : [`${t.lag} more were waiting`])])}${t.noticeable ? `; one message takes up to ${t.longest}` : ''}.`,
      disprove: 'a lag that shrinks from batch to batch',
    }),
    slower_than_usual: (t) => ({
      title: `Slower than usual: ${t.nanos}`,
      sentence: `${where(t)} took ${t.nanos} (${t.share} of the time) where ${t.usual === undefined ? 'other traces of this operation do not have it' : `${t.usual} is usual`} (${t.traces} traces).`,
      disprove: 'other requests of the same kind, such as of the same size, that take as long',
    }),
    repeated_statement: (t) => ({
      title: `${t.count} times the same statement (N+1)`,
      sentence: `${t.service} sent the same statement ${t.count} times in one request (${t.nanos}, ${t.share} of the time)${t.statement === undefined ? '' : `: ${t.statement}`}. One statement for all would do.`,
      disprove: 'values that are not known until the statement before has answered',
    }),
    chatty_edge: (t) => ({
      title: `${t.count} equal calls${t.peer === undefined ? '' : ` to ${t.peer}`}`,
      sentence: `${t.service} made ${t.count} equal calls "${t.operation}"${t.peer === undefined ? '' : ` to ${t.peer}`} in one request (${t.nanos}, ${t.share} of the time). One call for all would do.`,
      disprove: 'an API that has no call for several at once',
    }),
    serial_calls: (t) => ({
      title: `${t.count} calls one after the other`,
      sentence: `${t.service} made ${t.count} calls "${t.operation}"${t.peer === undefined ? '' : ` to ${t.peer}`} one after the other (${t.nanos} together, the longest ${t.longest}); side by side they could take as long as the longest.`,
      disprove: 'a call that needs the answer of the one before',
    }),
    lost_context: (t) => ({
      title: 'Trace begins in the middle',
      sentence: `This trace begins at ${where(t)}, which is otherwise called by ${list(t.callers)}${t.peer === undefined ? '' : ` (here by "${t.peer}")`}: the caller probably sent no trace context, so the trace is torn in two.`,
      disprove: 'a caller that is not traced at all, such as a script',
    }),
    sensitive_data: (t) => ({
      title: 'Sensitive data in attributes',
      sentence: `Spans of ${t.service} carry sensitive data in ${list(t.keys)}.`,
      disprove: 'values that only look like it, such as test data',
    }),
    unbounded_name: (t) => ({
      title: 'Span name without bound',
      sentence: `${t.service} names spans by something that is new with every request ("${t.name}"): lists of operations and metrics grow without bound.`,
      disprove: 'a value that has only a few forms',
    }),
    low_sampling: (t) => ({
      title: `Only ${t.probability} of traces are kept`,
      sentence: `${t.service} keeps ${t.probability} of its traces, chosen at their start: most slow and failed requests are lost.`,
      disprove: 'a rule elsewhere that keeps the slow and the failed',
    }),
  },
  headline: ({service, operation, duration, failed, healthy, spans}) =>
    `${service} "${operation}" ${failed ? `failed after ${duration}` : `took ${duration}`} (${spans} ${spans === 1 ? 'span' : 'spans'})${healthy ? (failed ? '; no span says why.' : '; nothing stands out.') : '.'}`,
  time: (parts) => `Where the time went: ${list(parts.map(({name, share}) => `${name} ${share}`))}.`,
  slowest: ({service, operation, duration}) => `Slowest step: ${service} "${operation}" (${duration}).`,
  calls: (calls) => `Calls: ${calls.join(' + ')}.`,
  check: (text) => `It would be disproved by ${text}.`,
  notes: {
    omitted: (count) => `${count} further spans of the trace were not looked at.`,
    missing_parents: (count) =>
      `${count === 1 ? '1 span names a parent' : `${count} spans name parents`} that did not arrive; the explanation may lack something.`,
    cycles: (count) => `The parents of ${count === 1 ? '1 span form' : `${count} spans form`} a ring; it was cut.`,
    several_roots: (count) => `The trace has ${count} roots.`,
    ends_before_start: (count) =>
      `${count === 1 ? '1 span ends' : `${count} spans end`} before the start; counted as 0 long.`,
    after_parent: (count) =>
      `${count === 1 ? '1 span begins' : `${count} spans begin`} after the parent has ended: work that nobody waited for, or a parent that ends too early.`,
    no_name: (count) => `${count === 1 ? '1 span has' : `${count} spans have`} no name.`,
    repeated_ids: (count) => `${count === 1 ? '1 span has an id' : `${count} spans have ids`} that another has.`,
    clock_skew: (count, name, nanos) =>
      `The clock of ${name} is off by ${nanos}; ${count === 1 ? '1 span was' : `${count} spans were`} moved for this analysis.`,
  },
  join: ' ',
  empty: 'The trace has no spans.',
};
