/** The same thing again and again: N+1 statements, chatty edges, equal calls in turn. */
import type {Anatomy} from './anatomy.ts';
import {ERROR} from './columns.ts';
import {cut} from './find-errors.ts';
import type {Finding} from './finding.ts';
import {commandOf, isTransaction, shapeOf, statementOf} from './statement.ts';
import {attributeKey} from './trace.ts';
import {protocolOf} from './work.ts';

const MILLI = 1e6;
/** Fewer repetitions are how programs are written. */
const manyStatements = 8;
const manyCalls = 10;
const someCalls = 3;

const peerKeys = ['peer.service', 'server.address', 'net.peer.name'].map(attributeKey);

export function findRepeats(anatomy: Anatomy): Finding[] {
  const {trace, work, entry} = anatomy;
  const {spans} = trace;
  const groups = new Map<string, number[]>();
  const shapes = new Map<string, string>();
  for (let span = 0; span < trace.count; span++) {
    const protocol = protocolOf(trace, work, span);
    if (protocol === undefined) continue;
    let what = '';
    if (protocol === 'database' || protocol === 'cache') {
      const statement = statementOf(trace, span);
      if (isTransaction(statement)) continue;
      let shape = shapes.get(statement);
      if (shape === undefined) {
        shape = protocol === 'database' ? shapeOf(statement) : commandOf(statement);
        if (shapes.size < 10_000) shapes.set(statement, shape);
      }
      what = shape;
    } else {
      const peer = calleeOf(anatomy, span);
      what = peer ?? trace.attribute(span, ...peerKeys) ?? '';
    }
    const key = `${entry[span]} ${protocol} ${spans.service[span]} ${spans.name[span]} ${what}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  const found: Finding[] = [];
  for (const group of groups.values()) {
    if (group.length < someCalls) continue;
    const finding = judge(anatomy, group);
    if (finding !== undefined) found.push(finding);
  }
  return found.sort((a, b) => b.impact - a.impact).slice(0, 20);
}

function judge(anatomy: Anatomy, group: readonly number[]): Finding | undefined {
  const {trace, work, critical} = anatomy;
  const {spans, services, names} = trace;
  const first = group[0]!;
  const protocol = protocolOf(trace, work, first)!;
  const isStatement = protocol === 'database' || protocol === 'cache';
  const covered = union(anatomy, group);
  const sum = group.reduce((all, span) => all + spans.duration[span]!, 0);
  const failed = group.filter((span) => spans.status[span] === ERROR).length;
  const share = covered / trace.total;
  const isMany = group.length >= (isStatement ? manyStatements : manyCalls);
  // Attempts at what failed are retries, which are told as such.
  if (failed > 0 && failed >= group.length - 1) return undefined;
  // One after the other: what they cover together is what they took in sum.
  const inTurn = covered > 0.8 * sum;
  if (!isMany) {
    const saved = sum - Math.max(...group.map((span) => spans.duration[span]!));
    const isWorth = inTurn && !isStatement && protocol !== 'messaging' && saved >= 100 * MILLI && share >= 0.3;
    if (!isWorth) return undefined;
  }
  const peer = isStatement ? undefined : (calleeOf(anatomy, first) ?? trace.attribute(first, ...peerKeys));
  const statement = isStatement ? statementOf(trace, first) : '';
  return {
    kind: isStatement ? 'repeated_statement' : isMany ? 'chatty_edge' : 'serial_calls',
    severity: share >= 0.1 ? 'problem' : 'notice',
    confidence: isMany ? Math.min(0.9, 0.7 + group.length / 100) : 0.4,
    impact: Math.min(1, share),
    spans: [...group].sort((a, b) => critical[b]! - critical[a]!),
    figures: {
      count: group.length,
      nanos: covered,
      longestNanos: group.reduce((most, span) => Math.max(most, spans.duration[span]!), 0),
    },
    facts: {
      service: services[spans.service[first]!]!,
      operation: names[spans.name[first]!]!,
      ...(statement === '' ? {} : {statement: cut(statement, 500)}),
      ...(peer === undefined ? {} : {peer}),
      work: work.kinds[first]!,
    },
  };
}

/** Nanoseconds in which one of the spans ran. They come by start. */
function union({trace: {spans}}: Anatomy, group: readonly number[]): number {
  let covered = 0;
  let reached = 0;
  for (const span of [...group].sort((a, b) => spans.start[a]! - spans.start[b]!)) {
    const end = spans.start[span]! + spans.duration[span]!;
    covered += Math.max(0, end - Math.max(reached, spans.start[span]!));
    reached = Math.max(reached, end);
  }
  return covered;
}

/** The service that answered a call, where it is in the trace. */
function calleeOf({trace, work}: Anatomy, span: number): string | undefined {
  if (work.hasServer[span] !== 1) return undefined;
  const {tree, spans, services} = trace;
  const child = tree.children[tree.firstChild[span]!]!;
  return services[spans.service[child]!];
}
