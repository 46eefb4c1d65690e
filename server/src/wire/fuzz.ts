/**
 * Hostile bodies for the decoders, from a seed: real messages truncated, flipped, spliced, repeated, or nothing but noise.
 * Whatever comes in, a decoder gives a sound batch or a MalformedError, in memory bounded by the body's size.
 * Used by `otlp.fuzz.test.ts` for some seconds and by `tools/fuzz-decode.ts` for as long as one likes.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {errorMessage, MalformedError} from '../base/index.ts';
import {
  type Batch,
  IdColumn,
  RangeColumn,
  RefColumn,
  type Signal,
  SliceColumn,
  type SpanBatch,
  U32Column,
  U64Column,
  ValueColumn,
  valueType,
} from '../model/index.ts';
import {
  type Decoded,
  decodeAgentMessage,
  decodeJaegerProto,
  encodeJaegerProto,
  encodeZipkinJson,
  encodeZipkinProto,
  type OtlpCodec,
  otlp,
  spanEncodings,
} from './index.ts';

/** How spans come by other protocols than OTLP. */
const spanDecoders = {
  ...(Object.fromEntries(Object.entries(spanEncodings).map(([name, {decode}]) => [name, decode])) as Record<
    keyof typeof spanEncodings,
    (body: Uint8Array) => Decoded<SpanBatch>
  >),
  jaeger_post_spans: (body: Uint8Array) => decodeJaegerProto(body),
  jaeger_agent_compact: (body: Uint8Array) => decodeAgentMessage(body, 'compact'),
  jaeger_agent_binary: (body: Uint8Array) => decodeAgentMessage(body, 'binary'),
};
type SpanFormat = keyof typeof spanDecoders;
const spanFormats = Object.keys(spanDecoders) as readonly SpanFormat[];

export type FuzzEncoding = 'proto' | 'json' | SpanFormat;
export interface FuzzCase {
  readonly signal: Signal;
  readonly encoding: FuzzEncoding;
  readonly body: Uint8Array;
}

const fixtures = new URL('../../../fixtures/', import.meta.url);
const signals: readonly Signal[] = ['traces', 'logs', 'metrics'];

/** Real messages to start from. */
export function loadCorpus(): FuzzCase[] {
  return ['otlp/golden/', 'otlp/odd/'].flatMap((folder) => readCases(folder, /^\d+\.(?<signal>\w+)(?<json>\.json)?$/));
}

/** Messages of Jaeger and Zipkin to start from. */
export function loadSpanCorpus(): FuzzCase[] {
  const files: Readonly<Record<string, SpanFormat>> = {
    'jaeger/batch.thrift': 'jaeger_thrift',
    'jaeger/agent.compact': 'jaeger_agent_compact',
    'jaeger/agent-zipkin.compact': 'jaeger_agent_compact',
    'jaeger/agent.binary': 'jaeger_agent_binary',
    'jaeger/agent-zipkin.binary': 'jaeger_agent_binary',
    'jaeger/post-spans.pb': 'jaeger_post_spans',
    'jaeger/span.pb': 'jaeger_proto',
    'jaeger/span.json': 'jaeger_json',
    'zipkin/v1.json': 'zipkin_v1_json',
    'zipkin/v1.thrift': 'zipkin_thrift',
    'zipkin/v2.json': 'zipkin_json',
    'zipkin/v2-endpoints.json': 'zipkin_json',
    'zipkin/v2.pb': 'zipkin_proto',
  };
  return Object.entries(files).map(([name, encoding]) => {
    const body = new Uint8Array(readFileSync(new URL(name, fixtures)));
    return {signal: 'traces', encoding, body};
  });
}

/** Bodies that broke a decoder once: `fixtures/fuzz/SIGNAL-what-it-was.ENCODING`. */
export function loadPastFailures(): FuzzCase[] {
  return readCases('fuzz/', /^(?<signal>traces|logs|metrics)-.*\.(?<encoding>\w+)$/);
}

function readCases(folder: string, pattern: RegExp): FuzzCase[] {
  const url = new URL(folder, fixtures);
  return readdirSync(url).flatMap((name): FuzzCase[] => {
    const groups = pattern.exec(name)?.groups;
    if (groups === undefined) return [];
    const body = new Uint8Array(readFileSync(new URL(name, url)));
    const encoding = (groups.encoding ?? (groups.json === undefined ? 'proto' : 'json')) as FuzzEncoding;
    return [{signal: groups.signal as Signal, encoding, body}];
  });
}

/** A hostile case of at most some kilobytes. */
export function mutate(random: () => number, corpus: readonly FuzzCase[]): FuzzCase {
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[upTo(list.length)] as T;
  const base = pick(corpus);
  const noise = (length: number): Uint8Array => Uint8Array.from({length}, () => upTo(256));
  const part = (body: Uint8Array): Uint8Array => {
    const from = upTo(body.length);
    return body.subarray(from, from + 1 + upTo(Math.min(2000, body.length - from)));
  };
  let body: Uint8Array = base.body.slice();
  for (let changes = 1 + upTo(4); changes > 0; changes--) {
    const at = upTo(body.length + 1);
    switch (upTo(8)) {
      case 0:
        body = body.slice(0, at);
        break;
      case 1:
        for (let flips = 1 + upTo(8); flips > 0 && body.length > 0; flips--) {
          const byte = upTo(body.length);
          body[byte] = (body[byte] as number) ^ (1 << upTo(8));
        }
        break;
      case 2:
        body = joined(body.subarray(0, at), part(pick(corpus).body), body.subarray(at));
        break;
      case 3:
        body = joined(body.subarray(0, at), pick(corpus).body.subarray(upTo(500)));
        break;
      case 4:
        // Bytes that mean much: lengths, ends of varints, groups, quotes and brackets.
        if (at < body.length)
          body[at] = pick([0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0b, 0x0c, 0x12, 0x22, 0x5b, 0x5c, 0x7b, 0x7d]);
        break;
      case 5:
        body = joined(body.subarray(0, at), noise(1 + upTo(30)), body.subarray(at));
        break;
      case 6: {
        const repeated = part(body);
        const times = 1 + upTo(20);
        body = joined(body.subarray(0, at), ...Array.from({length: times}, () => repeated), body.subarray(at));
        break;
      }
      default:
        if (random() < 0.05) body = noise(upTo(400));
        else body = joined(body.subarray(0, at), body.subarray(at + 1 + upTo(20)));
    }
    if (body.length > 20_000) body = body.slice(0, 20_000);
  }
  // Now and then to the decoder of another signal or protocol: what is an array here is a string there.
  const stray = random() < 0.1;
  if (isSpanFormat(base.encoding)) return {...base, encoding: stray ? pick(spanFormats) : base.encoding, body};
  return {signal: stray ? pick(signals) : base.signal, encoding: base.encoding, body};
}

const isSpanFormat = (encoding: FuzzEncoding): encoding is SpanFormat => Object.hasOwn(spanDecoders, encoding);

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Decodes a body and puts the batch to use. Undefined where all is well, else what is wrong. */
export function tryCase({signal, encoding, body}: FuzzCase): string | undefined {
  const codec = otlp[signal] as unknown as OtlpCodec<Batch>;
  let batch: Batch;
  try {
    const mine = body.slice();
    const decoded: Decoded<Batch> = isSpanFormat(encoding)
      ? spanDecoders[encoding](mine)
      : encoding === 'proto'
        ? codec.decodeProto(mine)
        : codec.decodeJson(mine);
    if (decoded.rejected > 0 !== (decoded.rejectedReason !== '')) return 'items were rejected without a reason';
    batch = decoded.batch;
  } catch (error) {
    if (!(error instanceof MalformedError)) return `threw ${errorMessage(error)}\n${(error as Error).stack}`;
    if (error.offset !== undefined && !(error.offset >= 0 && error.offset <= 3 * body.length + 64)) {
      return `reported the offset ${error.offset} of ${body.length} bytes`;
    }
    return undefined;
  }
  try {
    const unsound = findUnsound(batch) ?? findExcess(batch, body.length);
    if (unsound !== undefined) return unsound;
    // A batch that was taken must be fit to be sent on, and taken by the next Weft as it is.
    const again = codec.decodeProto(codec.encodeProto(batch));
    if (again.rejected !== 0) return `its own encoding is rejected: ${again.rejectedReason}`;
    const overJson = codec.decodeJson(codec.encodeJson(batch));
    if (overJson.rejected !== 0) return `its own JSON is rejected: ${overJson.rejectedReason}`;
    if (overJson.batch.items.count !== batch.items.count) return 'its own JSON has another number of items';
    if (batch.signal === 'traces') return tryExports(batch as SpanBatch);
  } catch (error) {
    return `using the batch threw ${errorMessage(error)}\n${(error as Error).stack}`;
  }
  return undefined;
}

/** Rounded to microseconds, later times would be too late. */
const latestNanos = 2n ** 63n - 1_000_000n;

/** Spans that were taken must be fit for Jaeger and Zipkin, too, where they end after they started. */
function tryExports(batch: SpanBatch): string | undefined {
  const {start, end} = batch.spans.columns;
  for (let row = 0; row < batch.spans.count; row++) {
    // A start of 0 is none in Zipkin, and becomes the present.
    const isTold = start.get(row) >= 1000n;
    if (!isTold || end.get(row) < start.get(row) || end.get(row) >= latestNanos) return undefined;
  }
  const ways = {
    Jaeger: () => decodeJaegerProto(encodeJaegerProto(batch)),
    'Zipkin JSON': () => spanDecoders.zipkin_json(encodeZipkinJson(batch)),
    'Zipkin protobuf': () => spanDecoders.zipkin_proto(encodeZipkinProto(batch)),
  };
  for (const [name, way] of Object.entries(ways)) {
    const {batch: again, rejectedReason} = way();
    if (again.items.count !== batch.items.count) return `${name} of it has another number of spans: ${rejectedReason}`;
  }
  return undefined;
}

/** A range, reference or slice that points outside of the batch. */
function findUnsound(batch: Batch): string | undefined {
  for (const [name, table] of Object.entries(batch.tables)) {
    for (const [columnName, column] of Object.entries(table.columns)) {
      for (let row = 0; row < table.count; row++) {
        const where = `${name}.${columnName}[${row}]`;
        if (column instanceof RangeColumn) {
          const limit = batch.tables[column.child]?.count ?? -1;
          if (column.count(row) > 0 && column.from(row) + column.count(row) > limit) return `${where} is out of range`;
        } else if (column instanceof SliceColumn) {
          if (column.start(row) + column.size(row) > batch.heap.length) return `${where} is outside of the heap`;
        } else if (column instanceof RefColumn) {
          if (column.get(row) >= (batch.tables[column.shared]?.count ?? 0)) return `${where} refers to nothing`;
        } else if (column instanceof ValueColumn) {
          const type = batch.attributes.columns.type.get(row);
          const isSlice = type === valueType.string || type === valueType.bytes || type >= valueType.array;
          const end = (column.words[2 * row] as number) + (column.words[2 * row + 1] as number);
          if (isSlice && end > batch.heap.length) return `${where} is outside of the heap`;
        }
      }
    }
  }
  return undefined;
}

/** Memory beyond what a body of this size may cost. */
function findExcess(batch: Batch, bodyLength: number): string | undefined {
  let bytes = batch.heap.bytes.length;
  for (const table of Object.values(batch.tables)) {
    for (const column of table.all) {
      if (column instanceof U64Column || column instanceof SliceColumn || column instanceof RangeColumn) {
        bytes += column.words.byteLength;
      } else if (column instanceof U32Column) bytes += column.data.byteLength;
      else if (column instanceof IdColumn) bytes += column.bytes.byteLength;
    }
  }
  const limit = 64 * bodyLength + 65_536;
  return bytes > limit ? `${bytes} bytes of memory for a body of ${bodyLength}` : undefined;
}
