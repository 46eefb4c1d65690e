/** The encodings of messages that the Kafka receiver reads: the value of one message becomes one batch. */
import {MalformedError, takeBytes, unixNanoFromMillis} from '../base/index.ts';
import {
  type AnyBatch,
  type AnyValue,
  appendAttribute,
  type BatchOf,
  createLogBatch,
  type LogBatch,
  type Signal,
} from '../model/index.ts';
import {type Decoded, type OtlpCodec, otlp, type SpanEncodingName, spanEncodings} from '../wire/index.ts';

/**
 * Decodes the value of a message, which it copies: the value stays as it is. `spare` may be filled, `now` is in milliseconds
 * since 1970. Throws MalformedError.
 */
export type KafkaDecoder = (value: Uint8Array, spare: AnyBatch | undefined, now: number) => Decoded<AnyBatch>;

/** For configurations. `text_` stands for any charset behind it. */
export const decodedEncodings: Readonly<Record<Signal, readonly string[]>> = {
  traces: ['otlp_proto', 'otlp_json', ...Object.keys(spanEncodings)],
  metrics: ['otlp_proto', 'otlp_json'],
  logs: ['otlp_proto', 'otlp_json', 'raw', 'text', 'json'],
};

/** Undefined where there is no such encoding of the signal. */
export function kafkaDecoder(signal: Signal, encoding: string): KafkaDecoder | undefined {
  if (encoding === 'otlp_proto') return decodeProto(signal);
  if (encoding === 'otlp_json') return decodeJson(signal);
  if (signal === 'logs') return logDecoder(encoding);
  if (signal !== 'traces' || !Object.hasOwn(spanEncodings, encoding)) return undefined;
  const {decode} = spanEncodings[encoding as SpanEncodingName];
  return (value) => decode(value.slice());
}

const codecOf = (signal: Signal): OtlpCodec<AnyBatch> => otlp[signal] as unknown as OtlpCodec<AnyBatch>;

const decodeProto = (signal: Signal): KafkaDecoder => {
  const codec = codecOf(signal);
  return (value, spare) => {
    const body = takeBytes(value.length);
    body.set(value);
    return codec.decodeProto(body, spare as BatchOf<typeof signal> | undefined);
  };
};

const decodeJson = (signal: Signal): KafkaDecoder => {
  const codec = codecOf(signal);
  return (value) => codec.decodeJson(value.slice());
};

function logDecoder(encoding: string): KafkaDecoder | undefined {
  if (encoding === 'raw') return (value) => whole(logOf({type: 'bytes', value}));
  if (encoding === 'json') return (value, _, now) => whole(logOf(parsed(value), now));
  const charset = /^text(?:_(.+))?$/.exec(encoding);
  if (charset === null) return undefined;
  try {
    const decoder = new TextDecoder(charset[1] ?? 'utf-8');
    return (value, _, now) => whole(logOf({type: 'string', value: decoder.decode(value)}, now));
  } catch {
    return undefined;
  }
}

const whole = (batch: LogBatch): Decoded<AnyBatch> => ({batch, rejected: 0, rejectedReason: ''});

/** A batch of one record, without a resource's attributes. */
function logOf(body: AnyValue, observedMs?: number): LogBatch {
  const batch = createLogBatch();
  batch.resources.add();
  batch.scopes.add();
  const row = batch.logs.add();
  const {columns} = batch.logs;
  if (observedMs !== undefined) columns.observedTime.set(row, unixNanoFromMillis(observedMs));
  columns.body.setPair(row, appendAttribute(batch.attributes, batch.heap, '', body), 1);
  return batch;
}

const strictUtf8 = new TextDecoder('utf-8', {fatal: true});

/** How deep a value may nest: as deep as an attribute may. */
const maxDepth = 32;

function parsed(value: Uint8Array): AnyValue {
  let json: unknown;
  try {
    json = JSON.parse(strictUtf8.decode(value));
  } catch (error) {
    throw new MalformedError(`the message is not JSON: ${(error as Error).message}`, undefined, {cause: error});
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new MalformedError('the message is not an object in JSON');
  }
  return jsonValue(json, 1);
}

/** As the Collector reads JSON: every number is a double. */
function jsonValue(json: unknown, depth: number): AnyValue {
  if (depth > maxDepth) throw new MalformedError(`the message nests deeper than ${maxDepth} levels`);
  switch (typeof json) {
    case 'string':
      return {type: 'string', value: json};
    case 'boolean':
      return {type: 'bool', value: json};
    case 'number':
      return {type: 'double', value: json};
    default:
      if (json === null) return {type: 'empty'};
      if (Array.isArray(json)) return {type: 'array', value: json.map((each) => jsonValue(each, depth + 1))};
      return {
        type: 'map',
        value: Object.entries(json as object).map(([key, each]) => ({key, value: jsonValue(each, depth + 1)})),
      };
  }
}
