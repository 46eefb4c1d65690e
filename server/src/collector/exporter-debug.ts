/** Writes what passes into Weft's log, for people who want to see it (the Collector's debug exporter). */
import {ignored, integer, object, oneOf, optional, unsupported, withDefault} from '../config/index.ts';
import type {AnyBatch, Lent} from '../model/index.ts';
import {allSignals, type Exporter, type ExporterFactory, reads, type Settings} from '../pipeline/index.ts';
import {detailedText} from './debug-detailed.ts';
import {normalText} from './debug-normal.ts';

type Verbosity = 'basic' | 'normal' | 'detailed';
const verbosity = withDefault(
  oneOf('basic', 'normal', 'detailed'),
  'basic',
  'basic',
  '`basic` counts, `normal` adds a line for each item, `detailed` writes everything.',
);
const sampling = {
  sampling_initial: withDefault(integer(), 2, '2', 'How many batches of a second are written in any case.'),
  sampling_thereafter: withDefault(integer(1), 1, '1', 'Of the others, one in this many is written.'),
};
const sending_queue = ignored('writing to the log needs no queue');
const debugConfig = object({
  verbosity,
  ...sampling,
  sending_queue,
  use_internal_logger: ignored("what is written is part of Weft's log"),
  output_paths: unsupported("what is written goes into Weft's log"),
});
const loggingConfig = object({
  verbosity,
  loglevel: optional(
    oneOf('debug', 'info', 'warn', 'error'),
    'The old way to say `verbosity`: debug is detailed, info is normal, the others are basic.',
  ),
  ...sampling,
  sending_queue,
});
type Sampling = Pick<ReturnType<typeof debugConfig.read>, keyof typeof sampling>;

export const debugExporter: ExporterFactory<ReturnType<typeof debugConfig.read>> = {
  help: "Writes what passes into Weft's log.",
  signals: allSignals,
  config: debugConfig,
  create: (settings, config) => writer(settings, config.verbosity, config),
};

export const loggingExporter: ExporterFactory<ReturnType<typeof loggingConfig.read>> = {
  ...debugExporter,
  help: 'The old name of `debug`.',
  config: loggingConfig,
  create: (settings, config) =>
    writer(settings, config.loglevel === undefined ? config.verbosity : byLevel[config.loglevel], config),
};
const byLevel: Readonly<Record<string, Verbosity>> = {debug: 'detailed', info: 'normal'};

function writer(settings: Settings, wanted: Verbosity | undefined, sampling: Sampling): Exporter {
  const sampled = () => sampler(sampling);
  const due = {traces: sampled(), metrics: sampled(), logs: sampled()};
  return {
    consumer: reads(async (batch) => {
      if (!due[batch.signal]()) return;
      const [title, counts] = countsOf(batch);
      settings.log.info(counts, title);
      if (wanted === 'normal') settings.log.info({}, normalText(batch));
      if (wanted === 'detailed') settings.log.info({}, detailedText(batch));
    }),
  };
}

/** Says of each batch whether it is written: the first ones of a second, then one in `sampling_thereafter`. */
function sampler({sampling_initial, sampling_thereafter}: Sampling): () => boolean {
  let since = performance.now();
  let seen = 0;
  return () => {
    if (performance.now() - since >= 1000) {
      since = performance.now();
      seen = 0;
    }
    seen++;
    return seen <= sampling_initial || (seen - sampling_initial) % sampling_thereafter === 0;
  };
}

/** By the names that the Collector gives them. */
function countsOf(batch: Lent<AnyBatch>): [title: string, counts: Readonly<Record<string, number>>] {
  const resources = batch.resources.count;
  switch (batch.signal) {
    case 'traces':
      return ['Traces', {'resource spans': resources, spans: batch.spans.count}];
    case 'metrics':
      return [
        'Metrics',
        {'resource metrics': resources, metrics: batch.metrics.count, 'data points': batch.points.count},
      ];
    case 'logs':
      return ['Logs', {'resource logs': resources, 'log records': batch.logs.count}];
  }
}
