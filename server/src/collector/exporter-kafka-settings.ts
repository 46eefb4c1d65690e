/** The settings of the Kafka exporter. */
import {
  always,
  bool,
  type ConfigType,
  ignored,
  integer,
  list,
  listed,
  mapOf,
  object,
  oneOf,
  optional,
  scalar,
  text,
  unsupported,
  withDefault,
} from '../config/index.ts';
import type {Signal} from '../model/index.ts';
import {allSignals, clientFields} from '../pipeline/index.ts';
import type {PartitionerConfig} from './exporter-kafka-partitioner.ts';
import {encodedEncodings, kafkaEncoder} from './kafka-encode.ts';
import {defaultTopics, kafkaClientFields, topicName} from './kafka-settings.ts';

/** Of a message: which signal it is about. */
export const signalHeader = 'otelcol.signal';

const encodingOf = (signal: Signal): ConfigType<string> =>
  scalar('encoding', (_, written) =>
    kafkaEncoder(signal, written) === undefined
      ? `expected one of ${listed(encodedEncodings[signal])}`
      : {value: written},
  );

const anyEncoding: ConfigType<string> = scalar('encoding', (_, written) =>
  allSignals.some((signal) => kafkaEncoder(signal, written) !== undefined)
    ? {value: written}
    : `expected one of ${listed([...new Set(Object.values(encodedEncodings).flat())])}`,
);

const signalSection = (signal: Signal) =>
  always(
    object({
      topic: optional(topicName, `The topic; \`${defaultTopics[signal]}\` by default.`),
      encoding: optional(encodingOf(signal), `How messages are encoded: ${encodedEncodings[signal].join(', ')}.`),
      topic_from_metadata_key: withDefault(text, '', '', "Metadata whose value is the topic (the receiver's headers)."),
      message_key_from_metadata_key: withDefault(text, '', '', "Metadata whose value is the messages' key."),
    }),
    `Of ${signal}.`,
  );

const acks: ConfigType<-1 | 0 | 1> = scalar('-1, 0, 1 or all', (value, written) => {
  if (written === 'all' || value === -1) return {value: -1};
  return value === 0 || value === 1 ? {value} : 'expected `all` (or -1), 0 or 1';
});

const producer = object({
  max_message_bytes: withDefault(
    integer(1024, 2 ** 31 - 1),
    1_000_000,
    '1000000',
    'The largest message before compression. Larger batches are split; an item that is larger by itself is rejected.',
  ),
  required_acks: withDefault(
    acks,
    1,
    '1',
    'Who must have a message: 0 nobody, 1 its leader, all every replica in sync.',
  ),
  compression: withDefault(
    oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd'),
    'none',
    'none',
    'How messages of one request are compressed.',
  ),
  compression_params: ignored('the usual level of the compression is used'),
  flush_max_messages: withDefault(integer(), 10_000, '10000', 'The most messages of one request; 0: no limit.'),
  max_broker_write_bytes: ignored('a request is as large as one batch'),
  max_inflight_requests_per_broker: ignored('`sending_queue.num_consumers` says how many requests are under way'),
  linger: ignored('batches are merged by the `batch` processor or the queue, and each is sent at once'),
  allow_auto_topic_creation: withDefault(bool, true, 'true', 'Let brokers create topics that are not there.'),
});

const partitioner: ConfigType<PartitionerConfig> = (() => {
  const sections = object(
    {
      sticky_key: optional(
        object({
          hasher: withDefault(
            oneOf('sarama_compat', 'murmur2'),
            'sarama_compat',
            'sarama_compat',
            'How a key becomes a partition: as the Collector does, or as clients in Java do.',
          ),
        }),
        'By the key; messages without one go to one partition together.',
      ),
      round_robin: optional(object({}), 'To each partition in turn.'),
      least_backup: unsupported('requests do not queue for partitions; use `round_robin`'),
      extension: unsupported('partitioners of extensions are not available'),
    },
    ({sticky_key, round_robin}, node, report) => {
      if (sticky_key !== undefined && round_robin !== undefined) report.fault(node.at, 'set one of the strategies');
    },
  );
  return {
    ...sections,
    read(node, report) {
      const {sticky_key, round_robin} = sections.read(node, report);
      return {
        kind: round_robin === undefined ? 'sticky_key' : 'round_robin',
        hasher: sticky_key?.hasher ?? 'sarama_compat',
      };
    },
  };
})();

const {timeout, retry_on_failure, sending_queue} = clientFields(5000);

export const kafkaExporterConfig = object(
  {
    ...kafkaClientFields,
    timeout,
    retry_on_failure,
    sending_queue,
    traces: signalSection('traces'),
    metrics: signalSection('metrics'),
    logs: signalSection('logs'),
    profiles: ignored('profiles are not sent'),
    topic: optional(topicName, 'The older way to name the topic of every signal.'),
    encoding: optional(anyEncoding, 'The older way to say how the messages of every signal are encoded.'),
    topic_from_attribute: withDefault(text, '', '', 'The attribute of the resource whose value is the topic.'),
    include_metadata_keys: withDefault(
      list(text),
      [],
      '[]',
      "Metadata that become headers of messages (the receiver's headers).",
    ),
    record_headers: withDefault(mapOf(text), new Map(), '{}', 'Headers of every message.'),
    signal_header: withDefault(
      bool,
      false,
      'false',
      'Add the header `otelcol.signal` to every message: traces, metrics or logs. For topics that signals share.',
    ),
    use_leader_epoch: ignored('only receivers ask for it'),
    partition_traces_by_id: withDefault(bool, false, 'false', "A message for each trace, its id as the message's key."),
    partition_metrics_by_resource_attributes: withDefault(
      bool,
      false,
      'false',
      "A message for each resource, a hash of its attributes as the message's key.",
    ),
    partition_logs_by_resource_attributes: withDefault(bool, false, 'false', 'The same of logs.'),
    partition_logs_by_trace_id: withDefault(bool, false, 'false', 'A message for each trace that log records name.'),
    record_partitioner: withDefault<PartitionerConfig>(
      partitioner,
      {kind: 'sticky_key', hasher: 'sarama_compat'},
      '{sticky_key: {hasher: sarama_compat}}',
      'Which partition a message goes to.',
    ),
    producer: always(producer, 'How messages are sent.'),
  },
  (values, node, report) => {
    if (values.partition_logs_by_resource_attributes && values.partition_logs_by_trace_id) {
      report.fault(node.at, 'set one of `partition_logs_by_resource_attributes` and `partition_logs_by_trace_id`');
    }
    if (
      values.signal_header &&
      [...values.include_metadata_keys, ...values.record_headers.keys()].includes(signalHeader)
    ) {
      report.fault(node.at, `\`${signalHeader}\` is the name of the header that \`signal_header\` adds`);
    }
    const apart = values.sending_queue.batch?.partition.metadata_keys.map((key) => key.toLowerCase());
    const keys = [
      ...values.include_metadata_keys,
      ...allSignals.flatMap((signal) => [
        values[signal].topic_from_metadata_key,
        values[signal].message_key_from_metadata_key,
      ]),
    ].filter((key) => key !== '');
    for (const key of apart === undefined ? [] : keys) {
      if (apart?.includes(key.toLowerCase())) continue;
      report.fault(
        node.at,
        `\`sending_queue.batch.partition.metadata_keys\` must name \`${key}\`: it differs by sender`,
      );
    }
    const partitioned = {
      traces: values.partition_traces_by_id,
      metrics: values.partition_metrics_by_resource_attributes,
      logs: values.partition_logs_by_resource_attributes || values.partition_logs_by_trace_id,
    };
    for (const signal of allSignals) {
      if (!partitioned[signal] || values[signal].message_key_from_metadata_key === '') continue;
      report.fault(node.at, `set one of \`${signal}.message_key_from_metadata_key\` and \`partition_${signal}_by_…\``);
    }
  },
);
export type KafkaExporterConfig = ReturnType<typeof kafkaExporterConfig.read>;
