import {describe, expect, test} from 'vitest';
import {utf8} from '../base/index.ts';
import {type SpanBatch, valueType} from '../model/index.ts';
import {jaegerTraces, rowsByTrace} from './jaeger-trace.ts';
import {spanBatchOf, type TestSpan} from './testing.ts';

/** The traces that Jaeger's API would show, as objects. */
function convert(spans: readonly TestSpan[], raw = false) {
  const batch = spanBatchOf(spans);
  return JSON.parse(`[${[...jaegerTraces(batch, rowsByTrace(batch).keys(), {raw})].join('')}]`);
}
const first = (span: Partial<TestSpan>, raw = false) =>
  convert([{traceId: 'a1', spanId: 'b1', ...span}], raw)[0].spans[0];
const tag = (key: string, type: string, value: unknown) => ({key, type, value});

// Facts: `otlp2jaeger-in.json` and `otlp2jaeger-out.json` of Jaeger's query service, whose second span is a copy of the first.
test('Jaeger trace: a span as Jaeger itself translates it', () => {
  const span: TestSpan = {
    traceId: '83a9efd15c1c98a977e0711cc93ee28b',
    spanId: 'e127af99e3b3e074',
    parentSpanId: '909541b92cf05311',
    name: 'okey-dokey-0',
    kind: 2,
    start: 1706678909209712000n,
    duration: 123000n,
    resource: {'service.name': 'telemetrygen'},
    scope: {name: 'telemetrygen'},
    attributes: {'net.peer.ip': '1.2.3.4', 'peer.service': 'telemetrygen-client'},
  };
  const expected = {
    traceID: '83a9efd15c1c98a977e0711cc93ee28b',
    spanID: 'e127af99e3b3e074',
    operationName: 'okey-dokey-0',
    references: [{refType: 'CHILD_OF', traceID: '83a9efd15c1c98a977e0711cc93ee28b', spanID: '909541b92cf05311'}],
    startTime: 1706678909209712,
    duration: 123,
    tags: [
      tag('otel.scope.name', 'string', 'telemetrygen'),
      tag('net.peer.ip', 'string', '1.2.3.4'),
      tag('peer.service', 'string', 'telemetrygen-client'),
      tag('span.kind', 'string', 'server'),
    ],
    logs: [],
    processID: 'p1',
    warnings: null,
  };
  const trace = (spans: unknown[]) => [
    {
      traceID: '83a9efd15c1c98a977e0711cc93ee28b',
      spans,
      processes: {p1: {serviceName: 'telemetrygen', tags: []}},
      warnings: null,
    },
  ];
  expect(convert([span, span], true)).toEqual(trace([expected, expected]));
  const missing = 'parent span ID=909541b92cf05311 is not in the trace; skipping clock skew adjustment';
  expect(convert([span, span])).toEqual(trace([{...expected, warnings: [missing]}]));
});

/** The same batch as a store reads it: equal keys and equal texts are the same slices of its bytes. */
function withSharedSlices(batch: SpanBatch): SpanBatch {
  const {key, value, type} = batch.attributes.columns;
  const known = new Map<string, number>();
  const share = (column: typeof key | typeof value, row: number): void => {
    const [start, size] = [column.words[2 * row] as number, column.words[2 * row + 1] as number];
    const text = utf8(batch.heap.bytes, start, size);
    const first = known.get(text) ?? start;
    known.set(text, first);
    column.setPair(row, first, size);
  };
  for (let row = 0; row < batch.attributes.count; row++) {
    share(key, row);
    if (type.get(row) === valueType.string) share(value, row);
  }
  return batch;
}

test.each([false, true])(
  'Jaeger trace: attributes that share their bytes are shown as those that do not (raw: %s)',
  (raw) => {
    const many = Object.fromEntries(Array.from({length: 50}, (_, i) => [`k${(i * 37) % 50}`, `v${i % 7}`]));
    const attributes: NonNullable<TestSpan['attributes']>[] = [
      {b: 'x', a: 'x', ip: 3_232_235_777n, same: 'same'},
      {b: 'y', a: 'x', ip: 16_909_060n, same: 'same'},
      {b: 'x', a: 1n, ip: 'x', same: 'same'},
      {b: 'x', a: true, ip: 3_232_235_777n, same: ''},
      {b: {type: 'array', value: [{type: 'string', value: 'x'}]}, a: 1.5, ip: 2.5, '': 'x'},
      many,
      {...many, k7: 'other', a: 'x'},
    ];
    const spans = attributes.map((one, i) => ({
      ...{traceId: i % 2 === 0 ? 'a1' : 'a2', spanId: `b${i}`, attributes: one, kind: i % 6},
      events: [{name: 'b', attributes: one}],
    }));
    const shown = (batch: SpanBatch): string => [...jaegerTraces(batch, rowsByTrace(batch).keys(), {raw})].join('');
    const expected = shown(spanBatchOf(spans));
    expect(shown(withSharedSlices(spanBatchOf(spans)))).toBe(expected);
    const tags = JSON.parse(`[${expected}]`)[0].spans[0].tags.map(({key, value}: {key: string; value: unknown}) => [
      key,
      value,
    ]);
    const [b, a, ip, same] = [
      ['b', 'x'],
      ['a', 'x'],
      ['ip', raw ? 3_232_235_777 : '192.168.1.1'],
      ['same', 'same'],
    ];
    expect(tags).toEqual(raw ? [b, a, ip, same] : [a, b, ip, same]);
  },
);

// Facts: `ui_01.json` of Jaeger's UI model.
test.each([
  ['string', 'service-y', tag('k', 'string', 'service-y')],
  ['int', 23456n, tag('k', 'int64', 23456)],
  ['int beyond 2^53', 9223372036854775222n, tag('k', 'int64', '9223372036854775222')],
  ['negative int beyond -2^53', -9223372036854775222n, tag('k', 'int64', '-9223372036854775222')],
  ['bool', true, tag('k', 'bool', true)],
  ['double', 72.5, tag('k', 'float64', 72.5)],
  ['not a number', Number.NaN, tag('k', 'float64', 'NaN')],
  ['bytes', {type: 'bytes', value: Uint8Array.of(0, 0, 48, 57)} as const, tag('k', 'binary', 'AAAwOQ==')],
  ['empty', {type: 'empty'} as const, tag('k', 'string', '')],
  [
    'array',
    {type: 'array', value: [{type: 'int', value: 1n}, {type: 'string', value: 'a"b'}, {type: 'empty'}]} as const,
    tag('k', 'string', '[1,"a\\"b",null]'),
  ],
  [
    'map, its keys sorted',
    {
      type: 'map',
      value: [
        {key: 'z', value: {type: 'double', value: 0.5}},
        {key: 'a', value: {type: 'bytes', value: Uint8Array.of(1)}},
      ],
    } as const,
    tag('k', 'string', '{"a":"AQ==","z":0.5}'),
  ],
])('attribute: %s', (_name, value, expected) => expect(first({attributes: {k: value}}).tags).toEqual([expected]));

test('Jaeger trace: what Jaeger makes of kind, status, scope and trace state, in its order', () =>
  expect(
    first({
      kind: 3,
      status: 2,
      statusMessage: 'no',
      traceState: 'a=b',
      scope: {name: 'lib', version: '1.2'},
      attributes: {z: '1', b: '2'},
    }).tags,
  ).toEqual([
    tag('otel.scope.name', 'string', 'lib'),
    tag('otel.scope.version', 'string', '1.2'),
    tag('b', 'string', '2'),
    tag('z', 'string', '1'),
    tag('span.kind', 'string', 'client'),
    tag('otel.status_code', 'string', 'ERROR'),
    tag('error', 'bool', true),
    tag('otel.status_description', 'string', 'no'),
    tag('w3c.tracestate', 'string', 'a=b'),
  ]));

test('Jaeger trace: a status of ok is told, an unset one and an unspecified kind are not', () => {
  expect(first({status: 1}).tags).toEqual([tag('otel.status_code', 'string', 'OK')]);
  expect(first({}).tags).toEqual([]);
});

test('Jaeger trace: raw keeps the order in which attributes arrived', () =>
  expect(first({attributes: {z: '1', b: '2'}}, true).tags.map((one: {key: string}) => one.key)).toEqual(['z', 'b']));

test('Jaeger trace: events become logs whose first field is their name', () =>
  expect(
    first({
      events: [
        {name: 'exception', time: 1_700_000_000_000_001_999n, attributes: {'exception.type': 'E'}},
        {name: 'named twice', time: 5000n, attributes: {event: 'own'}},
        {name: '', time: 0n},
      ],
    }).logs,
  ).toEqual([
    {
      timestamp: 1_700_000_000_000_001,
      fields: [tag('event', 'string', 'exception'), tag('exception.type', 'string', 'E')],
    },
    {timestamp: 5, fields: [tag('event', 'string', 'own')]},
    {timestamp: 0, fields: []},
  ]));

describe('Jaeger trace: references', () => {
  const reference = (refType: string, traceID: string, spanID: string) => ({
    refType,
    traceID: traceID.padStart(16, '0'),
    spanID: spanID.padStart(16, '0'),
  });
  const of = (span: Partial<TestSpan>) => first(span).references;

  test('the parent first, links after it', () =>
    expect(of({parentSpanId: 'c1', links: [{traceId: 'dd', spanId: 'e1'}]})).toEqual([
      reference('CHILD_OF', 'a1', 'c1'),
      reference('FOLLOWS_FROM', 'dd', 'e1'),
    ]));
  test('a link says by opentracing.ref_type what it is', () =>
    expect(of({links: [{traceId: 'dd', spanId: 'e1', attributes: {'opentracing.ref_type': 'child_of'}}]})).toEqual([
      reference('CHILD_OF', 'dd', 'e1'),
    ]));
  test('a link to the parent says what kind of parent it is', () =>
    expect(of({parentSpanId: 'c1', links: [{traceId: 'a1', spanId: 'c1'}]})).toEqual([
      reference('FOLLOWS_FROM', 'a1', 'c1'),
    ]));
  test('a link to nowhere is removed, with a warning', () => {
    const span = first({links: [{traceId: '', spanId: 'e1'}]});
    expect([span.references, span.warnings]).toEqual([[], ['Invalid span link removed']]);
  });
});

describe('Jaeger trace: processes', () => {
  test('equal resources are one process, numbered as they appear', () => {
    const span = (spanId: string, resource: TestSpan['resource']): TestSpan => ({
      traceId: 'a1',
      spanId,
      resource: resource as NonNullable<TestSpan['resource']>,
    });
    const [trace] = convert([
      span('1', {'service.name': 'a', host: 'x'}),
      span('2', {'service.name': 'b'}),
      span('3', {host: 'x', 'service.name': 'a'}),
      span('4', {}),
    ]);
    expect(trace.spans.map((one: {processID: string}) => one.processID)).toEqual(['p1', 'p2', 'p1', 'p3']);
    expect(trace.processes).toEqual({
      p1: {serviceName: 'a', tags: [tag('host', 'string', 'x')]},
      p2: {serviceName: 'b', tags: []},
      p3: {serviceName: 'unknown_service', tags: []},
    });
  });

  test('what a library says of itself on a span moves to the process', () => {
    const [trace] = convert([
      {
        traceId: 'a1',
        spanId: '1',
        resource: {'service.name': 'a', 'telemetry.sdk.name': 'x'},
        attributes: {'telemetry.sdk.language': 'go', 'telemetry.sdk.name': 'y'},
      },
    ]);
    expect(trace.processes.p1.tags).toEqual([
      tag('telemetry.sdk.language', 'string', 'go'),
      tag('telemetry.sdk.name', 'string', 'x'),
    ]);
    expect(trace.spans[0].tags).toEqual([tag('telemetry.sdk.name', 'string', 'y')]);
    expect(trace.spans[0].warnings).toEqual([
      'conflicting values between Span and Resource for attribute telemetry.sdk.name',
    ]);
  });
});

describe('Jaeger trace: adjustments', () => {
  const at = (spanId: string, parentSpanId: string, start: bigint, duration: bigint, host = ''): TestSpan => ({
    traceId: 'a1',
    spanId,
    parentSpanId,
    start: 1_000_000_000n + start,
    duration,
    resource: {'service.name': 's', ...(host === '' ? {} : {'host.name': host})},
  });
  const warnings = (spans: readonly TestSpan[]) =>
    convert(spans)[0].spans.map((one: {warnings: string[] | null}) => one.warnings);

  test('a server span that shares its id with the client gets one of its own, below it', () => {
    const shared = {traceId: 'a1', spanId: 'f0', start: 1000n, duration: 1000n};
    const [trace] = convert([
      {...shared, kind: 3},
      {...shared, kind: 2},
      {...shared, spanId: 'f1', parentSpanId: 'f0'},
    ]);
    const ids = trace.spans.map((one: {spanID: string; references: {spanID: string}[]}) => [
      one.spanID.replace(/^0+/, ''),
      one.references[0]?.spanID.replace(/^0+/, ''),
    ]);
    expect(ids).toEqual([
      ['f0', undefined],
      ['1', 'f0'],
      ['f1', '1'],
    ]);
  });

  test('a server span that gets an id of its own gets none that an absent parent has', () => {
    const shared = {traceId: 'a1', spanId: 'f0', parentSpanId: '1', start: 1000n, duration: 1000n};
    const [trace] = convert([
      {...shared, kind: 3},
      {...shared, kind: 2},
    ]);
    expect(trace.spans.map((one: {spanID: string}) => one.spanID.replace(/^0+/, ''))).toEqual(['f0', '2']);
  });

  test('addresses packed into numbers become readable', () =>
    expect(first({attributes: {ip: 0x08080404n, 'peer.ipv4': -1n, other: 1n}}).tags).toEqual([
      tag('ip', 'string', '8.8.4.4'),
      tag('other', 'int64', 1),
      tag('peer.ipv4', 'string', '255.255.255.255'),
    ]));

  test('clocks of two machines that disagree are told, for the whole subtree on the other machine', () =>
    expect(
      warnings([
        at('1', '', 0n, 100n, 'x'),
        at('2', '1', 10n, 200n, 'y'),
        at('3', '1', 90n, 20n, 'y'),
        at('4', '3', 90n, 5n, 'y'),
      ]),
    ).toEqual([
      null,
      null,
      ['clock skew adjustment disabled; not applying calculated delta of -50ns'],
      ['clock skew adjustment disabled; not applying calculated delta of -50ns'],
    ]));

  test('one machine has one clock', () =>
    expect(warnings([at('1', '', 0n, 100n, 'x'), at('2', '1', 500n, 10n, 'x')])).toEqual([null, null]));

  test('two different spans of one id are both shown, the second with a warning', () =>
    expect(warnings([at('1', '', 0n, 100n), at('1', '', 5n, 100n)])).toEqual([
      null,
      ['duplicate span IDs; skipping clock skew adjustment'],
    ]));

  test('spans that are each other’s parents come to an end', () =>
    expect(warnings([at('1', '2', 0n, 100n), at('2', '1', 5n, 10n), at('3', '3', 0n, 1n)])).toEqual([
      null,
      null,
      null,
    ]));

  test('warnings that came with a span stay warnings', () => {
    const value = {type: 'array', value: [{type: 'string', value: 'w'}]} as const;
    expect(first({attributes: {'@jaeger@warnings': value}})).toMatchObject({tags: [], warnings: ['w']});
  });
});

test('Jaeger trace: an end before the start is a duration of nothing, with a warning', () => {
  const span = first({start: 1_700_000_000_500_000_000n, duration: -500_000_000n});
  expect([span.duration, span.warnings]).toEqual([
    0,
    [
      'Negative duration detected, sanitizing end timestamp. Original end timestamp: 2023-11-14 22:13:20 +0000 UTC, ' +
        'adjusted to: 2023-11-14 22:13:20.500000001 +0000 UTC',
    ],
  ]);
});
test('Jaeger trace: ids of 64 bits have 16 digits', () => expect(first({}).traceID).toBe('00000000000000a1'));
