/** What kind of work each span is, and where the time of the critical path went. */
import {CLIENT, CONSUMER, PRODUCER, SERVER} from './columns.ts';
import {type AttributeKey, attributeKey, type Trace} from './trace.ts';

/**
 * `code` is what a service did itself, `network` what a call took beyond its server, `external` a call to what sends no spans; the last
 * four are waits.
 */
export const workKinds = [
  'code',
  'database',
  'cache',
  'messaging',
  'network',
  'external',
  'backoff',
  'pool',
  'lock',
  'queue',
] as const;
export type WorkKind = (typeof workKinds)[number];
export const waitKinds: ReadonlySet<WorkKind> = new Set(['backoff', 'pool', 'lock', 'queue']);

export const callProtocols = ['grpc', 'rpc', 'http', 'database', 'cache', 'messaging', 'other'] as const;
export type CallProtocol = (typeof callProtocols)[number];

const keys = (...names: readonly string[]): readonly AttributeKey[] => names.map(attributeKey);
/** The names of OpenTelemetry's conventions, those in force first. */
export const systemKeys = {
  database: keys('db.system.name', 'db.system'),
  messaging: keys('messaging.system'),
  rpc: keys('rpc.system.name', 'rpc.system'),
  http: keys('http.request.method', 'http.method'),
};
export const statementKeys = keys(
  'db.query.text',
  'db.statement',
  'db.query.summary',
  'db.operation.name',
  'db.operation',
);
const backoffKeys = keys('retry.backoff_ms', 'retry.delay_ms', 'backoff.ms');

const caches = /^(redis|memcached|valkey|dragonfly|keydb|hazelcast|geode|ehcache|aws\.elasticache)/i;
/** Spans that say by their name that they are nothing but a wait. */
const waits: readonly (readonly [WorkKind, RegExp])[] = [
  [
    'backoff',
    /\bback[-_. ]?off\b|\bretry[-_. ]?(wait|delay|sleep|pause)\b|\b(wait|sleep)[-_. ]?(before|for)[-_. ]?retry\b/i,
  ],
  [
    'pool',
    /\bpool\b.*\b(connect|acquire|get|checkout|borrow|wait)|\b(acquire|get|obtain|checkout|borrow|wait for)[-_. ]?connection\b/i,
  ],
  [
    'lock',
    /\b(lock|mutex|semaphore|latch)[-_. ]?(wait|acquire)|\b(acquire|await|wait[-_. ]?for|obtain)[-_. ]?(the[-_. ])?(lock|mutex|semaphore|latch)\b/i,
  ],
  ['queue', /\bqueue[-_. ]?(wait|time|delay)\b|\bwait(ing)?[-_. ]?(in|for)[-_. ]?(the[-_. ])?queue\b/i],
];

export interface Work {
  /** Of each span, what the time is in which no child of it ran. */
  readonly kinds: readonly WorkKind[];
  /** 1 for a client whose server is in the trace. */
  readonly hasServer: Uint8Array;
}

export function classifyWork(trace: Trace): Work {
  const {count, names, spans, tree} = trace;
  const hasServer = new Uint8Array(count);
  for (let span = 0; span < count; span++) {
    const parent = tree.parent[span]!;
    if (parent >= 0 && spans.kind[span] === SERVER && spans.kind[parent] === CLIENT) hasServer[parent] = 1;
  }
  const waitOf = names.map((name) => waits.find(([, pattern]) => pattern.test(name))?.[0]);
  const kinds = Array.from({length: count}, (_, span): WorkKind => {
    const kind = spans.kind[span]!;
    const wait = waitOf[spans.name[span]!];
    if (wait !== undefined) return wait;
    if (hasServer[span] === 1) return 'network';
    if (kind === SERVER) return 'code';
    const system = trace.attribute(span, ...systemKeys.database);
    if (system !== undefined) return caches.test(system) ? 'cache' : 'database';
    if (kind === PRODUCER) return 'messaging';
    if (kind === CONSUMER) return 'code';
    if (kind === CLIENT) return trace.attribute(span, ...systemKeys.messaging) === undefined ? 'external' : 'messaging';
    return trace.attribute(span, ...backoffKeys) !== undefined ? 'backoff' : 'code';
  });
  return {kinds, hasServer};
}

/** How the call that a client or producer span is was made; undefined for every other span, and for a wait. */
export function protocolOf(trace: Trace, {kinds}: Work, span: number): CallProtocol | undefined {
  const work = kinds[span]!;
  if (work === 'database' || work === 'cache') return work;
  const kind = trace.spans.kind[span]!;
  if (kind === PRODUCER || (kind === CLIENT && work === 'messaging')) return 'messaging';
  if (kind !== CLIENT || waitKinds.has(work)) return undefined;
  const rpc = trace.attribute(span, ...systemKeys.rpc);
  if (rpc !== undefined) return /grpc/i.test(rpc) ? 'grpc' : 'rpc';
  return trace.attribute(span, ...systemKeys.http) === undefined ? 'other' : 'http';
}

/** The system that a messaging span names, as people write it. */
export function messagingSystem(trace: Trace, span: number): string {
  const system = trace.attribute(span, ...systemKeys.messaging) ?? '';
  return system === '' ? '' : system.charAt(0).toUpperCase() + system.slice(1);
}
