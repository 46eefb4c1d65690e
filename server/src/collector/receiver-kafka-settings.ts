/** The settings of the Kafka receiver. */

import {
  always,
  bool,
  type ConfigNode,
  type ConfigType,
  duration,
  goRegExp,
  ignored,
  integer,
  list,
  listed,
  number,
  object,
  oneOf,
  optional,
  type Report,
  scalar,
  text,
  textOf,
  withDefault,
} from '../config/index.ts';
import type {Signal} from '../model/index.ts';
import {compilePattern} from '../regexp/index.ts';
import {rebalanceStrategies} from './kafka-assign.ts';
import {decodedEncodings, kafkaDecoder} from './kafka-decode.ts';
import {defaultTopics, isTopic, kafkaClientFields, listOrText} from './kafka-settings.ts';

/** A topic's name, or with `^` in front an expression that names match. */
const topicOrPattern: ConfigType<string> = scalar('topic, or a regular expression that begins with ^', (_, written) => {
  if (isTopic(written)) return {value: written};
  if (!written.startsWith('^')) return "expected a topic's name, or a regular expression that begins with ^";
  const compiled = compilePattern(written);
  return typeof compiled === 'string' ? `expected a regular expression (${compiled})` : {value: written};
});

const topics: ConfigType<readonly string[]> = {
  label: 'list of topics',
  read(node: ConfigNode, report: Report) {
    if (node.kind === 'list') return list(topicOrPattern).read(node, report);
    return textOf(node)?.startsWith('^') ? [topicOrPattern.read(node, report)] : listOrText.read(node, report);
  },
};

const encodingOf = (signal: Signal): ConfigType<string> =>
  scalar('encoding', (_, written) => {
    if (kafkaDecoder(signal, written) !== undefined) return {value: written};
    const charset = signal === 'logs' ? ', or `text_` with a charset such as `text_shift_jis`' : '';
    return `expected one of ${listed(decodedEncodings[signal])}${charset}`;
  });

const anyEncoding: ConfigType<string> = scalar('encoding', (_, written) => {
  const known = [...new Set(Object.values(decodedEncodings).flat())];
  const signals = Object.keys(decodedEncodings) as Signal[];
  return signals.some((signal) => kafkaDecoder(signal, written) !== undefined)
    ? {value: written}
    : `expected one of ${listed(known)}`;
});

const signalSection = (signal: Signal) =>
  object(
    {
      topics: optional(
        topics,
        `Topics to read, \`${defaultTopics[signal]}\` by default; \`^…\` is a regular expression.`,
      ),
      topic: optional(topicOrPattern, 'The older way to write `topics` with one.'),
      encoding: optional(encodingOf(signal), `How messages are encoded: ${decodedEncodings[signal].join(', ')}.`),
      exclude_topics: optional(
        list(goRegExp),
        'Topics that are not read although an expression in `topics` matches them.',
      ),
      exclude_topic: optional(goRegExp, 'The older way to write `exclude_topics` with one.'),
    },
    (values, node, report) => {
      if (values.topics !== undefined && values.topic !== undefined)
        report.fault(node.at, 'set either `topics` or `topic`');
      if (values.exclude_topics !== undefined && values.exclude_topic !== undefined) {
        report.fault(node.at, 'set either `exclude_topics` or `exclude_topic`');
      }
      const excludes = values.exclude_topics ?? values.exclude_topic;
      const named = values.topics ?? [values.topic ?? ''];
      if (excludes !== undefined && !named.some((topic) => topic.startsWith('^'))) {
        report.fault(node.at, '`exclude_topics` needs a regular expression (`^…`) in `topics`');
      }
    },
  );

const strategy = oneOf(...rebalanceStrategies);

export const kafkaReceiverConfig = object(
  {
    ...kafkaClientFields,
    traces: always(signalSection('traces'), 'Traces.'),
    metrics: always(signalSection('metrics'), 'Metrics.'),
    logs: always(signalSection('logs'), 'Logs.'),
    profiles: ignored('profiles are not received'),
    topic: optional(topicOrPattern, 'The older way to name the topic of every signal.'),
    encoding: optional(anyEncoding, 'The older way to say how the messages of every signal are encoded.'),
    group_id: withDefault(text, 'otel-collector', 'otel-collector', 'The consumer group.'),
    group_instance_id: ignored('members are dynamic: their partitions move when they leave'),
    initial_offset: withDefault(
      oneOf('latest', 'earliest'),
      'latest',
      'latest',
      'Where to begin in a partition of which the group knows no offset.',
    ),
    session_timeout: withDefault(duration(1), 10_000, '10s', 'A member that is not heard of for so long has left.'),
    heartbeat_interval: withDefault(duration(1), 3000, '3s', 'How often a member is heard of.'),
    group_rebalance_strategies: optional(list(strategy), 'Strategies to offer, the preferred one first.'),
    group_rebalance_strategy: optional(strategy, 'The older way to write `group_rebalance_strategies` with one.'),
    min_fetch_size: withDefault(integer(1, 2 ** 31 - 1), 1, '1', 'A broker answers when it has so many bytes …'),
    max_fetch_size: withDefault(integer(1, 2 ** 31 - 1), 1_048_576, '1048576', '… with at most so many, or one batch.'),
    max_fetch_wait: withDefault(duration(0, 30_000), 250, '250ms', '… or after so long with what there is.'),
    max_partition_fetch_size: withDefault(
      integer(1, 2 ** 31 - 1),
      1_048_576,
      '1048576',
      'The most bytes of one partition in an answer.',
    ),
    max_decompress_batch_bytes: withDefault(
      integer(1, 2 ** 31 - 1),
      2 ** 27,
      '134217728',
      'What one batch may take in memory when it is unpacked, and all messages together that wait. A larger batch is one that can never be taken. (The Collector: 1 GiB for each batch, and its partition stops there.)',
    ),
    default_fetch_size: ignored('`max_partition_fetch_size` says it'),
    use_leader_epoch: withDefault(bool, true, 'true', 'Let brokers notice that another one has become the leader.'),
    autocommit: always(
      object({
        enable: withDefault(bool, true, 'true', 'false: offsets are committed whenever they move.'),
        interval: withDefault(duration(1), 1000, '1s', 'How often they are committed otherwise.'),
      }),
      'When offsets are committed. They only ever move past what the pipeline has made safe.',
    ),
    message_marking: always(
      object(
        {
          after: optional(bool, 'true also lets `on_permanent_error` default to `on_error`.'),
          on_error: withDefault(
            bool,
            false,
            'false',
            'Pass over a message that is still refused after `error_backoff.max_elapsed_time`.',
          ),
          on_permanent_error: optional(
            bool,
            'Pass over a message that never can be taken; false holds its partition there. Default: true.',
          ),
        },
        ({after}, node, report) => {
          if (after !== false) return;
          const at = node.entries.get('after')?.at ?? node.at;
          report.warn(at, '`after: false` has no effect: a message is marked when the pipeline has made it safe');
        },
      ),
      'What becomes of messages that cannot be handed on.',
    ),
    error_backoff: always(
      object({
        enabled: ignored('a message that the pipeline refuses retryably is always tried again'),
        initial_interval: withDefault(duration(1), 500, '500ms', 'The wait after the first refusal.'),
        max_interval: withDefault(duration(1), 30_000, '30s', 'The longest wait.'),
        multiplier: withDefault(
          number((value) => value >= 1),
          1.5,
          '1.5',
          'The factor from each wait to the next.',
        ),
        randomization_factor: withDefault(
          number((value) => value >= 0 && value <= 1),
          0.5,
          '0.5',
          'Each wait is changed at random by up to this share.',
        ),
        max_elapsed_time: withDefault(
          duration(),
          0,
          '0',
          'With `on_error`: pass the message over after so long; 0: never.',
        ),
      }),
      'How messages that the pipeline refuses retryably are tried again.',
    ),
    header_extraction: always(
      object({
        extract_headers: withDefault(bool, false, 'false', 'Put headers of messages into resource attributes.'),
        headers: withDefault(list(text), [], '[]', 'Which; they become `kafka.header.NAME`.'),
      }),
      "Messages' headers as attributes.",
    ),
    partition_processing: ignored('partitions never wait for each other'),
    telemetry: ignored('the metrics of the receiver are always there'),
  },
  (values, node, report) => {
    if (values.heartbeat_interval >= values.session_timeout) {
      report.fault(node.at, '`heartbeat_interval` must be shorter than `session_timeout`');
    }
    if (values.max_fetch_size < values.min_fetch_size) {
      report.fault(node.at, '`max_fetch_size` must be at least `min_fetch_size`');
    }
    if (values.group_rebalance_strategies !== undefined && values.group_rebalance_strategy !== undefined) {
      report.fault(node.at, 'set either `group_rebalance_strategies` or `group_rebalance_strategy`');
    }
  },
);
export type KafkaReceiverConfig = ReturnType<typeof kafkaReceiverConfig.read>;
