/** The explanation of one trace: what is to be known of it, and what was found, the most telling first. */
import type {SpanBatch} from '../model/index.ts';
import {type Anatomy, type Breakdown, breakDown, dissect, failedAtRoot} from './anatomy.ts';
import {CONSUMER, PRODUCER} from './columns.ts';
import {findErrors} from './find-errors.ts';
import {findHabits, type Surroundings} from './find-habits.ts';
import {findRepeats} from './find-repeats.ts';
import {findSlower} from './find-slower.ts';
import {findGaps, findSlowConsumers, findSlowSteps, findWaits, type Gap} from './find-waits.ts';
import type {Finding, FindingKind} from './finding.ts';
import {ORPHAN, RING} from './tree.ts';
import type {Shape} from './usual-shape.ts';

export interface Explanation {
  readonly anatomy: Anatomy;
  readonly breakdown: Breakdown;
  readonly gaps: readonly Gap[];
  /** Whether the root failed. */
  readonly failed: boolean;
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
}

/** What is odd about the data, and how much of it: the explanation may be wrong because of it. */
export interface Note {
  readonly kind:
    | 'clock_skew'
    | 'missing_parents'
    | 'cycles'
    | 'several_roots'
    | 'ends_before_start'
    | 'repeated_ids'
    | 'after_parent'
    | 'no_name'
    | 'omitted';
  /** Spans, or roots. */
  readonly count: number;
  /** Of clocks: the host that is most wrong, and by how many nanoseconds (positive: it is behind). */
  readonly name?: string;
  readonly nanos?: number;
}

const mostFindings = 20;

/** `omitted`: spans of the trace that are not in the batch. */
export function explainTrace(batch: SpanBatch, options: Options = {}): Explanation {
  return explainAnatomy(dissect(batch), options);
}

export type Options = Surroundings & {
  readonly omitted?: number;
  /** What is usual of its operation, where that is known. */
  readonly usual?: Shape | undefined;
};

/** The same of what was dissected already. */
export function explainAnatomy(anatomy: Anatomy, {omitted = 0, usual, ...surroundings}: Options = {}): Explanation {
  const gaps = findGaps(anatomy);
  const found = [
    ...findErrors(anatomy),
    ...findWaits(anatomy, gaps),
    ...findSlowConsumers(anatomy),
    ...findSlowSteps(anatomy),
    ...findSlower(anatomy, usual),
    ...findRepeats(anatomy),
    ...findHabits(anatomy, surroundings),
  ];
  return {
    anatomy,
    breakdown: breakDown(anatomy),
    gaps,
    failed: failedAtRoot(anatomy),
    findings: rank(found),
    notes: notesOf(anatomy, omitted),
  };
}

/** Of findings of the same weight: what is the cause of the others comes first. */
const order: readonly FindingKind[] = [
  ...([
    'error',
    'retry_backoff',
    'slow_consumer',
    'pool_wait',
    'lock_wait',
    'slow_statement',
    'repeated_statement',
  ] as const),
  ...([
    'queue_wait',
    'cold_start',
    'slow_call',
    'chatty_edge',
    'serial_calls',
    'network_time',
    'unexplained_time',
    'slower_than_usual',
  ] as const),
  ...(['healed_error', 'handled_error', 'sensitive_data', 'lost_context', 'unbounded_name', 'low_sampling'] as const),
];

function rank(found: readonly Finding[]): Finding[] {
  const errors = found.filter(({kind}) => kind === 'error');
  const weight = (finding: Finding): number => {
    const {kind, severity, impact, confidence} = finding;
    // Of errors the first one made the others: what is told of a rollback that fails is its consequence.
    if (kind === 'error') return 10 - Math.min(9, errors.indexOf(finding)) / 10;
    return severity === 'notice' ? impact * 0.1 : impact * (0.5 + confidence / 2);
  };
  return [...found]
    .sort((a, b) => weight(b) - weight(a) || order.indexOf(a.kind) - order.indexOf(b.kind))
    .slice(0, mostFindings);
}

function notesOf({trace}: Anatomy, omitted: number): Note[] {
  const {tree, skew, spans} = trace;
  const count = (test: (span: number) => boolean): number => {
    let sum = 0;
    for (let span = 0; span < trace.count; span++) if (test(span)) sum++;
    return sum;
  };
  const roots = count((span) => spans.parentSpanId[span] === '');
  const [worst] = skew?.clocks ?? [];
  const notes: Note[] = [
    {kind: 'omitted', count: omitted},
    {kind: 'missing_parents', count: count((span) => tree.orphan[span] === ORPHAN)},
    {kind: 'cycles', count: count((span) => tree.orphan[span] === RING)},
    {kind: 'several_roots', count: roots > 1 ? roots : 0},
    {kind: 'ends_before_start', count: trace.endsBeforeStart},
    {kind: 'repeated_ids', count: trace.repeatedIds},
    {kind: 'after_parent', count: count((span) => beginsAfter(trace, span))},
    {kind: 'no_name', count: count((span) => trace.names[spans.name[span]!]!.trim() === '')},
    ...(worst === undefined
      ? []
      : [
          {
            kind: 'clock_skew' as const,
            count: skew!.clocks.reduce((sum, {spans: moved}) => sum + moved, 0),
            name: worst.name,
            nanos: worst.by,
          },
        ]),
  ];
  return notes.filter((note) => note.count > 0);
}

/** Whether its parent had ended when a span began, other than a message's consumer does. */
function beginsAfter({tree, spans}: Anatomy['trace'], span: number): boolean {
  const parent = tree.parent[span]!;
  if (parent < 0 || spans.kind[span] === CONSUMER || spans.kind[parent] === PRODUCER) return false;
  return spans.start[span]! > spans.start[parent]! + spans.duration[parent]! + agreeing;
}

/** Clocks that agree within this many nanoseconds agree. */
const agreeing = 1e6;
