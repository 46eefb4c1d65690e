import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type TextMapGetter,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import {guarded, plainAttributes, readProperty, textOf} from './odd-values.ts';
import {traced} from './traced.ts';

/** Headers as brokers' clients have them: KafkaJS (buffers, arrays), amqplib (anything), or plain strings. */
export type MessageHeaders = Record<string, unknown>;

/** Where messages go to or come from. */
export type Channel = {
  /** `kafka`, `rabbitmq`, … (`messaging.system`). */
  readonly system: string;
  /** Topic, queue or exchange (`messaging.destination.name`). */
  readonly destination: string;
  readonly attributes?: Attributes;
};

/** How a consumer's span relates to the producer's: in its trace as a child, or in a trace of its own with a link. */
export type Relation = 'parent' | 'link';

/** Writes a context into message headers. */
export function injectHeaders(headers: MessageHeaders, from: Context = context.active()): void {
  propagation.inject(from, headers, setter);
}

/** The context that a message's headers carry; the root context when they carry none. */
export function extractHeaders(headers: Readonly<MessageHeaders> | undefined): Context {
  return propagation.extract(ROOT_CONTEXT, headers ?? {}, getter);
}

/**
 * Sends one message inside a producer span. `headers` receives the context before `fn` runs.
 *
 * @example await publish({system: 'kafka', destination: 'orders', headers}, () => producer.send({topic, messages: [{value, headers}]}));
 */
export function publish<T>(channel: Channel & {readonly headers: MessageHeaders}, fn: (span: Span) => T): T {
  return traced(`send ${destinationOf(channel)}`, settings(channel, 'send', SpanKind.PRODUCER), (span) => {
    injectHeaders(readProperty(channel, 'headers') as MessageHeaders);
    return fn(span);
  });
}

/** Handles one message inside a consumer span: the producer's child, or, with `relation: 'link'`, linked to it. */
export function consume<T>(
  channel: Channel & {readonly headers: Readonly<MessageHeaders> | undefined; readonly relation?: Relation},
  fn: (span: Span) => T,
): T {
  const producer = extractHeaders(readProperty(channel, 'headers') as MessageHeaders | undefined);
  const base = settings(channel, 'process', SpanKind.CONSUMER);
  const link = linkTo(producer);
  const name = `process ${destinationOf(channel)}`;
  return readProperty(channel, 'relation') === 'link'
    ? traced(name, {...base, parent: trace.deleteSpan(producer), links: link}, fn)
    : traced(name, {...base, parent: producer}, fn);
}

/**
 * Handles a batch inside one consumer span that links to every message's producer: a batch has many parents, and a
 * span can have one. Messages without a context add no link.
 */
export function consumeBatch<T>(
  channel: Channel & {readonly messages: readonly {readonly headers?: Readonly<MessageHeaders> | undefined}[]},
  fn: (span: Span) => T,
): T {
  const base = settings(channel, 'process', SpanKind.CONSUMER);
  const messages = guarded('messages that cannot be listed are not linked', () => Array.from(channel.messages), []);
  return traced(
    `process ${destinationOf(channel)}`,
    {
      ...base,
      attributes: {...base.attributes, 'messaging.batch.message_count': messages.length},
      links: messages.flatMap((message) =>
        linkTo(extractHeaders(readProperty(message, 'headers') as MessageHeaders | undefined)),
      ),
    },
    fn,
  );
}

function settings(channel: Channel, operation: 'send' | 'process', kind: SpanKind) {
  return {
    kind,
    attributes: {
      'messaging.system': textOf(readProperty(channel, 'system'), 'unknown'),
      'messaging.destination.name': destinationOf(channel),
      'messaging.operation.name': operation,
      'messaging.operation.type': operation,
      ...plainAttributes(readProperty(channel, 'attributes')),
    },
  };
}

const destinationOf = (channel: Channel): string => textOf(readProperty(channel, 'destination'), 'unknown');

function linkTo(producer: Context): Link[] {
  const spanContext = trace.getSpanContext(producer);
  return spanContext === undefined ? [] : [{context: spanContext}];
}

const setter: TextMapSetter<MessageHeaders> = {
  set(headers, key, value) {
    headers[key] = value;
  },
};

const getter: TextMapGetter<Readonly<MessageHeaders>> = {
  keys: (headers) => Object.keys(headers),
  get(headers, key) {
    const value = headers[key];
    const first = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string') return first;
    return first instanceof Uint8Array ? Buffer.from(first).toString('utf8') : undefined;
  },
};
