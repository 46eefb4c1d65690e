/** Refuses data, retryably, while the process uses more memory than it should (the Collector's memory_limiter). */
import {totalmem} from 'node:os';
import {getHeapStatistics, setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {RetryableError} from '../base/index.ts';
import {always, anyLength, bool, duration, ignored, integer, object, required, withDefault} from '../config/index.ts';
import type {AnyBatch, Lent} from '../model/index.ts';
import {allSignals, inspects, type ProcessorFactory, type Settings} from '../pipeline/index.ts';

const config = object(
  {
    check_interval: required(duration(1), 'Time between measurements of memory; 1s is a good value.'),
    limit_mib: withDefault(integer(0, 2 ** 31), 0, '0', 'The hard limit in MiB. It or `limit_percentage` must be set.'),
    spike_limit_mib: withDefault(
      integer(0, 2 ** 31),
      0,
      '20% of the limit',
      'How far below the hard limit refusing begins: what memory may grow between two measurements.',
    ),
    limit_percentage: withDefault(integer(0, 100), 0, '0', 'The hard limit as a share of the memory that there is.'),
    spike_limit_percentage: withDefault(
      integer(0, 100),
      0,
      '20% of the limit',
      '`spike_limit_mib` as a share of memory.',
    ),
    min_gc_interval_when_soft_limited: withDefault(
      duration(0, anyLength),
      10_000,
      '10s',
      'Least time between forced collections.',
    ),
    min_gc_interval_when_hard_limited: withDefault(duration(0, anyLength), 0, '0s', 'The same above the hard limit.'),
    garbage_collector: always(
      object({enabled: withDefault(bool, true, 'true', 'Whether collections are forced.')}),
      'Forced collections: above the soft limit, memory that looks used may be garbage.',
    ),
    max_gc_interval_when_soft_limited: ignored('forced collections keep their least interval'),
    max_gc_interval_when_hard_limited: ignored('forced collections keep their least interval'),
  },
  (values, node, report) => {
    const {limit_mib, spike_limit_mib, limit_percentage, spike_limit_percentage} = values;
    if (limit_mib === 0 && limit_percentage === 0) {
      report.fault(node.at, 'set `limit_mib` or `limit_percentage` above 0');
    }
    if (limit_mib > 0 && spike_limit_mib >= limit_mib) {
      report.fault(node.at, '`spike_limit_mib` must be smaller than `limit_mib`');
    }
    if (limit_percentage > 0 && spike_limit_percentage >= limit_percentage) {
      report.fault(node.at, '`spike_limit_percentage` must be smaller than `limit_percentage`');
    }
  },
);
export type MemoryLimiterConfig = ReturnType<typeof config.read>;

const mib = 2 ** 20;

export const memoryLimiterProcessor: ProcessorFactory<MemoryLimiterConfig> = {
  help: 'Refuses data while the process uses too much memory; senders then keep it and try again.',
  signals: allSignals,
  config,
  create(settings, limits, next) {
    const limiter = createMemoryLimiter(settings, limits, processMemory);
    return {
      async start() {
        limiter.start();
      },
      async stop() {
        limiter.stop();
      },
      consumer: inspects(next, limiter.check),
    };
  },
};

/** Tells how much memory there is and how much is used; tests give their own. */
export interface MemoryProbe {
  /** Bytes that this process may use at most. */
  readonly total: number;
  /** Bytes in use: the heap of JavaScript and all buffers outside it. */
  used(): number;
  /** The bytes at which V8 dies, and those in use. */
  heap(): {readonly used: number; readonly limit: number};
  collect(): void;
}

const processMemory: MemoryProbe = {
  total: process.constrainedMemory() > 0 ? Math.min(process.constrainedMemory(), totalmem()) : totalmem(),
  used() {
    const {heapUsed, external} = process.memoryUsage();
    return heapUsed + external;
  },
  heap() {
    const {used_heap_size, heap_size_limit} = getHeapStatistics();
    return {used: used_heap_size, limit: heap_size_limit};
  },
  collect: () => forceCollection(),
};

let collectGarbage: (() => void) | undefined;
function forceCollection(): void {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
}

/** Above this share of V8's own limit the process is near death whatever `limit_mib` says. */
const heapShare = 0.85;

/** Measures every `check_interval`; in between, memory is taken to grow with what the receivers hold. */
export function createMemoryLimiter(
  settings: Settings,
  limits: MemoryLimiterConfig,
  probe: MemoryProbe,
  now: () => number = () => performance.now(),
) {
  const hard = limits.limit_mib > 0 ? limits.limit_mib * mib : (probe.total * limits.limit_percentage) / 100;
  const spike =
    limits.limit_mib > 0 ? limits.spike_limit_mib * mib : (probe.total * limits.spike_limit_percentage) / 100;
  const soft = hard - (spike > 0 ? spike : hard / 5);
  const refused = settings.meter.counter(
    'otelcol_processor_refused_items',
    'Number of items that were rejected by the next component in the pipeline.',
  );
  let used = 0;
  let inFlight = 0;
  let heapFull = false;
  let refusing = false;
  let collectedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const measure = (): void => {
    used = probe.used();
    inFlight = settings.admission.inFlightBytes;
    const {used: heapUsed, limit} = probe.heap();
    heapFull = heapUsed > heapShare * limit;
  };
  const isOver = (): boolean => heapFull || used + settings.admission.inFlightBytes - inFlight >= soft;
  const tick = (): void => {
    measure();
    const interval =
      used >= hard || heapFull ? limits.min_gc_interval_when_hard_limited : limits.min_gc_interval_when_soft_limited;
    if (limits.garbage_collector.enabled && isOver() && now() - collectedAt >= interval) {
      // Memory that looks used may be garbage that nobody has had a reason to collect.
      probe.collect();
      collectedAt = now();
      measure();
    }
    if (isOver() === refusing) return;
    refusing = !refusing;
    const fields = {usedMiB: Math.round(used / mib), softMiB: Math.round(soft / mib), hardMiB: Math.round(hard / mib)};
    if (refusing) settings.log.warn(fields, 'memory is above its soft limit: data is refused until it falls');
    else settings.log.info(fields, 'memory is back within its limits');
  };
  return {
    start(): void {
      tick();
      timer = setInterval(tick, limits.check_interval).unref();
    },
    stop: (): void => clearInterval(timer),
    tick,
    /** Throws RetryableError while memory is above the soft limit. */
    check(batch: Lent<AnyBatch>): void {
      if (!isOver()) return;
      refused.with({processor: settings.id, signal: batch.signal, reason: 'memory_limit'}).add(batch.items.count);
      throw new RetryableError('memory_limit', 'the server is short of memory; try again later', limits.check_interval);
    },
  };
}
