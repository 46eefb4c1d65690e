import {type Attributes, context, type Link, ROOT_CONTEXT, SpanKind, trace} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as KafkaJs from '@opentelemetry/instrumentation-kafkajs';
import {extractHeaders, type MessageHeaders} from './messaging.ts';
import {optionalPackage} from './optional-package.ts';
import {endWith} from './span-outcome.ts';

type BatchPayload = {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly messages: readonly {readonly headers?: MessageHeaders}[];
  };
};
type EachBatch = (this: unknown, payload: BatchPayload) => Promise<void>;

/**
 * OpenTelemetry's KafkaJS instrumentation, but a batch is one span with a link per message. (Theirs is a span for the
 * batch and one more for every message in it, all as long as the batch: many spans that say nothing of the message.) The caller's
 * messages are never written into.
 */
export function kafkajsInstrumentation(): Instrumentation {
  const {KafkaJsInstrumentation} = optionalPackage<typeof KafkaJs>('@opentelemetry/instrumentation-kafkajs');
  const instrumentation = new KafkaJsInstrumentation();
  const {_getSendPatch: sendPatch, _getSendBatchPatch: batchPatch} = instrumentation as unknown as Patches;
  const send = sendPatch.call(instrumentation);
  const sendBatch = batchPatch.call(instrumentation);
  // Called when a producer or consumer is made, long after this; private methods, so tests with the real library stand guard.
  Object.assign(instrumentation, {
    _getConsumerEachBatchPatch: () => wrapEachBatch,
    _getSendPatch: () => (original: Send<Sent>) => withOwnRecord(original, send(original), ownRecord),
    _getSendBatchPatch: () => (original: Send<Batch>) => withOwnRecord(original, sendBatch(original), ownBatch),
  });
  return instrumentation;
}

type Message = {readonly headers?: object};
type Sent = {readonly messages: readonly Message[]};
type Batch = {readonly topicMessages?: readonly Sent[]};
type Send<Record> = (this: unknown, record: Record, ...others: unknown[]) => Promise<unknown>;
type Patches = {
  _getSendPatch(): (original: Send<Sent>) => Send<Sent>;
  _getSendBatchPatch(): (original: Send<Batch>) => Send<Batch>;
};

/** Their patches write the context into the caller's messages; these are copies. A record that is none is KafkaJS' to refuse. */
function withOwnRecord<Record>(
  original: Send<Record>,
  traced: Send<Record>,
  own: (record: Record) => Record,
): Send<Record> {
  return function send(record, ...others) {
    let copy: Record;
    try {
      copy = own(record);
    } catch {
      return original.call(this, record, ...others);
    }
    return traced.call(this, copy, ...others);
  };
}

const ownRecord = <Record extends Sent>(record: Record): Record => ({
  ...record,
  messages: record.messages.map((message) => ({...message, headers: {...message.headers}})),
});

const ownBatch = (batch: Batch): Batch =>
  batch.topicMessages === undefined ? batch : {...batch, topicMessages: batch.topicMessages.map(ownRecord)};

const tracer = trace.getTracer('@weft/instrument/kafkajs');

function wrapEachBatch(eachBatch: EachBatch): EachBatch {
  return function eachBatchTraced(payload) {
    const {topic, partition, messages} = payload.batch;
    const attributes: Attributes = {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': messages.length,
    };
    const links = messages.flatMap(({headers}): Link[] => {
      const producer = trace.getSpanContext(extractHeaders(headers));
      return producer === undefined ? [] : [{context: producer}];
    });
    const span = tracer.startSpan(`process ${topic}`, {kind: SpanKind.CONSUMER, attributes, links}, ROOT_CONTEXT);
    return context.with(trace.setSpan(ROOT_CONTEXT, span), () => endWith(span, () => eachBatch.call(this, payload)));
  };
}
