/**
 * Receives from Kafka, as a member of a consumer group (the Collector's Kafka receiver). An offset is committed when everything
 * before it is safe, never sooner (docs/decisions/0071-kafka.md).
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {errorMessage, MalformedError, RetryableError, utf8} from '../base/index.ts';
import {type AnyBatch, type Batch, type Signal, setAttribute, tableBytes} from '../model/index.ts';
import {
  allSignals,
  type Component,
  contextOf,
  type Intake,
  itemNoun,
  type ReceiverFactory,
  type Settings,
} from '../pipeline/index.ts';
import {compilePattern, type Pattern} from '../regexp/index.ts';
import {kafkaClientOptions} from './kafka-client.ts';
import {type KafkaDecoder, kafkaDecoder} from './kafka-decode.ts';
import {defaultTopics} from './kafka-settings.ts';
import {type GroupOptions, rebalanceMs, stayInGroup} from './receiver-kafka-group.ts';
import {createKafkaMetrics} from './receiver-kafka-metrics.ts';
import {describeFailure, type KafkaMessage, type KafkaPatience, placeOf, reasonOf} from './receiver-kafka-partition.ts';
import {type KafkaReceiverConfig, kafkaReceiverConfig} from './receiver-kafka-settings.ts';

export const kafkaReceiver: ReceiverFactory<KafkaReceiverConfig> = {
  help: 'Reads traces, metrics and logs from Kafka; offsets are committed when the data is safe.',
  signals: allSignals,
  config: kafkaReceiverConfig,
  create: createKafkaReceiver,
};

/** A signal that some pipeline takes, and the topics that bring it. */
interface Subscription {
  readonly signal: Signal;
  readonly decode: KafkaDecoder;
  readonly named: readonly string[];
  matches(topic: string): boolean;
}

const longestRestartMs = 30_000;

function createKafkaReceiver(settings: Settings, config: KafkaReceiverConfig, intake: Intake): Component {
  const {log, id} = settings;
  const subscriptions = allSignals.filter(intake.takes).map((signal) => subscribe(signal, config));
  refuseShared(subscriptions, id);
  const signalOf = rememberLookups((topic) =>
    subscriptions.find((each) => each.named.includes(topic) || each.matches(topic)),
  );
  const metrics = createKafkaMetrics(settings);
  const headers = config.header_extraction.extract_headers ? config.header_extraction.headers : [];

  const deliver = async (message: KafkaMessage): Promise<void> => {
    const {value, fault} = message;
    if (fault !== undefined) throw fault;
    const subscription = signalOf(message.topic);
    // A message without a value marks a key as deleted: it says nothing.
    if (value === null || subscription === undefined) return;
    const {signal, decode} = subscription;
    const {batch, rejected, rejectedReason} = decode(value, intake.spare(signal), settings.clock.now());
    if (rejected > 0)
      log.debug({message: placeOf(message), rejected}, `a part of a message was left out: ${rejectedReason}`);
    const known = textHeaders(message);
    for (const name of headers) setResource(batch, `kafka.header.${name}`, known.get(name));
    const lease = settings.admission.open();
    try {
      lease.take(tableBytes(batch));
      const context = contextOf(Object.fromEntries([...known, ...placeHeaders(message)].map(lowered)), true);
      await intake.deliver({batch, context, transport: 'kafka', rejected});
    } finally {
      lease.close();
    }
  };
  const admit = ({value}: KafkaMessage): (() => void) | number => {
    const lease = settings.admission.open();
    const refused = (error: RetryableError): number => {
      lease.close();
      return Math.max(10, error.retryAfterMs);
    };
    if (lease.refusal !== undefined) return refused(lease.refusal);
    lease.arrived();
    try {
      // The value itself, and its copy that becomes the batch.
      lease.take(2 * (value?.length ?? 0));
    } catch (error) {
      if (error instanceof RetryableError) return refused(error);
      lease.close();
      throw error;
    }
    return () => lease.close();
  };
  const noted = (message: KafkaMessage, error: Error): void => {
    const signal = signalOf(message.topic)?.signal;
    if (error instanceof MalformedError && signal !== undefined) metrics.malformed(message, itemNoun[signal]);
  };

  const group: GroupOptions = {
    client: kafkaClientOptions(config, Math.max(rebalanceMs, config.session_timeout) + 5000, settings),
    group: {
      group_id: config.group_id,
      session_timeout: config.session_timeout,
      heartbeat_interval: config.heartbeat_interval,
      initial_offset: config.initial_offset,
      strategies: config.group_rebalance_strategies ?? [config.group_rebalance_strategy ?? 'cooperative-sticky'],
    },
    limits: config,
    patience: patienceOf(config),
    commitEveryMs: config.autocommit.enable ? config.autocommit.interval : undefined,
    refreshMs: config.metadata.refresh_interval,
    log,
    named: subscriptions.flatMap(({named}) => named),
    matches: (topic) => signalOf(topic) !== undefined,
    work: {
      admit,
      deliver,
      passedOver(message, error) {
        noted(message, error);
        metrics.passedOver(message, reasonOf(error));
        log.error({reason: reasonOf(error)}, `${describeFailure(message, error)}; it is passed over`);
      },
      held(message, error) {
        noted(message, error);
        metrics.held(1);
        log.error({reason: reasonOf(error)}, `${describeFailure(message, error)}; its partition is held there`);
      },
    },
    onFetched: metrics.fetched,
    onAssigned(partition) {
      metrics.assigned();
      log.info(
        {topic: partition.topic, partition: partition.partition, from: String(partition.next)},
        'reads a partition',
      );
    },
    onLost(partition) {
      metrics.lost(partition);
      if (partition.isHeld) metrics.held(-1);
    },
  };

  const stop = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted; ) {
      const begin = performance.now();
      try {
        await stayInGroup(group, stop.signal);
      } catch (error) {
        // One that went well for a while says nothing against the next.
        failures = performance.now() - begin > 2 * longestRestartMs ? 0 : failures + 1;
        const waitMs = Math.min(longestRestartMs, 500 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
        metrics.failed();
        log.warn({error: causesOf(error), waitMs: Math.round(waitMs)}, 'Kafka cannot be read; trying again');
        await sleep(waitMs, undefined, {signal: stop.signal}).catch(() => {});
      }
    }
  };
  return {
    async start() {
      running = run();
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}

function subscribe(signal: Signal, config: KafkaReceiverConfig): Subscription {
  const section = config[signal];
  const topics = section.topics ?? [section.topic ?? config.topic ?? defaultTopics[signal]];
  const encoding = section.encoding ?? config.encoding ?? 'otlp_proto';
  const decode = kafkaDecoder(signal, encoding);
  if (decode === undefined) throw new Error(`there is no encoding ${encoding} of ${signal}`);
  const patterns = topics.filter((topic) => topic.startsWith('^')).map((topic) => compilePattern(topic) as Pattern);
  const excluded = section.exclude_topics ?? (section.exclude_topic === undefined ? [] : [section.exclude_topic]);
  return {
    signal,
    decode,
    named: topics.filter((topic) => !topic.startsWith('^')),
    matches: (topic) => patterns.some((each) => each.test(topic)) && !excluded.some((each) => each.test(topic)),
  };
}

/** A message brings one signal: nothing in it says which. */
function refuseShared(subscriptions: readonly Subscription[], id: string): void {
  const owners = new Map<string, Signal>();
  for (const {signal, named} of subscriptions) {
    for (const topic of named) {
      const other = owners.get(topic);
      if (other !== undefined)
        throw new Error(`${id}: the topic ${topic} is named for ${other} and for ${signal}; give each its own`);
      owners.set(topic, signal);
    }
  }
}

function rememberLookups<T>(find: (topic: string) => T | undefined): (topic: string) => T | undefined {
  const known = new Map<string, T | undefined>();
  return (topic) => {
    // As many as the cluster has topics.
    if (!known.has(topic)) known.set(topic, find(topic));
    return known.get(topic);
  };
}

function patienceOf({error_backoff: backoff, message_marking: marking}: KafkaReceiverConfig): KafkaPatience {
  return {
    initialMs: backoff.initial_interval,
    maxMs: Math.max(backoff.max_interval, backoff.initial_interval),
    multiplier: backoff.multiplier,
    randomness: backoff.randomization_factor,
    giveUpMs: marking.on_error && backoff.max_elapsed_time > 0 ? backoff.max_elapsed_time : undefined,
    passesOver: marking.on_permanent_error ?? (marking.after === true ? marking.on_error : true),
  };
}

const textHeaders = ({headers}: KafkaMessage): Map<string, string> =>
  new Map(headers.flatMap(([name, value]) => (name === null || value === null ? [] : [[utf8(name), utf8(value)]])));

const placeHeaders = ({topic, partition, offset}: KafkaMessage): [string, string][] => [
  ['kafka.topic', topic],
  ['kafka.partition', String(partition)],
  ['kafka.offset', String(offset)],
];

const lowered = ([name, value]: readonly [string, string]): [string, string] => [name.toLowerCase(), value];

function setResource(batch: AnyBatch, key: string, value: string | undefined): void {
  if (value === undefined) return;
  const {attributes} = batch.resources.columns;
  for (let row = 0; row < batch.resources.count; row++) {
    setAttribute(batch as Batch, attributes, row, key, {type: 'string', value});
  }
}

/** An error of several attempts says in its parts what was wrong. */
function causesOf(error: unknown): string {
  const parts = error instanceof AggregateError ? error.errors.map(causesOf) : [];
  return [...new Set([errorMessage(error), ...parts])].join(' ');
}
