/** Messages to Jaeger's agent (`agent.thrift` of github.com/jaegertracing/jaeger-idl): one call in one datagram. */
import {MalformedError, utf8} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {decodeJaegerBatch} from './jaeger-thrift-decode.ts';
import type {Decoded} from './otlp-rejections.ts';
import {type ThriftProtocol, ThriftReader, thriftType} from './thrift-reader.ts';
import type {ZipkinOptions} from './zipkin-rows.ts';
import {decodeZipkinList} from './zipkin-thrift-decode.ts';

/** Decodes a call of `emitBatch` or `emitZipkinBatch`. Takes the bytes. Throws MalformedError. */
export function decodeAgentMessage(
  body: Uint8Array,
  protocol: ThriftProtocol,
  options: ZipkinOptions = {},
  spare?: SpanBatch,
): Decoded<SpanBatch> {
  const reader = new ThriftReader(body, protocol);
  if (!reader.message()) throw new MalformedError('the message is no call');
  const method = utf8(body, reader.from, reader.to - reader.from);
  if (method !== 'emitBatch' && method !== 'emitZipkinBatch') {
    throw new MalformedError(`the agent has no method ${JSON.stringify(method.slice(0, 40))}`);
  }
  reader.enter();
  while (reader.field()) {
    if (reader.id !== 1) reader.skip();
    else if (method === 'emitBatch' && reader.type === thriftType.struct) return decodeJaegerBatch(reader, spare);
    else if (method === 'emitZipkinBatch' && reader.isListOf(thriftType.struct))
      return decodeZipkinList(reader, options);
    else throw new MalformedError(`${method} has an argument of another type`, reader.at);
  }
  throw new MalformedError(`${method} has no argument`, reader.at);
}
