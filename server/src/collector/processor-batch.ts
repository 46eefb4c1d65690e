/**
 * Merges small batches into large ones (the Collector's batch processor), without acknowledging anything before the merged
 * batch is safe (docs/decisions/0010-when-a-pipeline-answers.md).
 */
import {anyLength, duration, integer, list, object, text, withDefault} from '../config/index.ts';
import type {Consumer} from '../model/index.ts';
import {allSignals, createBatcher, type Processor, type ProcessorFactory, type Settings} from '../pipeline/index.ts';

/** Senders wait for their answer as long as a batch is being filled, so it may not take longer. */
export const maxTimeoutMs = 1000;

const config = object(
  {
    timeout: withDefault(
      duration(0, anyLength),
      200,
      '200ms',
      'How long a batch may be filled. More than 1s counts as 1s, because senders wait for it.',
    ),
    send_batch_size: withDefault(
      integer(),
      8192,
      '8192',
      'A batch that has this many items is sent at once; 0: every batch is.',
    ),
    send_batch_max_size: withDefault(integer(), 0, '0', 'Larger batches are split; 0: never.'),
    metadata_keys: withDefault(
      list(text),
      [],
      '[]',
      "Headers of senders whose values are kept apart (with the receiver's `include_metadata`).",
    ),
    metadata_cardinality_limit: withDefault(integer(1), 1000, '1000', 'How many such batches may be filled at once.'),
  },
  (values, node, report) => {
    const {send_batch_size, send_batch_max_size, metadata_keys, timeout} = values;
    if (send_batch_max_size > 0 && send_batch_max_size < send_batch_size) {
      report.fault(node.at, '`send_batch_max_size` must be 0 or at least `send_batch_size`');
    }
    const lower = metadata_keys.map((key) => key.toLowerCase());
    const twice = lower.find((key, index) => lower.indexOf(key) !== index);
    if (twice !== undefined) report.fault(node.at, `\`metadata_keys\` names \`${twice}\` twice (case does not count)`);
    if (timeout > maxTimeoutMs) {
      report.warn(
        node.entries.get('timeout')?.at ?? node.at,
        '`timeout` counts as 1s: senders wait until their data is safe',
      );
    }
  },
);
export type BatchConfig = ReturnType<typeof config.read>;

export const batchProcessor: ProcessorFactory<BatchConfig> = {
  help: 'Merges small batches into large ones, for each tenant; senders are answered when the large one is safe.',
  signals: allSignals,
  config,
  create,
};

function create(settings: Settings, limits: BatchConfig, next: Consumer): Processor {
  const sizes = settings.meter
    .histogram('otelcol_processor_batch_batch_send_size', 'Number of units in the batch.', sizeBounds)
    .with({processor: settings.id});
  const triggers = settings.meter.counter(
    'otelcol_processor_batch_trigger_send',
    'Number of times the batch was sent, by what made it be sent.',
  );
  const sent = {
    size: triggers.with({processor: settings.id, trigger: 'size'}),
    timeout: triggers.with({processor: settings.id, trigger: 'timeout'}),
  };
  return createBatcher({
    sizer: 'items',
    minSize: limits.send_batch_size,
    maxSize: limits.send_batch_max_size,
    timeoutMs: Math.min(limits.timeout, maxTimeoutMs),
    keys: limits.metadata_keys.map((key) => key.toLowerCase()),
    maxKeys: limits.metadata_cardinality_limit,
    beyond: 'refused',
    onSend: (trigger) => sent[trigger].add(1),
    onPiece: (items) => sizes.record(items),
    next,
  });
}

const sizeBounds = [
  10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000, 30_000,
  50_000, 100_000,
];
