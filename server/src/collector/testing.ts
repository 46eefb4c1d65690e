/** For tests: a collector on free ports whose sink is the test. */
import {randomUUID} from 'node:crypto';
import {rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Clock, createMeter, type Log, type Meter, silentLog, systemClock} from '../base/index.ts';
import {formatFault} from '../config/index.ts';
import {
  type ConsumeContext,
  copyBatch,
  type LogBatch,
  type MetricBatch,
  type Signal,
  type SpanBatch,
} from '../model/index.ts';
import {
  type Change,
  type Collector,
  type CollectorConfig,
  loadConfig,
  type Queries,
  type Registry,
  reads,
  startCollector,
  type WeftSink,
} from '../pipeline/index.ts';
import {countOf} from '../pipeline/testing.ts';
import {createSampling, type Sampling} from '../sampling/index.ts';
import {registry as everything} from './registry.ts';

export interface TestCollector extends Collector, AsyncDisposable {
  readonly traces: readonly SpanBatch[];
  readonly metrics: readonly MetricBatch[];
  readonly logs: readonly LogBatch[];
  readonly contexts: readonly ConsumeContext[];
  readonly meter: Meter;
  readonly sampling: Sampling;
  /** Goes over to another YAML. */
  change(yaml: string): Promise<Change>;
  /** The value of a counter or gauge, over all series that have these labels. */
  count(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** Starts a collector of this YAML (the built-in one without) and these `--set`s. `sink` replaces parts of the recording one. */
export async function startTestCollector(
  options: {
    readonly yaml?: string;
    /** Of a file of YAML, instead. */
    readonly file?: string;
    readonly sets?: readonly string[];
    readonly sink?: Partial<Record<Signal, WeftSink['consume']>>;
    readonly registry?: Registry;
    readonly log?: Log;
    readonly queries?: Queries;
    /** Of sampling; without it the system's. */
    readonly clock?: Clock;
    /** Configured ports that are listened on all the same. */
    readonly keptPorts?: ReadonlySet<number>;
    /** What a collector before it left; without it, a new directory that goes with the collector. */
    readonly directory?: string;
  } = {},
): Promise<TestCollector> {
  const registry = options.registry ?? everything;
  const load = async (yaml: string | undefined): Promise<CollectorConfig> => {
    const loaded = await loadConfig({
      configs: yaml !== undefined ? [`yaml:${yaml}`] : options.file !== undefined ? [options.file] : [],
      ...(options.sets === undefined ? {} : {sets: options.sets}),
      env: {},
      registry,
    });
    if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
    return loaded.config;
  };
  const received = {
    traces: [] as SpanBatch[],
    metrics: [] as MetricBatch[],
    logs: [] as LogBatch[],
    contexts: [] as ConsumeContext[],
  };
  const meter = createMeter();
  // Made by the first component that keeps something, which few do.
  const directory = options.directory ?? join(tmpdir(), `weft-collector-${randomUUID()}`);
  const {clock} = options;
  const sampling = createSampling({
    clock: clock ?? systemClock,
    // Time passes by the test's clock alone.
    ...(clock === undefined ? {} : {monotonic: () => clock.now()}),
    log: options.log ?? silentLog,
    meter,
  });
  const collector = await startCollector({
    config: await load(options.yaml),
    sink: reads(async (batch, context) => {
      const instead = options.sink?.[batch.signal];
      if (instead !== undefined) return instead(batch, context);
      const kept = copyBatch(batch);
      if (kept.signal === 'traces') received.traces.push(kept);
      else if (kept.signal === 'metrics') received.metrics.push(kept);
      else received.logs.push(kept);
      received.contexts.push(context);
    }),
    directory,
    ...(options.queries === undefined ? {} : {queries: options.queries}),
    log: options.log ?? silentLog,
    clock: systemClock,
    meter,
    sampling,
    freePorts: true,
    keptPorts: options.keptPorts ?? new Set(),
  });
  return {
    ...collector,
    get endpoints() {
      return collector.endpoints;
    },
    change: async (yaml) => collector.reload(await load(yaml)),
    ...received,
    meter,
    sampling,
    count: (name, labels = {}) => countOf(meter, name, labels),
    async [Symbol.asyncDispose]() {
      await collector.stop(1000);
      sampling.stop();
      if (options.directory === undefined) rmSync(directory, {recursive: true, force: true});
    },
  };
}
