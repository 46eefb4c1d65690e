/**
 * Decides about whole traces (the Collector's tail_sampling), and tells of those that it keeps which policy kept them and how likely
 * they were to be kept. The work is done in `tail/`; docs/decisions/0067-tail-sampling.md says how.
 */
import {totalmem} from 'node:os';
import {
  anyLength,
  bool,
  byteSize,
  duration,
  ignored,
  integer,
  object,
  oneOf,
  required,
  unsupported,
  withDefault,
} from '../config/index.ts';
import type {Consumer, SpanBatch} from '../model/index.ts';
import {openQueueLog, type Processor, type ProcessorFactory, type Settings, takes} from '../pipeline/index.ts';
import {createTailWatch, Journal, TailSampler} from '../tail/index.ts';
import {makePolicies, policies} from './processor-tail-sampling-policies.ts';

const cacheSize = integer(0, 100_000_000);

const config = object(
  {
    policies: required(policies, 'What to keep. A trace is kept where one of them says so and no policy `drop` does.'),
    decision_wait: withDefault(
      duration(1),
      30_000,
      '30s',
      'How long to wait from the first span of a trace on before it is decided.',
    ),
    decision_wait_after_root_received: withDefault(
      duration(0),
      0,
      '0s',
      'How long to wait from the root span of a trace on, where that is sooner; 0: the root does not matter.',
    ),
    num_traces: withDefault(integer(1), 50_000, '50000', 'How many traces may wait.'),
    maximum_bytes: withDefault(
      byteSize,
      0,
      'a quarter of the memory',
      "Weft's own: how much memory may be taken by all traces that wait, at least 1MiB.",
    ),
    maximum_trace_size_bytes: withDefault(
      byteSize,
      0,
      '0',
      'A trace that is larger is left out before its time; 0: none is.',
    ),
    block_on_overflow: withDefault(
      bool,
      false,
      'false',
      'Refuse spans, retryably, where `num_traces` or `maximum_bytes` is reached. Otherwise the oldest traces are decided early.',
    ),
    expected_new_traces_per_sec: ignored('memory grows with what waits'),
    decision_cache: withDefault(
      object({
        sampled_cache_size: withDefault(cacheSize, 0, 'num_traces', 'Traces that were kept.'),
        non_sampled_cache_size: withDefault(cacheSize, 0, 'num_traces', 'Traces that were not kept.'),
      }),
      {sampled_cache_size: 0, non_sampled_cache_size: 0},
      '',
      'How many decisions are remembered at least, so that spans that come late follow them.',
    ),
    sample_on_first_match: withDefault(bool, false, 'false', 'The first policy that says yes decides.'),
    late_errors: withDefault(
      oneOf('overturn', 'follow'),
      'overturn',
      'overturn',
      "Weft's own: where a late span of a trace that was not kept tells of an error, ask the policies about the late spans, and keep them and all that follow if they say so.",
    ),
    durable: withDefault(
      bool,
      true,
      'true',
      "Weft's own: spans are written to disk before their sender is answered, so that a crash loses none.",
    ),
    pending_on_shutdown: withDefault(
      oneOf('keep', 'decide'),
      'keep',
      'keep',
      "Weft's own: traces that wait at the end are kept on disk and decided after the next start, or decided at once as the Collector does.",
    ),
    drop_pending_traces_on_shutdown: withDefault(
      bool,
      false,
      'false',
      'Traces that wait at the end are dropped, and counted.',
    ),
    sampling_strategy: withDefault(
      oneOf('trace-complete', 'span-ingest'),
      'trace-complete',
      'trace-complete',
      'Judge whole traces when they are due, or, with `span-ingest`, the spans of each request as they come: the first request that a policy says yes to keeps its trace at once, and a trace without one is not kept when it is due.',
    ),
    num_shards: ignored('one thread holds all traces'),
    tail_storage: unsupported(
      'an experiment of the Collector; what waits is on disk anyway (`durable`), and `maximum_bytes` bounds the memory',
    ),
  },
  (values, node, report) => {
    const at = (key: string) => node.entries.get(key)?.at ?? node.at;
    if (values.policies.length === 0) report.fault(at('policies'), '`policies` must name one at least');
    if (values.maximum_bytes > 0 && values.maximum_bytes < 2 ** 20) {
      report.fault(at('maximum_bytes'), '`maximum_bytes` must be 1MiB at least');
    }
    if (values.sampling_strategy === 'span-ingest') {
      for (const {name} of values.policies.filter(({isStateful}) => isStateful)) {
        report.fault(
          at('policies'),
          `\`span-ingest\` judges requests by themselves, and the policy \`${name}\` needs whole traces or counts them`,
        );
      }
      if (values.policies.some(({type}) => type === 'drop')) {
        report.warn(
          at('policies'),
          'with `span-ingest`, no trace is kept beside a policy `drop`: it may match spans that are still to come',
        );
      }
    }
    const {decision_wait, decision_wait_after_root_received: afterRoot} = values;
    if (afterRoot >= decision_wait && afterRoot > 0) {
      report.warn(
        at('decision_wait_after_root_received'),
        '`decision_wait_after_root_received` has no effect: it is not shorter than `decision_wait`',
      );
    }
    if (values.drop_pending_traces_on_shutdown && node.entries.has('pending_on_shutdown')) {
      report.fault(at('pending_on_shutdown'), '`drop_pending_traces_on_shutdown` leaves nothing pending');
    }
  },
);
export type TailSamplingConfig = ReturnType<typeof config.read>;

export const tailSamplingProcessor: ProcessorFactory<TailSamplingConfig> = {
  help: 'Holds the spans of each trace for a while, decides by policies whether the trace is kept, and hands it on or leaves it out.',
  signals: ['traces'],
  config,
  create: createTailSampling,
};

/** No trace that anybody looks at has so many: it never ends. */
const maximumTraceSpans = 100_000;

/** Decisions come at most this late, and at most this often. */
const longestTickMs = 1000;
const shortestTickMs = 5;

function createTailSampling(settings: Settings, values: TailSamplingConfig, next: Consumer): Processor {
  const {log, id} = settings;
  const watch = createTailWatch(
    settings.meter,
    id,
    values.policies.toSorted(dropFirst).map(({name}) => name),
  );
  const {decision_cache: cache, num_traces} = values;
  const sampler = new TailSampler(
    {
      decisionWaitMs: values.decision_wait,
      rootWaitMs: values.decision_wait_after_root_received,
      numTraces: num_traces,
      maximumBytes: values.maximum_bytes > 0 ? values.maximum_bytes : Math.max(2 ** 26, memory() / 4),
      maximumTraceBytes: values.maximum_trace_size_bytes,
      maximumTraceSpans,
      refuseOverflow: values.block_on_overflow,
      firstMatch: values.sample_on_first_match,
      atIngest: values.sampling_strategy === 'span-ingest',
      keptCapacity: Math.max(num_traces, cache.sampled_cache_size),
      notKeptCapacity: Math.max(num_traces, cache.non_sampled_cache_size),
      overturns: values.late_errors === 'overturn',
      atEnd: values.drop_pending_traces_on_shutdown ? 'drop' : values.pending_on_shutdown,
    },
    {policies: makePolicies(values.policies, watch), next, watch, log, now: () => performance.now()},
  );
  const directory = settings.directory();
  // What is kept at ingest goes on at the next tick.
  const atIngestMs = values.sampling_strategy === 'span-ingest' ? longestTickMs : anyLength;
  const soonest = Math.min(values.decision_wait, values.decision_wait_after_root_received || anyLength, atIngestMs);
  const tickMs = Math.min(longestTickMs, Math.max(shortestTickMs, soonest / 10));
  let timer: NodeJS.Timeout | undefined;
  return {
    consumer: takes<'traces'>((batch, context) => sampler.consume(batch as SpanBatch, context)),
    async start() {
      const queue = await openQueueLog({directory, fsync: true});
      if (queue.damagedBytes > 0) log.warn({bytes: queue.damagedBytes}, 'spans that waited on disk are damaged');
      await sampler.start(new Journal(queue, log), values.durable);
      timer = setInterval(() => {
        sampler.tick().catch((error: unknown) => log.error({err: error}, 'traces that were due could not be decided'));
      }, tickMs);
    },
    async stop() {
      clearInterval(timer);
      await sampler.stop();
    },
    async retire() {
      clearInterval(timer);
      await sampler.stop('decide');
    },
  };
}

/** As the sampler asks them. */
const dropFirst = (a: {readonly type: string}, b: {readonly type: string}): number =>
  Number(b.type === 'drop') - Number(a.type === 'drop');

const memory = (): number =>
  process.constrainedMemory() > 0 ? Math.min(process.constrainedMemory(), totalmem()) : totalmem();
