import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import {describe, expect, test} from 'vitest';
import {setBaggage} from './baggage.ts';
import {buildPropagator} from './propagators.ts';
import {parseTraceState} from './trace-state.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const sampled = trace.setSpanContext(ROOT_CONTEXT, {traceId, spanId, traceFlags: 1});
const dropped = trace.setSpanContext(ROOT_CONTEXT, {traceId, spanId, traceFlags: 0});

const inject = (names: readonly string[], context = sampled): Record<string, string> => {
  const carrier: Record<string, string> = {};
  buildPropagator(names).inject(context, carrier, defaultTextMapSetter);
  return carrier;
};
const extract = (names: readonly string[], headers: Record<string, string | string[]>) => {
  const context = buildPropagator(names).extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  return {span: trace.getSpanContext(context), baggage: propagation.getBaggage(context)};
};

describe('injection is strict', () => {
  test.each<[string, Record<string, string>]>([
    ['tracecontext', {traceparent: `00-${traceId}-${spanId}-01`}],
    ['b3', {b3: `${traceId}-${spanId}-1`}],
    ['b3multi', {'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '1'}],
    ['jaeger', {'uber-trace-id': `${traceId}:${spanId}:0:1`}],
    ['none', {}],
  ])('%s', (name, headers) => expect(inject([name])).toEqual(headers));

  test('says when a trace is not sampled', () => {
    expect(inject(['tracecontext', 'b3', 'b3multi', 'jaeger'], dropped)).toMatchObject({
      traceparent: `00-${traceId}-${spanId}-00`,
      b3: `${traceId}-${spanId}-0`,
      'x-b3-sampled': '0',
      'uber-trace-id': `${traceId}:${spanId}:0:0`,
    });
  });

  test('baggage as W3C and as Jaeger write it', () => {
    const context = setBaggage({'user.tier': 'gold & co'}, sampled);
    expect(inject(['baggage'], context)).toEqual({baggage: 'user.tier=gold%20%26%20co'});
    expect(inject(['jaeger'], context)['uberctx-user.tier']).toBe('gold%20%26%20co');
  });

  test('nothing without a valid context', () => {
    expect(inject(['tracecontext', 'b3', 'b3multi', 'jaeger', 'baggage'], ROOT_CONTEXT)).toEqual({});
  });

  test('clears flags that the specification does not define, so that the header stays well formed', () => {
    const propagator = buildPropagator(['tracecontext']);
    const context = propagator.extract(ROOT_CONTEXT, {traceparent: `00-${traceId}-${spanId}-ff`}, defaultTextMapGetter);
    const carrier: Record<string, string> = {};
    propagator.inject(context, carrier, defaultTextMapSetter);
    expect(carrier.traceparent).toBe(`00-${traceId}-${spanId}-03`);
  });
});

describe('extraction is lenient', () => {
  test.each<[string, Record<string, string | string[]>]>([
    ['tracecontext', {traceparent: `00-${traceId}-${spanId}-01`}],
    ['tracecontext', {traceparent: `cc-${traceId}-${spanId}-01-what-the-future-will-be-like`}],
    ['tracecontext', {traceparent: [` 00-${traceId}-${spanId}-01 `]}],
    ['b3', {b3: `${traceId}-${spanId}-1-${spanId}`}],
    ['b3', {b3: `${traceId}-${spanId}-d`}],
    ['b3', {'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': 'true'}],
    ['b3multi', {'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-flags': '1'}],
    ['b3multi', {b3: `${traceId}-${spanId}-1`}],
    ['jaeger', {'uber-trace-id': `${traceId}:${spanId}:0:1`}],
    ['jaeger', {'uber-trace-id': encodeURIComponent(`${traceId}:${spanId}:${spanId}:3`)}],
    ['jaeger', {'uber-trace-id': `${traceId.toUpperCase()}:f067aa0ba902b7:0:01`}],
  ])('%s: %j', (name, headers) => {
    expect(extract([name], headers).span).toMatchObject({traceId, spanId, traceFlags: 1, isRemote: true});
  });

  test('short ids are padded', () => {
    expect(extract(['b3'], {b3: `a3ce929d0e0e4736-${spanId}-1`}).span?.traceId).toBe(
      '0000000000000000a3ce929d0e0e4736',
    );
    expect(extract(['jaeger'], {'uber-trace-id': `ab:cd:0:1`}).span).toMatchObject({
      traceId: 'ab'.padStart(32, '0'),
      spanId: 'cd'.padStart(16, '0'),
    });
  });

  test.each<[string, Record<string, string>]>([
    ['tracecontext', {traceparent: `ff-${traceId}-${spanId}-01`}],
    ['tracecontext', {traceparent: `00-${'0'.repeat(32)}-${spanId}-01`}],
    ['tracecontext', {traceparent: `00-${traceId}-${'0'.repeat(16)}-01`}],
    ['tracecontext', {traceparent: `00-${traceId}-${spanId}-01-extra`}],
    ['tracecontext', {traceparent: `00-${traceId.toUpperCase()}-${spanId}-01`}],
    ['tracecontext', {traceparent: `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`}],
    ['b3', {b3: '0'}],
    ['b3multi', {'x-b3-traceid': 'zz', 'x-b3-spanid': spanId}],
    ['jaeger', {'uber-trace-id': `${traceId}:${spanId}:1`}],
    ['jaeger', {'uber-trace-id': `0:${spanId}:0:1`}],
    ['jaeger', {'uber-trace-id': '%'}],
  ])('%s ignores %j', (name, headers) => expect(extract([name], headers).span).toBeUndefined());

  test('a caller’s random flag travels on with the trace, and only with it', () => {
    const propagator = buildPropagator(['tracecontext']);
    const context = propagator.extract(ROOT_CONTEXT, {traceparent: `00-${traceId}-${spanId}-03`}, defaultTextMapGetter);
    const sent = (id: string): string | undefined => {
      const carrier: Record<string, string> = {};
      const child = trace.setSpanContext(context, {traceId: id, spanId: 'b'.repeat(16), traceFlags: 1});
      propagator.inject(child, carrier, defaultTextMapSetter);
      return carrier.traceparent?.slice(-2);
    };
    expect([sent(traceId), sent('c'.repeat(32))]).toEqual(['03', '01']);
  });

  test('tracestate comes along with traceparent only', () => {
    const state = {tracestate: 'congo=t61,rojo=00f0'};
    const span = extract(['tracecontext'], {traceparent: `00-${traceId}-${spanId}-01`, ...state}).span;
    expect(span?.traceState?.serialize()).toBe('congo=t61,rojo=00f0');
    expect(extract(['tracecontext'], state).span).toBeUndefined();
  });

  test.each([
    ['foo=1,bar=2', 'foo=1,bar=2'],
    [' foo=1 , ,bar=2\t', 'foo=1,bar=2'],
    ['foo@=1,0a_-*/b=2 3', 'foo@=1,0a_-*/b=2 3'],
    [Array.from({length: 32}, (_, index) => `k${index}=1`).join(','), undefined],
    [Array.from({length: 33}, (_, index) => `k${index}=1`).join(','), ''],
    [`${'k'.repeat(256)}=1`, undefined],
    [`${'k'.repeat(257)}=1`, ''],
    ['Foo=1', ''],
    ['foo =1', ''],
    ['foo=1=2', ''],
    ['foo=1,foo=2', 'foo=1'],
    ['foo', ''],
    ['foo=', ''],
  ])('tracestate %j is kept whole or discarded whole', (tracestate, expected) => {
    const {span} = extract(['tracecontext'], {traceparent: `00-${traceId}-${spanId}-01`, tracestate});
    expect(span?.traceState?.serialize() ?? '').toBe(expected ?? tracestate);
  });

  test('an entry added to a tracestate comes first, and the last makes room', () => {
    const full = parseTraceState(Array.from({length: 32}, (_, index) => `k${index}=1`).join(','))!;
    const members = full.set('ot', 'th:8').serialize().split(',');
    expect([members[0], members.length, members.at(-1)]).toEqual(['ot=th:8', 32, 'k30=1']);
    expect(full.set('k5', '2').serialize().split(',').slice(0, 2)).toEqual(['k5=2', 'k0=1']);
    expect(full.set('Bad', '1')).toBe(full);
    expect(full.unset('k0').get('k0')).toBeUndefined();
  });

  test('baggage from either format', () => {
    expect(
      extract(['baggage'], {baggage: 'a=1;meta, b = x%20y , broken'})
        .baggage?.getAllEntries()
        .map(([key]) => key),
    ).toEqual(['a', 'b']);
    expect(extract(['jaeger'], {'uberctx-User': 'x%20y'}).baggage?.getEntry('User')?.value).toBe('x y');
  });
});

describe('OTEL_PROPAGATORS', () => {
  test('writes all, reads all; the last that finds something wins', () => {
    const names = ['tracecontext', 'b3'];
    expect(Object.keys(inject(names))).toEqual(['traceparent', 'b3']);
    const other = 'f'.repeat(32);
    const headers = {traceparent: `00-${traceId}-${spanId}-01`, b3: `${other}-${spanId}-1`};
    expect(extract(names, headers).span?.traceId).toBe(other);
    expect(extract(['b3', 'tracecontext'], headers).span?.traceId).toBe(traceId);
  });

  test('a custom one is chosen by name', () => {
    const custom: TextMapPropagator = {
      inject: (context, carrier, setter) =>
        setter.set(carrier, 'x-team-trace', trace.getSpanContext(context)?.traceId ?? ''),
      extract: (context) => context,
      fields: () => ['x-team-trace'],
    };
    const carrier = {};
    buildPropagator(['tracecontext', 'team'], {team: custom}).inject(sampled, carrier, defaultTextMapSetter);
    expect(carrier).toMatchObject({'x-team-trace': traceId, traceparent: expect.any(String)});
  });

  test('an unknown name is left out, the others stay', () => {
    expect(Object.keys(inject(['ottrace', 'tracecontext']))).toEqual(['traceparent']);
  });
});

describe('W3C baggage, passed through', () => {
  const through = (headers: Record<string, string | string[]>, names = ['baggage']): Record<string, string> => {
    const propagator = buildPropagator(names);
    const carrier: Record<string, string> = {};
    propagator.inject(propagator.extract(sampled, headers, defaultTextMapGetter), carrier, defaultTextMapSetter);
    return carrier;
  };
  const many = (count: number, value: string) =>
    Array.from({length: count}, (_, index) => `k${index}=${value}`).join(',');

  test.each<[string, string, string?]>([
    ['a single entry of 8,192 bytes', `a=${'x'.repeat(8_190)}`],
    [
      '64 entries of 8,192 bytes in all',
      `${many(64, 'x'.repeat(123))}${'y'.repeat(8_192 - many(64, 'x'.repeat(123)).length)}`,
    ],
    ['more entries than must be propagated', many(100, 'v')],
    ['octets that need no encoding', `a=${':/?@=!'.repeat(1_300)}`],
    ['properties', 'a=1;ttl=30;secure,b=2'],
    ['a value with =', 'a=b=c==,d=%3D'],
    ['a value of nothing', 'a=,b=2'],
    ['lower-case escapes and those of plain letters', 'a=%c3%a9%41'],
    ['octets that are no UTF-8', 'a=%FF%FE'],
    ['a % that begins no octet', 'a=%ZZ'],
    ['a key with %', 'a%20b=1'],
    ['a key that objects have', '__proto__=1,constructor=2'],
    ['spaces around', ' a = 1 ; p = q \t, b=2 ', 'a=1; p = q,b=2'],
    ['members that are none', 'a=1,broken,=x,b c=3,d=4', 'a=1,d=4'],
    ['raw octets that a value must not have', 'a=x y"z\\', 'a=x%20y%22z%5C'],
  ])('%s', (_what, baggage, expected = baggage) => {
    expect(through({baggage}).baggage).toBe(expected);
  });

  test('two headers are one list', () => expect(through({baggage: ['a=1', 'b=2']}).baggage).toBe('a=1,b=2'));

  test('values are decoded, with U+FFFD for what is no UTF-8', () => {
    const {baggage} = extract(['baggage'], {baggage: 'a=%FFx%C3%A9,b=%ZZ,c=%E5%8F'});
    expect(['a', 'b', 'c'].map((key) => baggage?.getEntry(key)?.value)).toEqual(['\ufffdxé', '%ZZ', '\ufffd']);
  });

  test('whole entries are left out of what is too large', () => {
    expect(through({baggage: `a=1,b=${'x'.repeat(8_190)},c=3`}).baggage).toBe('a=1,c=3');
  });

  test('a baggage entry that the program changes is encoded again; the others go on as they came', () => {
    const propagator = buildPropagator(['baggage']);
    const received = propagator.extract(sampled, {baggage: 'a=%c3%a9;p=1,b=2;q'}, defaultTextMapGetter);
    const carrier: Record<string, string> = {};
    propagator.inject(setBaggage({b: 'é'}, received), carrier, defaultTextMapSetter);
    expect(carrier.baggage).toBe('a=%c3%a9;p=1,b=%C3%A9');
  });

  test('entries that a program puts into baggage by the API cannot break the header', () => {
    const baggage = propagation.createBaggage({
      fine: {value: 'x'},
      'no token': {value: 'x'},
      surrogate: {value: '\ud800'},
      number: {value: 5 as unknown as string},
      injected: {value: '1', metadata: {toString: () => 'p,evil=1\r\nx: y'} as never},
      huge: {value: 'x'.repeat(9_000)},
    });
    expect(inject(['baggage'], propagation.setBaggage(sampled, baggage))).toEqual({
      baggage: 'fine=x,surrogate=%EF%BF%BD,injected=1',
    });
    expect(Object.keys(inject(['jaeger'], propagation.setBaggage(sampled, baggage)))).not.toContain('uberctx-no token');
  });

  test('Jaeger’s baggage that is not well encoded goes on as it is, and so much of it as W3C allows', () => {
    expect(through({'uberctx-bad': '%ZZ', 'uberctx-good': 'a%20b'}, ['jaeger'])).toMatchObject({
      'uberctx-bad': '%25ZZ',
      'uberctx-good': 'a%20b',
    });
    const flood = Object.fromEntries(Array.from({length: 1_000}, (_, index) => [`uberctx-k${index}`, 'v'.repeat(100)]));
    expect(Object.keys(through(flood, ['jaeger'])).length).toBeLessThan(82);
  });
});

describe('a program’s own propagator', () => {
  const fine: TextMapPropagator = {inject() {}, extract: (context) => context, fields: () => []};
  const use = (own: Partial<Record<keyof TextMapPropagator, unknown>>) => {
    const propagator = buildPropagator(['own', 'tracecontext'], {own: {...fine, ...own} as TextMapPropagator});
    const carrier: Record<string, string> = {};
    propagator.inject(sampled, carrier, defaultTextMapSetter);
    const found = propagator.extract(ROOT_CONTEXT, {traceparent: `00-${traceId}-${spanId}-01`}, defaultTextMapGetter);
    return {carrier, span: trace.getSpanContext(found), fields: propagator.fields()};
  };
  const fail = () => {
    throw new Error('broken');
  };
  const failOddly = () => {
    throw Object.create(null);
  };
  const set = (...pairs: [unknown, unknown][]) => ({
    inject: (_context: unknown, carrier: unknown, setter: {set(...args: unknown[]): void}) => {
      for (const pair of pairs) setter.set(carrier, ...pair);
    },
  });

  test.each<[string, Partial<Record<keyof TextMapPropagator, unknown>>]>([
    ['without fields()', {fields: undefined}],
    ['whose fields() throws', {fields: fail}],
    ['whose fields() returns no list', {fields: () => 'x-own'}],
    ['that throws', {inject: fail, extract: fail}],
    ['that throws what cannot be made a text', {inject: failOddly, extract: failOddly, fields: failOddly}],
    ['that rejects', {inject: async () => fail(), extract: async () => fail()}],
    ['that returns nothing', {extract: () => undefined}],
    ['that returns null', {extract: () => null}],
    ['that returns what is no context', {extract: () => ({})}],
    ['that is no object', {inject: 5, extract: null}],
  ])('%s costs nothing but itself', (_what, own) => {
    const {carrier, span, fields} = use(own);
    expect(carrier).toEqual({traceparent: `00-${traceId}-${spanId}-01`});
    expect(span).toMatchObject({traceId, spanId});
    expect(fields).toEqual(['traceparent', 'tracestate']);
  });

  test('headers that no library would send are left out, the others stay', () => {
    const {carrier} = use(
      set(
        ['bad name', 'x'],
        ['', 'x'],
        [5, 'x'],
        ['x-lines', 'a\r\nb'],
        ['x-odd', {}],
        ['x-number', 7],
        ['x-own', 'é'],
      ),
    );
    expect(carrier).toEqual({'x-number': '7', 'x-own': 'é', traceparent: `00-${traceId}-${spanId}-01`});
  });

  test('a setter that throws for one header leaves the others', () => {
    const carrier: Record<string, string> = {};
    const own = {...fine, ...set(['x-a', '1'], ['x-b', '2'])} as TextMapPropagator;
    buildPropagator(['own'], {own}).inject(sampled, carrier, {
      set: (_carrier, key, value) => (key === 'x-a' ? fail() : (carrier[key] = value)),
    });
    expect(carrier).toEqual({'x-b': '2'});
  });

  test('a trace state that is none is left out of what it extracts', () => {
    const odd = trace.setSpanContext(ROOT_CONTEXT, {traceId, spanId, traceFlags: 1, traceState: 'a=b' as never});
    const found = buildPropagator(['own'], {own: {...fine, extract: () => odd}}).extract(
      ROOT_CONTEXT,
      {},
      defaultTextMapGetter,
    );
    expect(trace.getSpanContext(found)).toEqual({traceId, spanId, traceFlags: 1});
  });

  test('the names of what every object has are no propagators', () => {
    expect(inject(['constructor', 'tracecontext'])).toEqual({traceparent: `00-${traceId}-${spanId}-01`});
  });
});
