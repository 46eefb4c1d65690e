/** What a tail sampler counts: the Collector's names (`otelcol_processor_tail_sampling_…`), and Weft's own beside them. */
import type {Meter} from '../base/index.ts';
import type {JudgeWatch} from './judge.ts';
import {type Decision, decision, type Mark} from './verdict.ts';

const prefix = 'otelcol_processor_tail_sampling_';
/** OpenTelemetry's default buckets. */
const defaultBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
const timerBounds = [
  1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2000, 3000, 4000, 5000, 10_000, 20_000, 30_000,
  50_000,
];

const sampledLabels = {sampled: 'true', decision: 'sampled'};
const notSampledLabels = {sampled: 'false', decision: 'not_sampled'};
const droppedLabels = {sampled: 'false', decision: 'dropped'};

/** Why a trace was decided before its time. */
export type EarlyReason = 'num_traces' | 'maximum_bytes' | 'trace_spans';
/** Why spans that were acknowledged were not handed on although their trace was kept, or left without a decision. */
export type LossReason = 'refused' | 'unreadable' | 'shutdown';

export function createTailWatch(meter: Meter, processor: string, policies: readonly string[]) {
  const own = {processor};
  const counter = (name: string, help: string) => meter.counter(prefix + name, help);
  const tracesBy = counter('count_traces_sampled', 'Count of traces that were sampled or not per sampling policy.');
  const spansBy = counter('count_spans_sampled', 'Count of spans that were sampled or not per sampling policy.');
  const runs = counter('sampling_policy_execution_count', 'Number of executions of a policy.');
  const time = counter('sampling_policy_execution_time_sum', 'Time that a policy took in all, in microseconds.');
  const global = counter(
    'global_count_traces_sampled',
    'Global count of traces that were sampled or not by at least one policy.',
  );
  const early = meter.counter(
    'weft_processor_tail_sampling_decided_early',
    'Traces that were decided before their time, by the bound that they would have exceeded.',
  );
  const lost = meter.counter(
    'weft_processor_tail_sampling_lost_spans',
    'Spans that were acknowledged and neither handed on nor left out by a policy, by reason.',
  );
  const refused = meter.counter(
    'weft_processor_tail_sampling_refused_spans',
    'Spans that were refused, retryably, because the processor was full.',
  );
  // The Collector names a policy after its processor, where that has a name of its own.
  const [, suffix] = processor.split('/', 2);
  const labelOf = (policy: string): string => (suffix === undefined ? policy : `${suffix}.${policy}`);
  const byPolicy = policies.map((name) => {
    const labels = {...own, policy: labelOf(name)};
    const pair = (of: typeof sampledLabels) => ({
      traces: tracesBy.with({...labels, ...of}),
      spans: spansBy.with({...labels, ...of}),
    });
    const [yes, no, gone] = [pair(sampledLabels), pair(notSampledLabels), pair(droppedLabels)];
    const series: Readonly<Record<Decision, typeof yes>> = {
      [decision.sampled]: yes,
      [decision.invertSampled]: yes,
      [decision.notSampled]: no,
      [decision.invertNotSampled]: no,
      [decision.dropped]: gone,
    };
    return {series, runs: runs.with(labels), time: time.with(labels)};
  });
  const globalBy = {
    kept: global.with({...own, ...sampledLabels}),
    not: global.with({...own, ...notSampledLabels}),
    dropped: global.with({...own, ...droppedLabels}),
  };
  const released = counter(
    'early_releases_from_cache_decision',
    'Number of spans that were able to be immediately released because their trace had been decided.',
  );
  const errors = counter('sampling_policy_evaluation_error', 'Count of sampling policy evaluation errors.').with(own);
  let lastError: string | undefined;
  const judge: JudgeWatch = {
    verdict(policy, of, spans) {
      const {traces, spans: counted} = byPolicy[policy]!.series[of];
      traces.add(1);
      counted.add(spans);
    },
    time(policy, ms) {
      byPolicy[policy]!.runs.add(1);
      byPolicy[policy]!.time.add(ms * 1000);
    },
    failed(_, message) {
      errors.add(1);
      lastError = message;
    },
  };
  return {
    judge,
    /** An error of a policy that its configuration passes over. */
    note(message: string): void {
      lastError = message;
    },
    /** The latest error of a policy since the last call. */
    takeError(): string | undefined {
      const error = lastError;
      lastError = undefined;
      return error;
    },
    decided({kept, dropped}: Mark): void {
      (kept ? globalBy.kept : dropped ? globalBy.dropped : globalBy.not).add(1);
    },
    releasedLate: {
      kept: released.with({...own, sampled: 'true'}),
      not: released.with({...own, sampled: 'false'}),
    },
    newTraces: counter('new_trace_id_received', 'Counts the arrival of new traces.').with(own),
    droppedTooEarly: counter(
      'sampling_trace_dropped_too_early',
      'Count of traces that left before the configured wait time. Weft decides them with the spans that they have.',
    ).with(own),
    decidedEarly: (reason: EarlyReason, traces: number): void => early.with({...own, reason}).add(traces),
    tooLarge: counter(
      'traces_dropped_too_large',
      'Count of traces that were dropped because they were too large.',
    ).with(own),
    unreadableTraceState: counter(
      'count_spans_with_unparseable_tracestate',
      'Spans of kept traces whose tracestate cannot be read, so that it does not tell their probability.',
    ).with(own),
    overturned: meter
      .counter('weft_processor_tail_sampling_overturned_traces', 'Traces that a late error kept after all.')
      .with(own),
    folded: meter
      .counter(
        'weft_processor_tail_sampling_folded_traces',
        'Traces that an adaptive policy counted as of one operation, because there were too many.',
      )
      .with(own),
    lost: (reason: LossReason, spans: number): void => lost.with({...own, reason}).add(spans),
    refused: (reason: string, spans: number): void => refused.with({...own, reason}).add(spans),
    timer: meter
      .histogram(
        `${prefix}sampling_decision_timer_latency`,
        'Latency (in milliseconds) of each run of the sampling decision timer.',
        timerBounds,
      )
      .with(own),
    lateAge: meter
      .histogram(
        `${prefix}sampling_late_span_age`,
        'Time (in seconds) from the sampling decision was taken and the arrival of a late span.',
        defaultBounds,
      )
      .with(own),
    removalAge: meter
      .histogram(
        `${prefix}sampling_trace_removal_age`,
        'Time (in seconds) from arrival of a new trace until its removal from memory.',
        defaultBounds,
      )
      .with(own),
    traces: meter
      .gauge(`${prefix}sampling_traces_on_memory`, 'Tracks the number of traces current on memory.')
      .with(own),
    heldBytes: meter
      .gauge(
        'weft_processor_tail_sampling_held_bytes',
        'Memory of the spans that wait for a decision or their delivery.',
      )
      .with(own),
    maximumBytes: meter.gauge('weft_processor_tail_sampling_maximum_bytes', 'The bound on that memory.').with(own),
    journalBytes: meter
      .gauge('weft_processor_tail_sampling_journal_bytes', 'What lies on disk of spans that wait.')
      .with(own),
  };
}
export type TailWatch = ReturnType<typeof createTailWatch>;
