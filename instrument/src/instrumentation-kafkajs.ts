import {type Attributes, context, type Link, ROOT_CONTEXT, SpanKind, trace} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import {KafkaJsInstrumentation} from '@opentelemetry/instrumentation-kafkajs';
import {extractHeaders, type MessageHeaders} from './messaging.ts';
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
 * batch and one more for every message in it, all as long as the batch: many spans that say nothing of the message.)
 */
export function kafkajsInstrumentation(): Instrumentation {
  const instrumentation = new KafkaJsInstrumentation();
  // Called when a consumer runs, long after this; a private method, so a test with the real library stands guard.
  Object.assign(instrumentation, {_getConsumerEachBatchPatch: () => wrapEachBatch});
  return instrumentation;
}

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
