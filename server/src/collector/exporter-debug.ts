/** Writes what passes into Weft's log, for people who want to see it (the Collector's debug exporter). */
import {toHex, utf8} from '../base/index.ts';
import {ignored, integer, object, oneOf, optional, unsupported, withDefault} from '../config/index.ts';
import {
  type AnyBatch,
  type AnyValue,
  type ColumnView,
  type Lent,
  type RangeColumn,
  readAttributes,
  readValue,
} from '../model/index.ts';
import {allSignals, type Exporter, type ExporterFactory, itemNoun, reads, type Settings} from '../pipeline/index.ts';
import {encodeJson} from '../wire/index.ts';

type Verbosity = 'basic' | 'normal' | 'detailed';
const verbosity = withDefault(
  oneOf('basic', 'normal', 'detailed'),
  'basic',
  'basic',
  '`basic` counts, `normal` adds a line for each item, `detailed` writes everything as OTLP JSON.',
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
      const {signal} = batch;
      if (!due[signal]()) return;
      const fields = {signal, resources: batch.resources.count, [itemNoun[signal]]: batch.items.count};
      const text = wanted === 'normal' ? linesOf(batch) : wanted === 'detailed' ? utf8(encodeJson(batch)) : '';
      settings.log.info(fields, text === '' ? signal : `${signal}\n${text}`);
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

/** A line for each item: its name and what identifies it, then its attributes. */
function linesOf(batch: Lent<AnyBatch>): string {
  const words = wordsOf(batch);
  const lines = Array.from({length: batch.items.count}, (_, row) =>
    words(row)
      .filter((word) => word !== '')
      .join(' '),
  );
  return lines.join('\n');
}

function wordsOf(batch: Lent<AnyBatch>): (row: number) => readonly string[] {
  const attributesOf = (range: ColumnView<RangeColumn>, row: number): string =>
    attributesText(batch, range.from(row), range.count(row));
  switch (batch.signal) {
    case 'traces': {
      const {name, traceId, spanId, attributes} = batch.spans.columns;
      return (row) => [
        utf8(name.bytes(row, batch.heap)),
        toHex(traceId.get(row)),
        toHex(spanId.get(row)),
        attributesOf(attributes, row),
      ];
    }
    case 'logs': {
      const {body, severityText, attributes} = batch.logs.columns;
      return (row) => [
        utf8(severityText.bytes(row, batch.heap)),
        body.count(row) === 0 ? '' : valueText(readValue(batch, body.from(row))),
        attributesOf(attributes, row),
      ];
    }
    case 'metrics': {
      const {metric, attributes} = batch.points.columns;
      const {name} = batch.metrics.columns;
      return (row) => [utf8(name.bytes(metric.get(row), batch.heap)), attributesOf(attributes, row)];
    }
  }
}

const attributesText = (batch: Lent<AnyBatch>, from: number, count: number): string =>
  readAttributes(batch, from, count)
    .map(({key, value}) => `${key}=${valueText(value)}`)
    .join(' ');

function valueText(value: AnyValue): string {
  switch (value.type) {
    case 'empty':
      return '';
    case 'array':
      return `[${value.value.map(valueText).join(', ')}]`;
    case 'map':
      return `{${value.value.map((each) => `${each.key}=${valueText(each.value)}`).join(', ')}}`;
    case 'bytes':
      return toHex(value.value);
    default:
      return String(value.value);
  }
}
