/** For tests: a collector on free ports whose sink is the test. */
import {createMeter, type Log, type Meter, silentLog, systemClock} from '../base/index.ts';
import type {ConsumeContext, LogBatch, MetricBatch, SpanBatch} from '../model/index.ts';
import {type Collector, startCollector} from './collector.ts';
import type {Registry, WeftSink} from './component.ts';
import {loadConfig} from './config-load.ts';
import {formatFault} from './config-node.ts';

export interface TestCollector extends Collector, AsyncDisposable {
  readonly traces: readonly SpanBatch[];
  readonly metrics: readonly MetricBatch[];
  readonly logs: readonly LogBatch[];
  readonly contexts: readonly ConsumeContext[];
  readonly meter: Meter;
  /** The value of a counter or gauge, over all series that have these labels. */
  count(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** Starts a collector of this YAML (the built-in one without) and these `--set`s. `sink` replaces parts of the recording one. */
export async function startTestCollector(
  options: {
    readonly yaml?: string;
    readonly sets?: readonly string[];
    readonly sink?: Partial<WeftSink>;
    readonly registry?: Registry;
    readonly log?: Log;
  } = {},
): Promise<TestCollector> {
  const loaded = loadConfig({
    configs: options.yaml === undefined ? [] : [`yaml:${options.yaml}`],
    ...(options.sets === undefined ? {} : {sets: options.sets}),
    env: {},
    ...(options.registry === undefined ? {} : {registry: options.registry}),
  });
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
  const received = {
    traces: [] as SpanBatch[],
    metrics: [] as MetricBatch[],
    logs: [] as LogBatch[],
    contexts: [] as ConsumeContext[],
  };
  const meter = createMeter();
  const collector = await startCollector({
    config: loaded.config,
    sink: {
      async traces(batch, context) {
        received.traces.push(batch);
        received.contexts.push(context);
      },
      async metrics(batch, context) {
        received.metrics.push(batch);
        received.contexts.push(context);
      },
      async logs(batch, context) {
        received.logs.push(batch);
        received.contexts.push(context);
      },
      ...options.sink,
    },
    log: options.log ?? silentLog,
    clock: systemClock,
    meter,
    freePorts: true,
    ...(options.registry === undefined ? {} : {registry: options.registry}),
  });
  return {
    ...collector,
    ...received,
    meter,
    count: (name, labels = {}) => countOf(meter, name, labels),
    [Symbol.asyncDispose]: () => collector.stop(1000),
  };
}

function countOf(meter: Meter, name: string, labels: Readonly<Record<string, string>>): number {
  const family = meter.read().find((each) => each.name === name);
  if (family === undefined || family.kind === 'histogram') return 0;
  return family.series
    .filter((series) => Object.entries(labels).every(([key, value]) => series.labels[key] === value))
    .reduce((sum, series) => sum + series.value, 0);
}

/** A log that remembers what was said at `warn` and `error`. */
export function recordingLog(): Log & {readonly lines: readonly {readonly level: string; readonly message: string}[]} {
  const lines: {level: string; message: string}[] = [];
  const at =
    (level: string) =>
    (_: object, message: string): void => {
      lines.push({level, message});
    };
  const log = {lines, debug() {}, info: at('info'), warn: at('warn'), error: at('error'), child: () => log};
  return log;
}
