/** OTLP's JSON mapping, rule by rule, and what a sender is told when it is broken. */
import {describe, expect, test} from 'vitest';
import {MalformedError, toHex, utf8Bytes} from '../base/index.ts';
import {maxNesting, readAttributes, readValue} from '../model/index.ts';
import {otlp} from './index.ts';

const ids = '"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"';
const spans = (text: string) => otlp.traces.decodeJson(utf8Bytes(text));
const ofSpan = (fields: string) =>
  spans(`{"resourceSpans":[{"scopeSpans":[{"spans":[{${ids}${fields === '' ? '' : ','}${fields}}]}]}]}`).batch;
const columns = (fields: string) => ofSpan(fields).spans.columns;

describe('OTLP JSON: ids', () => {
  const f = (name: string, text: string): void =>
    test(name, () => {
      const {batch} = spans(`{"resourceSpans":[{"scopeSpans":[{"spans":[${text}]}]}]}`);
      expect(toHex(batch.spans.columns.traceId.get(0))).toBe('5b8efff798038103d269b633813fc60c');
    });
  f('in upper case', '{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174"}');
  f('in lower case', '{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}');
  test('empty ones make the span invalid, not the request', () => {
    const decoded = spans(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"","spanId":""},{${ids}}]}]}]}`);
    expect([decoded.batch.spans.count, decoded.rejected]).toEqual([1, 1]);
  });
});

describe('OTLP JSON: 64-bit integers are exact, in quotes or bare', () => {
  const f = (text: string, value: bigint): void =>
    test(text, () => {
      const batch = ofSpan(`"attributes":[{"key":"a","value":{"intValue":${text}}}]`);
      expect(readValue(batch, 0)).toEqual({type: 'int', value});
    });
  f('0', 0n);
  f('-1', -1n);
  f('9007199254740993', 2n ** 53n + 1n);
  f('"9007199254740993"', 2n ** 53n + 1n);
  f('9223372036854775807', 2n ** 63n - 1n);
  f('"-9223372036854775808"', -(2n ** 63n));
  f('4294967296', 2n ** 32n);
  f('1e3', 1000n);
  f('1.50e1', 15n);
  f('12.0', 12n);
  f('"7.0"', 7n);
  test('times', () =>
    expect(columns('"startTimeUnixNano":1544712660300000001').start.get(0)).toBe(1544712660300000001n));
});

describe('OTLP JSON: doubles', () => {
  const f = (text: string, value: number): void =>
    test(text, () => {
      const batch = ofSpan(`"attributes":[{"key":"a","value":{"doubleValue":${text}}}]`);
      expect(readValue(batch, 0)).toEqual({type: 'double', value});
    });
  f('1', 1);
  f('-0.0', -0);
  f('1.5e300', 1.5e300);
  f('"2.5"', 2.5);
  f('"NaN"', Number.NaN);
  f('"Infinity"', Infinity);
  f('"-Infinity"', -Infinity);
});

describe('OTLP JSON: values', () => {
  const f = (text: string, value: unknown): void =>
    test(text, () => expect(readValue(ofSpan(`"attributes":[{"key":"a","value":${text}}]`), 0)).toEqual(value));
  f('{}', {type: 'empty'});
  f('null', {type: 'empty'});
  f('{"stringValue":null}', {type: 'empty'});
  f('{"stringValue":""}', {type: 'string', value: ''});
  f('{"boolValue":false}', {type: 'bool', value: false});
  f('{"string_value":"x"}', {type: 'string', value: 'x'});
  f('{"stringValue":"x","intValue":"1"}', {type: 'int', value: 1n});
  f('{"later":{"a":[1,{}]},"stringValue":"x"}', {type: 'string', value: 'x'});
  f('{"bytesValue":"AQIDBA=="}', {type: 'bytes', value: Uint8Array.of(1, 2, 3, 4)});
  f('{"bytesValue":"-_-_"}', {type: 'bytes', value: Uint8Array.of(0xfb, 0xff, 0xbf)});
  f('{"bytesValue":"+/+/"}', {type: 'bytes', value: Uint8Array.of(0xfb, 0xff, 0xbf)});
  f('{"bytesValue":"AQI"}', {type: 'bytes', value: Uint8Array.of(1, 2)});
  f('{"bytesValue":""}', {type: 'bytes', value: new Uint8Array(0)});
  f('{"arrayValue":{}}', {type: 'array', value: []});
  f('{"arrayValue":{"values":[{"intValue":1},{"stringValue":"é\\n"},{}]}}', {
    type: 'array',
    value: [{type: 'int', value: 1n}, {type: 'string', value: 'é\n'}, {type: 'empty'}],
  });
  f('{"kvlistValue":{"values":[{"value":{"boolValue":true},"key":"k"},{"key":"l"}]}}', {
    type: 'map',
    value: [
      {key: 'k', value: {type: 'bool', value: true}},
      {key: 'l', value: {type: 'empty'}},
    ],
  });
  f(`{"arrayValue":{"values":[{"stringValue":"${'y'.repeat(300)}"},{"doubleValue":0.5}]}}`, {
    type: 'array',
    value: [
      {type: 'string', value: 'y'.repeat(300)},
      {type: 'double', value: 0.5},
    ],
  });
});

describe('OTLP JSON: strings', () => {
  const f = (text: string, value: string): void =>
    test(text, () => {
      const batch = ofSpan(`"name":"${text}"`);
      expect(Buffer.from(batch.spans.columns.name.bytes(0, batch.heap)).toString()).toBe(value);
    });
  f('', '');
  f('GET /', 'GET /');
  f('訂單 🦀', '訂單 🦀');
  f('\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t');
  f('\\u0041\\u00e9\\u8a02\\ud83e\\udd80', 'Aé訂🦀');
  f('\\ud83e and \\udd80 apart', '\ufffd and \ufffd apart');
  f('\\ud83e\\u0041', '\ufffdA');
  test('a key with escapes', () => expect(columns('"fl\\u0061gs":257').flags.get(0)).toBe(257));
});

describe('OTLP JSON: enums and keys', () => {
  const f = (text: string, read: (of: ReturnType<typeof columns>) => number, value: number): void =>
    test(text, () => expect(read(columns(text))).toBe(value));
  f('"kind":2', (c) => c.kind.get(0), 2);
  f('"kind":"SPAN_KIND_CONSUMER"', (c) => c.kind.get(0), 5);
  f('"status":{"code":"STATUS_CODE_ERROR"}', (c) => c.statusCode.get(0), 2);
  f('"status":{"code":2},"status":{"message":"x"}', (c) => c.statusCode.get(0), 2);
  f('"dropped_attributes_count":3', (c) => c.droppedAttributes.get(0), 3);
  f('"droppedAttributesCount":null', (c) => c.droppedAttributes.get(0), 0);
  f('"flags":1,"flags":2', (c) => c.flags.get(0), 2);
  f('"Flags":1', (c) => c.flags.get(0), 0);
  test('every severity has its name', () => {
    const text = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":"SEVERITY_NUMBER_FATAL4"}]}]}]}';
    expect(otlp.logs.decodeJson(utf8Bytes(text)).batch.logs.columns.severityNumber.get(0)).toBe(24);
  });
});

describe('OTLP JSON: order and repetition', () => {
  test('a scope and a resource after what they hold', () => {
    const {batch} = spans(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{${ids}}],"scope":{"name":"s"}}],"resource":{"attributes":[{"key":"r","value":{"intValue":1}}]}}]}`,
    );
    expect(batch.scopes.columns.name.size(batch.spans.columns.scope.get(0))).toBe(1);
    expect(batch.resources.columns.attributes.count(batch.spans.columns.resource.get(0))).toBe(1);
  });
  test('lists of items that come twice add up; of other lists the last one holds', () => {
    const {batch} = spans(`{"resourceSpans":[{"scopeSpans":[{"spans":[{${ids}}],"spans":[{${ids}}]}]}]}`);
    expect(batch.spans.count).toBe(2);
    const twice = ofSpan(
      '"attributes":[{"key":"a"}],"events":[{"attributes":[{"key":"e"}]}],"attributes":[{"key":"b"}]',
    );
    const {attributes} = twice.spans.columns;
    expect(readAttributes(twice, attributes.from(0), attributes.count(0)).map((entry) => entry.key)).toEqual(['b']);
  });
  test('of a metric’s data the last one holds', () => {
    const text = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asInt":1},{"asInt":2}]},"sum":{"dataPoints":[{"asInt":"3","asDouble":0.5}],"isMonotonic":true}}]}]}]}`;
    const {batch} = otlp.metrics.decodeJson(utf8Bytes(text));
    expect(batch.points.count).toBe(1);
    expect(batch.points.columns.value.getDouble(0)).toBe(0.5);
    expect(batch.metrics.columns.monotonic.get(0)).toBe(1);
  });
  test('blanks, a byte order mark and empty containers', () => {
    expect(spans('\ufeff { } \n').batch.spans.count).toBe(0);
    expect(spans('{"resourceSpans":[ ],"resourceSpans":null}').batch.spans.count).toBe(0);
  });
});

const inSpan = (fields: string): string => `{"resourceSpans":[{},{"scopeSpans":[{"spans":[{${ids}},{${fields}}]}]}]}`;
const at = 'resourceSpans[1].scopeSpans[0].spans[1]';

describe('OTLP JSON: an item with a field that cannot be read is left out, and its sender told where', () => {
  const f = (text: string, message: string): void =>
    test(message, () => {
      const {batch, rejected, rejectedReason} = spans(text);
      expect([batch.spans.count, batch.attributes.count, rejected]).toEqual([1, 0, 1]);
      expect(rejectedReason).toContain(
        `1 of 2 spans rejected: 1 × a field does not hold what its type asks for (${message}`,
      );
    });
  f(inSpan('"traceId":"xyz"'), `${at}.traceId: expected 32 hexadecimal digits, got "xyz" (at byte 132)`);
  f(inSpan('"spanId":"010203040506070g"'), `${at}.spanId: expected 16 hexadecimal digits, got "010203040506070g"`);
  f(inSpan('"traceId":12'), `${at}.traceId: expected a string, got 12`);
  f(inSpan('"startTimeUnixNano":"soon"'), `${at}.startTimeUnixNano: expected an unsigned 64-bit integer, got "soon"`);
  f(inSpan('"startTimeUnixNano":-1'), `${at}.startTimeUnixNano: expected an unsigned 64-bit integer, got -1`);
  f(inSpan('"startTimeUnixNano":1.5'), `${at}.startTimeUnixNano: expected an unsigned 64-bit integer, got 1.5`);
  f(inSpan('"flags":4294967296'), `${at}.flags: expected an unsigned 32-bit integer, got 4294967296`);
  f(inSpan('"kind":"SERVER"'), `${at}.kind: expected a number or a name such as "SPAN_KIND_INTERNAL", got "SERVER"`);
  f(inSpan('"attributes":{}'), `${at}.attributes: expected an array, got {`);
  f(
    inSpan('"attributes":[{"key":"a"},{"value":{"intValue":"9223372036854775808"}}]'),
    `${at}.attributes[1].value.intValue: expected a 64-bit integer, got "9223372036854775808"`,
  );
  f(
    inSpan('"attributes":[{"value":{"boolValue":1}}]'),
    `${at}.attributes[0].value.boolValue: expected true or false, got 1`,
  );
  f(
    inSpan('"attributes":[{"value":{"bytesValue":"%"}}]'),
    `${at}.attributes[0].value.bytesValue: expected base64, got "%"`,
  );
  f(
    inSpan('"attributes":[{"value":{"doubleValue":1e999}}]'),
    `${at}.attributes[0].value.doubleValue: expected a double, got 1e999`,
  );
  f(`{"resourceSpans":[{},{"scopeSpans":[{"spans":[{${ids}},5]}]}]}`, `${at}: expected an object, got 5`);
  test('of several the first is told, and the others are counted', () => {
    const {batch, rejected, rejectedReason} = spans(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":[]},{${ids}},{"traceId":""},{${ids},"links":[{"spanId":"1"}]},{${ids}}]}]}]}`,
    );
    expect([batch.spans.count, batch.links.count, rejected]).toEqual([2, 0, 3]);
    expect(rejectedReason).toMatch(
      /^3 of 5 spans rejected: 2 × a field .*; 1 × trace_id is not .* \(resourceSpans\[0\].*kind: expected/,
    );
  });
  test('data points likewise, beside the good ones of their metric', () => {
    const {batch, rejected} = otlp.metrics.decodeJson(
      utf8Bytes(
        '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{"asInt":1},{"asInt":"x"},{"asInt":2}]}}]}]}]}',
      ),
    );
    expect([batch.points.count, batch.metrics.count, rejected]).toEqual([2, 1, 1]);
  });
});

describe('OTLP JSON: malformed JSON is explained with its path', () => {
  const f = (text: string, message: string): void =>
    test(message, () => {
      const decode = (): unknown => spans(text);
      expect(decode).toThrow(MalformedError);
      expect(decode).toThrow(message);
    });
  f(inSpan('"a b":tru'), `${at}["a b"]: expected a value, got tru`);
  f(inSpan('"name":"a\nb"'), `${at}.name: a string holds a control character that is not escaped`);
  f(inSpan('"name":"\\x"'), `${at}.name: a string has an unknown escape`);
  f(inSpan('"name":"\\u12G4"'), `${at}.name: \\u is not followed by four hexadecimal digits`);
  f(inSpan('"name":01'), `${at}.name: expected a number, got 01`);
  f('{"resourceSpans":[{]}', 'resourceSpans[0]: expected a key in quotes, got ]');
  f('{"resourceSpans":[1]}', 'resourceSpans[0]: expected an object, got 1');
  f('{"resourceSpans":[]', 'expected a comma or }, but the text ends');
  f('{"resourceSpans":[]} x', 'expected the end of the text, got x');
  f('', 'expected an object, but the text ends');
  f('null', 'expected an object, got null');
  f(`{"x":"${'long '.repeat(20)}`, 'x: a string is cut off');
});

test('OTLP JSON: the first of several rejected spans is named by its path, whatever is wrong with it', () => {
  const good = '{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}';
  const zero = '{"traceId":"00000000000000000000000000000000","spanId":"0102030405060708"}';
  const odd = '{"traceId":"xyz","spanId":"0102030405060708"}';
  const of = (...list: string[]) =>
    spans(`{"resourceSpans":[{"scopeSpans":[{"spans":[${list.join(',')}]}]}]}`).rejectedReason;
  expect(of(good, zero, odd)).toMatch(/\(resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[1\]\)$/);
  expect(of(good, odd, zero)).toMatch(/\(resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[1\]\.traceId: expected /);
  expect(of(good, good, '{}')).toMatch(/\(resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[2\]\)$/);
});

describe('OTLP JSON: nesting is bounded', () => {
  const nested = (levels: number): string =>
    `"attributes":[{"value":${'{"arrayValue":{"values":['.repeat(levels)}{"intValue":1}${']}}'.repeat(levels)}}]`;
  test(`${maxNesting} levels of values`, () => expect(ofSpan(nested(maxNesting)).attributes.count).toBe(1));
  test('one more', () => {
    const {rejected, rejectedReason} = spans(inSpan(nested(maxNesting + 1)));
    expect([rejected, rejectedReason]).toEqual([1, expect.stringContaining('nest deeper than 32 levels')]);
  });
  test('unknown fields', () => {
    expect(() => ofSpan(`"x":${'['.repeat(100_000)}`)).toThrow(/nest deeper than 128 levels/);
    expect(() => ofSpan(`"x":${'{"a":'.repeat(100_000)}`)).toThrow(MalformedError);
  });
});

test('OTLP JSON: numbers with a million digits cost no more than reading them', () => {
  const digits = '9'.repeat(1_000_000);
  expect(spans(inSpan(`"flags":1.${digits}`)).rejectedReason).toMatch(
    /expected an unsigned 32-bit integer, got 1\.9{38}…/,
  );
  expect(spans(inSpan(`"flags":1e${digits}`)).rejected).toBe(1);
});
