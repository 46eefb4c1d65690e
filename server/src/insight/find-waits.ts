/** Where the critical path stood still, and why: pauses between attempts, pools, locks, queues, the network, cold starts. */
import type {Anatomy} from './anatomy.ts';
import {CLIENT, CONSUMER, ERROR, PRODUCER, SERVER} from './columns.ts';
import {cut} from './find-errors.ts';
import type {Finding, FindingKind} from './finding.ts';
import {statementOf} from './statement.ts';
import {attributeKey, type Trace} from './trace.ts';

export const waitCauses = ['backoff', 'pool', 'lock', 'queue', 'network', 'cold_start', 'unknown'] as const;
export type WaitCause = (typeof waitCauses)[number];

/** A stretch of the critical path in which nobody worked as far as the spans tell. */
export interface Gap {
  readonly span: number;
  /** Nanoseconds after the trace's start. */
  readonly from: number;
  readonly to: number;
  readonly cause: WaitCause;
  readonly confidence: number;
  /** What shows the cause, beside `span`. */
  readonly evidence: readonly number[];
}

const MILLI = 1e6;
/** Shorter stretches are what any program needs between two calls. */
const leastGap = 5 * MILLI;
const leastShare = 0.01;
const mostGaps = 1_000;

const coldStartKeys = [attributeKey('faas.coldstart'), attributeKey('cold_start')];
const retryEvent = /\bretry\b|\battempt\b/i;
const lockEvent = /\block\b.*\b(wait|acquir|contend)|waiting for .*\block\b/i;

export function findGaps(anatomy: Anatomy): Gap[] {
  const {trace, path} = anatomy;
  const least = Math.max(leastGap, leastShare * trace.total);
  const gaps: Gap[] = [];
  for (const [span, parts] of path.parts) {
    for (const [from, to] of parts) {
      if (to - from < least) continue;
      const gap = explainGap(anatomy, span, from, to);
      if (gap !== undefined) gaps.push({span, from, to, ...gap});
    }
  }
  gaps.push(...queueGaps(anatomy, least));
  return gaps.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, mostGaps);
}

function explainGap(
  anatomy: Anatomy,
  span: number,
  from: number,
  to: number,
): Pick<Gap, 'cause' | 'confidence' | 'evidence'> | undefined {
  const {trace, work} = anatomy;
  const {tree, spans} = trace;
  const kind = work.kinds[span]!;
  if (kind === 'backoff' || kind === 'pool' || kind === 'lock' || kind === 'queue') {
    return {cause: kind, confidence: 0.95, evidence: []};
  }
  const [before, after] = neighbours(anatomy, span, from, to);
  if (kind === 'network') {
    const cold = after !== undefined && trace.attribute(after, ...coldStartKeys) === 'true';
    return cold
      ? {cause: 'cold_start', confidence: 0.9, evidence: [after]}
      : {cause: 'network', confidence: 0.7, evidence: [before, after].filter((each) => each !== undefined)};
  }
  if (before === undefined && trace.attribute(span, ...coldStartKeys) === 'true') {
    return {cause: 'cold_start', confidence: 0.8, evidence: []};
  }
  const isRetry =
    before !== undefined &&
    after !== undefined &&
    spans.status[before] === ERROR &&
    spans.name[before] === spans.name[after] &&
    spans.service[before] === spans.service[after];
  if (isRetry) return {cause: 'backoff', confidence: 0.85, evidence: [before, after]};
  const told = trace.events(span).filter(({at}) => at >= from - MILLI && at <= to + MILLI);
  if (before !== undefined && spans.status[before] === ERROR && told.some(({name}) => retryEvent.test(name))) {
    return {cause: 'backoff', confidence: 0.8, evidence: [before]};
  }
  if (told.some(({name}) => lockEvent.test(name))) return {cause: 'lock', confidence: 0.8, evidence: []};
  // What a leaf did is its work, not a gap.
  const hasChildren = tree.firstChild[span + 1]! > tree.firstChild[span]!;
  return hasChildren ? {cause: 'unknown', confidence: 0.4, evidence: []} : undefined;
}

/** The child that ended last before a stretch of `span`, and the first that began after it. */
function neighbours(
  {trace}: Anatomy,
  span: number,
  from: number,
  to: number,
): [number | undefined, number | undefined] {
  const {tree, spans} = trace;
  let before: number | undefined;
  let after: number | undefined;
  for (let c = tree.firstChild[span]!; c < tree.firstChild[span + 1]!; c++) {
    const child = tree.children[c]!;
    const end = spans.start[child]! + spans.duration[child]!;
    if (end <= from && (before === undefined || end > spans.start[before]! + spans.duration[before]!)) before = child;
    if (spans.start[child]! >= to) {
      after = child;
      break;
    }
  }
  return [before, after];
}

/** Messages that lay in a queue within the trace: from the end of who sent one until it was taken up. */
function queueGaps({trace, path}: Anatomy, least: number): Gap[] {
  const {tree, spans} = trace;
  const gaps: Gap[] = [];
  for (const span of path.spans) {
    const parent = tree.parent[span]!;
    if (parent < 0 || spans.kind[span] !== CONSUMER || spans.kind[parent] !== PRODUCER) continue;
    const from = spans.start[parent]! + spans.duration[parent]!;
    if (spans.start[span]! - from >= least) {
      gaps.push({span, from, to: spans.start[span]!, cause: 'queue', confidence: 0.9, evidence: [parent]});
    }
  }
  return gaps;
}

interface Rule {
  readonly kind: FindingKind;
  /** From here on, in nanoseconds and as a share of the trace, both, a wait is worth telling. */
  readonly nanos: number;
  readonly share: number;
}
const rules: Readonly<Record<WaitCause, Rule>> = {
  backoff: {kind: 'retry_backoff', nanos: 50 * MILLI, share: 0.1},
  pool: {kind: 'pool_wait', nanos: 400 * MILLI, share: 0.25},
  lock: {kind: 'lock_wait', nanos: 300 * MILLI, share: 0.25},
  queue: {kind: 'queue_wait', nanos: 1_000 * MILLI, share: 0.25},
  network: {kind: 'network_time', nanos: 1_000 * MILLI, share: 0.3},
  cold_start: {kind: 'cold_start', nanos: 200 * MILLI, share: 0.2},
  unknown: {kind: 'unexplained_time', nanos: 1_000 * MILLI, share: 0.4},
};

export function findWaits(anatomy: Anatomy, gaps: readonly Gap[]): Finding[] {
  const {trace} = anatomy;
  const {spans, services, names} = trace;
  const byPlace = new Map<string, Gap[]>();
  for (const gap of gaps) {
    const key = `${gap.cause} ${spans.service[gap.span]} ${spans.name[gap.span]}`;
    const list = byPlace.get(key);
    if (list === undefined) byPlace.set(key, [gap]);
    else list.push(gap);
  }
  return [...byPlace.values()].flatMap((list): Finding[] => {
    const {cause, span} = list[0]!;
    const rule = rules[cause];
    const nanos = list.reduce((sum, {from, to}) => sum + to - from, 0);
    if (nanos < rule.nanos || nanos < rule.share * trace.total) return [];
    const attempts = cause === 'backoff' ? attemptsAround(anatomy, list) : [];
    const peer = cause === 'network' ? peerOf(anatomy, span) : undefined;
    const operation = attempts.length > 0 ? names[spans.name[attempts[0]!]!]! : names[spans.name[span]!]!;
    return [
      {
        kind: rule.kind,
        severity: 'problem',
        confidence: Math.min(...list.map(({confidence}) => confidence)),
        impact: Math.min(1, nanos / trace.total),
        spans: [...new Set([...list.map((gap) => gap.span), ...list.flatMap(({evidence}) => evidence), ...attempts])],
        figures: {
          nanos,
          count: list.length,
          longestNanos: Math.max(...list.map(({from, to}) => to - from)),
          ...(attempts.length === 0 ? {} : {failed: attempts.filter((each) => spans.status[each] === ERROR).length}),
        },
        facts: {
          service: services[spans.service[span]!]!,
          operation,
          ...(peer === undefined ? {} : {peer}),
          ...(attempts.length === 0 ? {} : failureOf(anatomy, attempts)),
        },
      },
    ];
  });
}

/** The attempts between which somebody paused: equal siblings, of which at least one failed. */
function attemptsAround({trace}: Anatomy, list: readonly Gap[]): number[] {
  const {tree, spans} = trace;
  const {span, evidence} = list[0]!;
  const parent = evidence.length > 0 ? span : tree.parent[span]!;
  if (parent < 0) return [...evidence];
  const failed: number[] = [];
  const all: number[] = [];
  for (let c = tree.firstChild[parent]!; c < tree.firstChild[parent + 1]!; c++) {
    const child = tree.children[c]!;
    all.push(child);
    if (spans.status[child] === ERROR) failed.push(child);
  }
  const first = failed[0];
  return first === undefined ? [...evidence] : all.filter((each) => spans.name[each] === spans.name[first]);
}

/** Why the attempts failed: what the deepest failed span below the first says. */
function failureOf({trace}: Anatomy, attempts: readonly number[]): {readonly message?: string} {
  const {tree, spans} = trace;
  let at = attempts.find((each) => spans.status[each] === ERROR);
  if (at === undefined) return {};
  const message = trace.statusMessage(at);
  if (message !== '') return {message: cut(message, 200)};
  for (;;) {
    let next = -1;
    for (let c = tree.firstChild[at]!; c < tree.firstChild[at + 1]!; c++) {
      if (spans.status[tree.children[c]!] === ERROR) next = tree.children[c]!;
    }
    if (next < 0) break;
    at = next;
  }
  const deepest = trace.statusMessage(at);
  return deepest === '' ? {} : {message: cut(deepest, 200)};
}

function peerOf({trace}: Anatomy, span: number): string | undefined {
  const {tree, spans, services} = trace;
  for (let c = tree.firstChild[span]!; c < tree.firstChild[span + 1]!; c++) {
    const child = tree.children[c]!;
    if (spans.kind[child] === SERVER) return services[spans.service[child]!];
  }
  return undefined;
}

const lagKeys = ['messaging.kafka.consumer_lag', 'messaging.kafka.consumer.lag', 'messaging.consumer.lag'].map(
  attributeKey,
);
const ageKeys = ['messaging.message.age_ms', 'messaging.message.age'].map(attributeKey);
const queueKeys = ['messaging.destination.name', 'messaging.destination'].map(attributeKey);
/** A consumer that is so far behind does not keep up. */
const longAge = 5_000 * MILLI;
const longLag = 20;

/** Consumers that do not keep up with what is sent to them, by what they say of their messages. */
export function findSlowConsumers(anatomy: Anatomy): Finding[] {
  const {trace} = anatomy;
  const {spans, services, names, tree} = trace;
  const found: Finding[] = [];
  for (let span = 0; span < trace.count && found.length < 10; span++) {
    if (spans.kind[span] !== CONSUMER) continue;
    const lag = Number(trace.attribute(span, ...lagKeys) ?? 0);
    let age = Number(trace.attribute(span, ...ageKeys) ?? 0) * MILLI;
    const messages: number[] = [];
    for (let c = tree.firstChild[span]!; c < tree.firstChild[span + 1]!; c++) {
      const child = tree.children[c]!;
      const old = trace.attribute(child, ...ageKeys);
      if (old === undefined) continue;
      messages.push(child);
      age = Math.max(age, Number(old) * MILLI);
    }
    if (!(age >= longAge || lag >= longLag)) continue;
    const each = messages.reduce((most, message) => Math.max(most, spans.duration[message]!), 0);
    const peer = trace.attribute(span, ...queueKeys);
    found.push({
      kind: 'slow_consumer',
      severity: 'problem',
      confidence: 0.95,
      impact: 1,
      spans: [span, ...messages.sort((a, b) => spans.duration[b]! - spans.duration[a]!)],
      figures: {
        ...(age > 0 ? {ageNanos: age} : {}),
        ...(lag > 0 ? {lag} : {}),
        ...(messages.length > 0 ? {count: messages.length, longestNanos: each} : {}),
      },
      facts: {
        service: services[spans.service[span]!]!,
        operation: names[spans.name[span]!]!,
        ...(peer === undefined ? {} : {peer}),
      },
    });
  }
  return found;
}

const hostKeys = ['server.address', 'net.peer.name', 'peer.service', 'http.host', 'net.peer.ip'].map(attributeKey);
const peerService = attributeKey('peer.service');
const pathKeys = ['url.path', 'http.target'].map(attributeKey);

/** What a client called, by its name, or by its host and path without the query. */
function calledBy(trace: Trace, span: number): string | undefined {
  const service = trace.attribute(span, peerService);
  if (service !== undefined) return service;
  const host = trace.attribute(span, ...hostKeys);
  const path = trace.attribute(span, ...pathKeys)?.replace(/\?.*/s, '') ?? '';
  return host === undefined ? undefined : cut(`${host}${path}`, 120);
}

/** Statements, calls to what sends no spans, and own work that took most of the time. */
export function findSlowSteps(anatomy: Anatomy): Finding[] {
  const {trace, work, critical} = anatomy;
  const {spans, services, names, tree} = trace;
  const groups = new Map<string, number[]>();
  for (const span of anatomy.path.spans) {
    const kind = work.kinds[span]!;
    const isLeaf = tree.firstChild[span + 1]! === tree.firstChild[span]!;
    if (kind !== 'database' && kind !== 'cache' && kind !== 'external' && !(kind === 'code' && isLeaf)) continue;
    if (critical[span] === 0) continue;
    const key = `${kind} ${spans.service[span]} ${spans.name[span]} ${kind === 'database' ? statementOf(trace, span) : ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  return [...groups.values()].flatMap((group): Finding[] => {
    const ranked = group.sort((a, b) => critical[b]! - critical[a]!);
    const slowest = ranked[0]!;
    const kind = work.kinds[slowest]!;
    const longest = critical[slowest]!;
    const nanos = group.reduce((sum, span) => sum + critical[span]!, 0);
    const [least, share] = kind === 'code' ? [1_000 * MILLI, 0.4] : [500 * MILLI, 0.25];
    // One that is slow, not many that are quick: those are told as repeated.
    if (longest < least || nanos < share * trace.total) return [];
    const isStatement = kind === 'database' || kind === 'cache';
    const statement = isStatement ? statementOf(trace, slowest) : '';
    const writes = /^\s*(update|delete|insert|merge|replace|lock)\b|\bfor (no key )?update\b|\bfor share\b/i.test(
      statement,
    );
    const peer = spans.kind[slowest] === CLIENT ? calledBy(trace, slowest) : undefined;
    return [
      {
        kind: kind === 'code' ? 'unexplained_time' : isStatement ? 'slow_statement' : 'slow_call',
        severity: 'problem',
        confidence: isStatement ? 0.8 : kind === 'code' ? 0.5 : 0.75,
        impact: Math.min(1, nanos / trace.total),
        spans: ranked,
        figures: {nanos, count: group.length, longestNanos: longest},
        facts: {
          service: services[spans.service[slowest]!]!,
          operation: names[spans.name[slowest]!]!,
          work: kind,
          ...(statement === '' ? {} : {statement: cut(statement, 500)}),
          ...(isStatement && writes ? {writes: true} : {}),
          ...(peer === undefined ? {} : {peer}),
        },
      },
    ];
  });
}
