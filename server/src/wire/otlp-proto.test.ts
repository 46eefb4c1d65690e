/** The rules of the wire format and of OTLP that the golden messages do not show: what is refused, and how it is said. */
import {describe, expect, test} from 'vitest';
import {MalformedError, TooLargeError} from '../base/index.ts';
import {type Batch, maxNesting, readValue} from '../model/index.ts';
import {otlp} from './index.ts';
import {loadMessages, serviceMessage, writeMessage} from './testing.ts';

const messages = loadMessages();
const traces = messages(serviceMessage('traces', 'Request'));
const metrics = messages(serviceMessage('metrics', 'Request'));
const logs = messages(serviceMessage('logs', 'Request'));
const traceId = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex');
const spanId = Buffer.from('0102030405060708', 'hex');
const max = '18446744073709551615';

type Fields = Record<string, unknown>;
const span = (fields: Fields = {}): Fields => ({trace_id: traceId, span_id: spanId, name: 'op', ...fields});
const ofSpans = (...spans: Fields[]): Uint8Array =>
  writeMessage(traces, {resource_spans: [{scope_spans: [{spans}]}]}).slice();
const ofLogs = (...log_records: Fields[]): Uint8Array =>
  writeMessage(logs, {resource_logs: [{scope_logs: [{log_records}]}]}).slice();
const ofPoints = (data: Fields): Uint8Array =>
  writeMessage(metrics, {resource_metrics: [{scope_metrics: [{metrics: [{name: 'm', ...data}]}]}]}).slice();
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** A message as the only field of another, which is that of another, and so on, the outermost named first. */
function wrapped(inner: Uint8Array, ...fields: number[]): Uint8Array {
  let body = inner;
  for (const field of fields.toReversed()) {
    const head = [(field << 3) | 2];
    let rest = body.length;
    for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
    body = join(Uint8Array.from([...head, rest]), body);
  }
  return body;
}
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe('OTLP protobuf: invalid spans are left out and counted, the others taken', () => {
  const none = Buffer.alloc(16);
  const f = (name: string, invalid: Fields, reason: string): void =>
    test(name, () => {
      const decoded = otlp.traces.decodeProto(ofSpans(span(), invalid, span({name: 'last'})));
      expect(decoded.batch.spans.count).toBe(2);
      expect(decoded.rejected).toBe(1);
      expect(decoded.rejectedReason).toBe(
        `1 of 3 spans rejected: 1 × ${reason} (resourceSpans[0].scopeSpans[0].spans[1])`,
      );
    });
  const trace = 'trace_id is not 16 bytes with at least one that is not zero';
  const spanFault = 'span_id is not 8 bytes with at least one that is not zero';
  const other = 'an id is neither empty nor of its length (trace_id 16 bytes, span_id 8 bytes)';
  const time = 'a time is 2^63 ns (the year 2262) or later';
  f('no trace id', span({trace_id: Buffer.alloc(0)}), trace);
  f('a zero trace id', span({trace_id: none}), trace);
  f('a short trace id', span({trace_id: spanId}), trace);
  f('a long trace id', span({trace_id: Buffer.concat([traceId, spanId])}), trace);
  f('no span id', span({span_id: Buffer.alloc(0)}), spanFault);
  f('a zero span id', span({span_id: none.subarray(8)}), spanFault);
  f('a long span id', span({span_id: traceId}), spanFault);
  f('a parent id of another length', span({parent_span_id: traceId}), other);
  f('a link with a short trace id', span({links: [{trace_id: spanId, span_id: spanId}]}), other);
  f('a start beyond int64', span({start_time_unix_nano: max}), time);
  f('an end beyond int64', span({end_time_unix_nano: '9223372036854775808'}), time);
  f('an event beyond int64', span({events: [{time_unix_nano: max}]}), time);
  f('no fields at all', {}, 'says nothing: every field is absent or has its default');
});

test('OTLP protobuf: nothing of a refused span stays in the batch', () => {
  const bad = span({
    trace_id: Buffer.alloc(0),
    attributes: [{key: 'a', value: {string_value: 'b'}}],
    events: [{name: 'e', attributes: [{key: 'a', value: {string_value: 'b'}}]}],
    links: [{trace_id: traceId, span_id: spanId}],
  });
  const {batch} = otlp.traces.decodeProto(ofSpans(bad, span({attributes: [{key: 'c', value: {int_value: 7}}]})));
  expect([batch.attributes.count, batch.events.count, batch.links.count]).toEqual([1, 0, 0]);
  expect(readValue(batch, batch.spans.columns.attributes.from(0))).toEqual({type: 'int', value: 7n});
});

test('OTLP protobuf: logs need no ids, and a link may be empty', () => {
  expect(otlp.logs.decodeProto(ofLogs({body: {string_value: 'x'}})).rejected).toBe(0);
  expect(otlp.traces.decodeProto(ofSpans(span({links: [{trace_state: 'a=b'}]}))).rejected).toBe(0);
});

test('OTLP protobuf: a point without time and value is refused, one with either is not', () => {
  const gauge = (point: Fields): number => otlp.metrics.decodeProto(ofPoints({gauge: {data_points: [point]}})).rejected;
  expect(gauge({attributes: [{key: 'a-key-of-some-length', value: {int_value: 1}}]})).toBe(1);
  expect(gauge({time_unix_nano: 1})).toBe(0);
  expect(gauge({as_int: 0})).toBe(0);
  expect(gauge({as_double: 0, time_unix_nano: max})).toBe(1);
});

describe('OTLP protobuf: malformed bodies say where', () => {
  const f = (name: string, body: Uint8Array, message: RegExp, offset: number): void =>
    test(name, () => {
      const decode = (): unknown => otlp.traces.decodeProto(body);
      expect(decode).toThrow(MalformedError);
      expect(decode).toThrow(message);
      try {
        decode();
      } catch (error) {
        expect((error as MalformedError).offset).toBe(offset);
      }
    });
  f('a length beyond the end', bytes('0a05 0a'), /field 1 is longer than its message/, 0);
  f('a length beyond its message', bytes('0a04 1203 0a0100 00'), /field 2 is longer than its message/, 2);
  f('a length of 2^63', bytes('0a ffffffffffffffff7f'), /longer than its message/, 0);
  f('a length that is cut off', bytes('0a ff'), /a number is cut off/, 1);
  f('a number of 11 bytes', bytes('08 8080808080808080808001'), /more than 10 bytes/, 1);
  f('the field number 0', bytes('00 00'), /the number 0/, 0);
  f('a field number beyond 29 bits', bytes('8880808010 00'), /too large/, 0);
  f('the wire type 6', bytes('0e 00'), /wire type 6/, 0);
  f('a closing group alone', bytes('0c'), /wire type 4/, 0);
  f('a group that stays open', bytes('0b 1000'), /not closed/, 1);
  f('a group closed by another', bytes('0b 14'), /closed by the wrong field/, 1);
  f('a fixed64 that is cut off', bytes('09 00000000'), /cut off/, 0);
});

test('OTLP protobuf: a body that a batch cannot address is too large', () => {
  const huge = new Uint8Array(2 ** 30 + 1); // never written to, so that it costs no memory
  expect(() => otlp.traces.decodeProto(huge)).toThrow(TooLargeError);
  expect(() => otlp.logs.decodeJson(huge)).toThrow(TooLargeError);
});

test('OTLP protobuf: packed numbers that are cut off are malformed', () => {
  const body = wrapped(join(bytes('3207 00000000000000'), bytes('190100000000000000')), 1, 2, 2, 9, 1);
  expect(() => otlp.metrics.decodeProto(body)).toThrow(/bucketCounts: the packed numbers are cut off/);
});

describe('OTLP protobuf: protobuf’s own rules', () => {
  const firstSpan = (...parts: Uint8Array[]) => {
    const ids = bytes('0a100102030405060708090a0b0c0d0e0f10 12080102030405060708');
    return otlp.traces.decodeProto(wrapped(join(ids, ...parts), 1, 2, 2)).batch;
  };
  const firstValue = (batch: Batch) => readValue(batch, 0);
  const number = (hex: string) => firstValue(firstSpan(wrapped(join(bytes('0a0161'), bytes(hex)), 9)));

  test('an empty body is an empty request', () => expect(otlp.traces.decodeProto(bytes('')).batch.spans.count).toBe(0));
  test('of a repeated scalar the last one holds', () => {
    expect(firstSpan(bytes('3001 3005')).spans.columns.kind.get(0)).toBe(5);
  });
  test('the parts of a status are merged', () => {
    const {columns} = firstSpan(bytes('7a02 1802'), bytes('7a03 120178')).spans;
    expect([columns.statusCode.get(0), columns.statusMessage.size(0)]).toEqual([2, 1]);
  });
  test('the parts of a value are merged: arrays add up', () => {
    expect(number('12042a020a00 12062a040a021801')).toEqual({
      type: 'array',
      value: [{type: 'empty'}, {type: 'int', value: 1n}],
    });
  });
  test('of several values the last one holds', () => {
    expect(number('12042a020a00 1202 1801')).toEqual({type: 'int', value: 1n});
    expect(number('1204 1801 1001')).toEqual({type: 'bool', value: true});
  });
  test('negative integers of ten bytes', () => {
    expect(number('120b 18ffffffffffffffffff01')).toEqual({type: 'int', value: -1n});
  });
  test('a known field with a foreign wire type is unknown', () => {
    expect(firstSpan(bytes('2a0178 2801')).spans.columns.name.size(0)).toBe(1);
  });
  test('unknown groups are skipped whole, nested ones too', () => {
    expect(firstSpan(bytes('a306 0801 1b 1c a406'), bytes('2a0178')).spans.columns.name.size(0)).toBe(1);
  });
  test('text that is not UTF-8 is kept as it came', () => {
    const {batch} = otlp.traces.decodeProto(
      wrapped(join(bytes('0a10'), traceId, bytes('1208'), spanId, bytes('2a02c328')), 1, 2, 2),
    );
    expect(Buffer.from(otlp.traces.encodeProto(batch)).includes(bytes('c328'))).toBe(true);
    expect(Buffer.from(otlp.traces.encodeJson(batch)).toString()).toContain('"name":"\ufffd("');
  });
});

describe('OTLP protobuf: nesting is bounded', () => {
  /** An attribute whose value is that many arrays in each other. */
  const nested = (levels: number): Uint8Array => {
    const value = wrapped(bytes('1801'), ...Array.from({length: 2 * levels}, (_, i) => (i % 2 === 0 ? 5 : 1)));
    return wrapped(join(bytes('0a10'), traceId, bytes('1208'), spanId, wrapped(value, 9, 2)), 1, 2, 2);
  };
  test(`${maxNesting} levels are taken`, () => {
    const {batch} = otlp.traces.decodeProto(nested(maxNesting));
    expect(otlp.traces.decodeJson(otlp.traces.encodeJson(batch)).batch.spans.count).toBe(1);
  });
  const deeper = (levels: number): Fields =>
    levels === 0 ? {int_value: 1} : {array_value: {values: [deeper(levels - 1)]}};
  test.each([maxNesting + 1, 45])('OTLP protobuf: a value of %i levels costs its span alone', (levels) => {
    const bad = span({name: 'bad', attributes: [{key: 'deep', value: deeper(levels)}], events: [{name: 'e'}]});
    const {batch, rejected, rejectedReason} = otlp.traces.decodeProto(
      ofSpans(span(), span(), bad, span({name: 'last'})),
    );
    expect({rejected, rejectedReason}).toEqual({
      rejected: 1,
      rejectedReason:
        '1 of 4 spans rejected: 1 × a value nests deeper than 32 levels (resourceSpans[0].scopeSpans[0].spans[2])',
    });
    expect([batch.spans.count, batch.attributes.count, batch.events.count]).toEqual([3, 0, 0]);
    expect(Buffer.from(otlp.traces.encodeJson(batch)).toString()).toContain('"name":"last"');
  });
  test('OTLP protobuf: a value of 33 levels costs its log record, or its point, alone', () => {
    expect(otlp.logs.decodeProto(ofLogs({body: {string_value: 'x'}}, {body: deeper(33)})).rejectedReason).toBe(
      '1 of 2 log records rejected: 1 × a value nests deeper than 32 levels (resourceLogs[0].scopeLogs[0].logRecords[1])',
    );
    const points = [{as_int: 1}, {as_int: 2, attributes: [{key: 'deep', value: deeper(33)}]}, {as_int: 3}];
    const {batch, rejectedReason} = otlp.metrics.decodeProto(ofPoints({sum: {data_points: points}}));
    expect(batch.points.count).toBe(2);
    expect(rejectedReason).toBe(
      '1 of 3 data points rejected: 1 × a value nests deeper than 32 levels (resourceMetrics[0].scopeMetrics[0].metrics[0].sum.dataPoints[1])',
    );
  });
  test('OTLP protobuf: a value of 33 levels in a resource fails the request: it belongs to no item', () => {
    const resource = wrapped(bytes('1801'), ...Array.from({length: 66}, (_, i) => (i % 2 === 0 ? 5 : 1)));
    expect(() => otlp.traces.decodeProto(wrapped(resource, 1, 1, 1, 2))).toThrow(/nest deeper than 32 levels/);
  });
  test('thousands of levels do not exhaust the stack', () => {
    expect(otlp.traces.decodeProto(nested(4000)).rejected).toBe(1);
  });
  test('groups without end do not exhaust the stack', () => {
    const groups = new Uint8Array(100_000).fill(0x0b);
    expect(() => otlp.traces.decodeProto(groups)).toThrow(/groups nest deeper/);
  });
});

describe('OTLP protobuf: memory stays a small multiple of the body', () => {
  const bytesOf = (batch: Batch): number =>
    Object.values(batch.tables).reduce(
      (sum, table) => sum + table.all.reduce((inner, column) => inner + memoryOf(column), 0),
      batch.heap.bytes.length,
    );
  const memoryOf = (column: object): number =>
    Object.values(column).reduce<number>((sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 0), 0);
  const repeated = (part: Uint8Array, times: number): Uint8Array => {
    const whole = new Uint8Array(part.length * times);
    for (let i = 0; i < times; i++) whole.set(part, i * part.length);
    return whole;
  };
  const count = 100_000;
  const f = (name: string, decode: (body: Uint8Array) => {batch: Batch}, body: Uint8Array): void =>
    test(`OTLP protobuf: ${name} take a small multiple of the body`, () =>
      expect(bytesOf(decode(body).batch) / body.length).toBeLessThan(14));
  const refused = (name: string, decode: (body: Uint8Array) => {batch: Batch}, body: Uint8Array): void =>
    test(`OTLP protobuf: a body of ${name} is refused before its tables are many times as large`, () =>
      expect(() => decode(body)).toThrow(TooLargeError));
  const id = join(bytes('0a10'), traceId, bytes('1208'), spanId);

  refused('empty resources', otlp.traces.decodeProto, repeated(bytes('0a00'), count));
  refused('empty scopes', otlp.traces.decodeProto, wrapped(repeated(bytes('1200'), count), 1));
  f('empty spans', otlp.traces.decodeProto, wrapped(repeated(bytes('1200'), count), 1, 2));
  refused('empty attributes', otlp.traces.decodeProto, wrapped(join(id, repeated(bytes('4a00'), count)), 1, 2, 2));
  refused('empty events', otlp.traces.decodeProto, wrapped(join(id, repeated(bytes('5a00'), count)), 1, 2, 2));
  refused('empty links', otlp.traces.decodeProto, wrapped(join(id, repeated(bytes('6a00'), count)), 1, 2, 2));
  f('empty logs', otlp.logs.decodeProto, wrapped(repeated(bytes('1200'), count), 1, 2));
  f('logs of one default', otlp.logs.decodeProto, wrapped(repeated(bytes('12021000'), count), 1, 2));
  refused('logs of one small field', otlp.logs.decodeProto, wrapped(repeated(bytes('12021001'), count), 1, 2));
  f('empty metrics', otlp.metrics.decodeProto, wrapped(repeated(bytes('1200'), count), 1, 2));
  f('empty points', otlp.metrics.decodeProto, wrapped(repeated(bytes('0a00'), count), 1, 2, 2, 5));
  refused(
    'points of a time alone',
    otlp.metrics.decodeProto,
    wrapped(repeated(bytes('0a09190100000000000000'), count), 1, 2, 2, 5),
  );
  const point = join(bytes('190100000000000000'), wrapped(repeated(bytes('00'), count), 8, 2));
  f('packed zeros', otlp.metrics.decodeProto, wrapped(point, 1, 2, 2, 10, 1));
  const merged = wrapped(join(bytes('0a0161'), repeated(bytes('12042a020a00'), count)), 9);
  f('a value in a hundred thousand parts', otlp.traces.decodeProto, wrapped(join(id, merged), 1, 2, 2));
});
