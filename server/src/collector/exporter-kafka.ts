/** Sends to Kafka (the Collector's Kafka exporter). A message is sent when the brokers have acknowledged it as `required_acks` says. */
import {Producer, ProtocolError} from '@platformatic/kafka';
import {errorMessage, PermanentError, RetryableError} from '../base/index.ts';
import type {Signal} from '../model/index.ts';
import {allSignals, createForwarder, type Exporter, type ExporterFactory, type Settings} from '../pipeline/index.ts';
import {
  addressed,
  headersOf,
  type KafkaRecord,
  kafkaRecords,
  packRecords,
  type Routing,
  unpackRecords,
} from './exporter-kafka-messages.ts';
import {kafkaPartitioner} from './exporter-kafka-partitioner.ts';
import {type KafkaExporterConfig, kafkaExporterConfig, signalHeader} from './exporter-kafka-settings.ts';
import {kafkaClientOptions} from './kafka-client.ts';
import {type KafkaEncoder, kafkaEncoder} from './kafka-encode.ts';
import {defaultTopics, isTopic} from './kafka-settings.ts';

export const kafkaExporter: ExporterFactory<KafkaExporterConfig> = {
  help: 'Sends traces, metrics and logs to Kafka.',
  signals: allSignals,
  config: kafkaExporterConfig,
  create: createKafkaExporter,
};

/** What a message takes in a request beside its value and key: offsets, lengths, times. */
const recordOverhead = 70;

function createKafkaExporter(settings: Settings, config: KafkaExporterConfig): Exporter {
  const {producer: limits} = config;
  const routing = Object.fromEntries(allSignals.map((signal) => [signal, routingOf(signal, config)])) as Record<
    Signal,
    Routing
  >;
  const client = new Producer({
    ...kafkaClientOptions(config, config.timeout, settings),
    acks: limits.required_acks,
    compression: limits.compression,
    autocreateTopics: limits.allow_auto_topic_creation,
    repeatOnStaleMetadata: true,
    idempotent: false,
  });
  const metrics = createMetrics(settings);
  return createForwarder(settings, {
    sending_queue: config.sending_queue,
    retry_on_failure: config.retry_on_failure,
    encode: (batch) => packRecords(kafkaRecords(routing[batch.signal], batch)),
    async send({signal, body, ...sender}) {
      const own = routing[signal];
      const records = unpackRecords(body).map((record) => addressed(own, record, sender));
      const headers = headersOf(own, sender);
      const {good, rejected, message} = sortOut(records, limits.max_message_bytes);
      const partitioner = kafkaPartitioner(config.record_partitioner);
      const size = limits.flush_max_messages === 0 ? good.length : limits.flush_max_messages;
      for (let from = 0; from < good.length; from += size) {
        const part = good.slice(from, from + size);
        const begin = performance.now();
        try {
          await client.send({messages: part.map((record) => messageOf(record, headers)), partitioner});
        } catch (error) {
          metrics.sent(part, 'failure', begin);
          throw failureOf(error);
        }
        metrics.sent(part, 'success', begin);
      }
      return {rejected, message};
    },
    close: () => client.close(),
  });
}

function routingOf(signal: Signal, config: KafkaExporterConfig): Routing {
  const section = config[signal];
  const keyedBy = {
    traces: config.partition_traces_by_id ? ('trace' as const) : undefined,
    metrics: config.partition_metrics_by_resource_attributes ? ('resource' as const) : undefined,
    logs: config.partition_logs_by_trace_id
      ? ('trace' as const)
      : config.partition_logs_by_resource_attributes
        ? ('resource' as const)
        : undefined,
  }[signal];
  const encoding = section.encoding ?? config.encoding ?? 'otlp_proto';
  return {
    topic: section.topic ?? config.topic ?? defaultTopics[signal],
    topicFromMetadata: section.topic_from_metadata_key,
    keyFromMetadata: section.message_key_from_metadata_key,
    encoder: kafkaEncoder(signal, encoding) ?? absent(signal, encoding),
    keyedBy,
    topicFromAttribute: config.topic_from_attribute,
    maxBytes: config.producer.max_message_bytes - recordOverhead,
    metadata: config.include_metadata_keys,
    headers: [...config.record_headers, ...(config.signal_header ? [[signalHeader, signal] as const] : [])],
  };
}

/** The older `encoding` is one for all signals, and need not fit those that do not come. */
const absent = (signal: Signal, encoding: string): KafkaEncoder => ({
  kind: 'batch',
  encode() {
    throw new PermanentError('encoding', `there is no encoding ${encoding} of ${signal}`);
  },
});

/** Leaves out the messages that no broker would take. */
function sortOut(records: readonly KafkaRecord[], maxBytes: number) {
  const good: KafkaRecord[] = [];
  let rejected = 0;
  let message = '';
  for (const record of records) {
    const size = record.value.length + (record.key?.length ?? 0);
    if (size > maxBytes) message = `an item takes ${size} bytes, more than \`max_message_bytes\` (${maxBytes})`;
    else if (!isTopic(record.topic)) message = `"${record.topic}" cannot be the name of a topic`;
    else {
      good.push(record);
      continue;
    }
    rejected += record.items;
  }
  return {good, rejected, message};
}

const messageOf = ({topic, key, value}: KafkaRecord, headers: readonly (readonly [string, string])[]) => ({
  topic,
  value: bufferOf(value),
  ...(key === undefined ? {} : {key: bufferOf(key)}),
  // A map by the bytes of names, which are never the same: a name may be there twice.
  headers: new Map(headers.map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
});

const bufferOf = ({buffer, byteOffset, length}: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length);

/** An error that a broker says is final is; everything else may pass. */
function failureOf(error: unknown): Error {
  const all = leaves(error);
  const message = [...new Set(all.map(errorMessage))].join(' ');
  const last = all.at(-1);
  const final = last instanceof ProtocolError && (last as {readonly canRetry?: boolean}).canRetry === false;
  return final ? new PermanentError('destination', message) : new RetryableError('destination', message, 0);
}

const leaves = (error: unknown): unknown[] =>
  error instanceof AggregateError ? error.errors.flatMap(leaves) : [error];

const latencyBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** By the Collector's names. */
function createMetrics({meter, id}: Settings) {
  const records = meter.counter('otelcol_kafka_exporter_records', 'The number of exported records.');
  const bytes = meter.counter(
    'otelcol_kafka_exporter_bytes_uncompressed',
    'The uncompressed size in bytes of exported records seen by the client.',
  );
  const latency = meter.histogram(
    'otelcol_kafka_exporter_write_latency',
    'The time it took in seconds to export a batch of records.',
    latencyBounds,
  );
  return {
    sent(part: readonly KafkaRecord[], outcome: 'success' | 'failure', begin: number): void {
      latency.with({exporter: id, outcome}).record((performance.now() - begin) / 1000);
      for (const topic of new Set(part.map((each) => each.topic))) {
        const own = part.filter((each) => each.topic === topic);
        const labels = {exporter: id, topic, outcome};
        records.with(labels).add(own.length);
        bytes.with(labels).add(own.reduce((sum, {value}) => sum + value.length, 0));
      }
    },
  };
}
