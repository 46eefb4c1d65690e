import {describe, expect, test} from 'vitest';
import {formatGoDuration, goDuration} from './jaeger-go.ts';
import {readDependencies, readSearch, readTraceId} from './jaeger-parameters.ts';
import type {Query} from './parameters.ts';
import {readMetrics} from './routes-jaeger-metrics.ts';

const now = 1_700_000_000_000;
const query = (text: string): Query => {
  const values: Record<string, string[]> = {};
  for (const [key, value] of new URLSearchParams(text)) (values[key] ??= []).push(value);
  return values;
};
const search = (text: string) => readSearch(query(text), now).query;
const fails = (text: string, message: string) => expect(() => search(text)).toThrow(message);

// Facts: `query_parser_test.go` of Jaeger.
describe('Jaeger parameters: a search that Jaeger refuses', () => {
  test.each([
    ['service=s&start=string', `unable to parse param 'start': strconv.ParseInt: parsing "string": invalid syntax`],
    ['service=s&end=string', `unable to parse param 'end': strconv.ParseInt: parsing "string": invalid syntax`],
    ['service=s&limit=string', `strconv.ParseInt: parsing "string": invalid syntax`],
    ['service=s&limit=9999999999', `strconv.ParseInt: parsing "9999999999": value out of range`],
    ['service=s&minDuration=20', `unable to parse param 'minDuration': time: missing unit in duration "20"`],
    ['service=s&maxDuration=30', `unable to parse param 'maxDuration': time: missing unit in duration "30"`],
    ['service=s&minDuration=1d', `unable to parse param 'minDuration': time: unknown unit "d" in duration "1d"`],
    ['service=s&minDuration=x', `unable to parse param 'minDuration': time: invalid duration "x"`],
    ['service=s&tag=k:v&tag=k', `malformed 'tag' parameter, expecting key:value, received: k`],
    [
      'service=s&tags={"x":123}',
      `malformed 'tags' parameter, cannot unmarshal JSON: json: cannot unmarshal number into Go`,
    ],
    ['service=s&tags=[]', `malformed 'tags' parameter, cannot unmarshal JSON: json: cannot unmarshal array into Go`],
    ['service=s&tags={', `malformed 'tags' parameter, cannot unmarshal JSON: `],
    ['service=s&minDuration=25s&maxDuration=1s', `'maxDuration' should be greater than 'minDuration'`],
    ['traceID=100&traceID=x-!', `cannot parse traceID param: strconv.ParseUint: parsing "x-!": invalid syntax`],
    ['service=s&raw=foobar', `unable to parse param 'raw': strconv.ParseBool: parsing "foobar": invalid syntax`],
    ['operation=o', `parameter 'service' is required`],
  ])('%s', fails);
});

describe('Jaeger parameters: a search', () => {
  test('defaults', () =>
    expect(search('service=s')).toEqual({
      service: 's',
      operation: undefined,
      start: BigInt(now - 48 * 3_600_000) * 1_000_000n,
      end: BigInt(now) * 1_000_000n,
      minDurationNano: undefined,
      maxDurationNano: undefined,
      conditions: [],
      limit: 100,
    }));
  test('times are microseconds, durations are Go’s', () =>
    expect(search('service=s&start=1&end=2&minDuration=1.5ms&maxDuration=1h2m')).toMatchObject({
      start: 1000n,
      end: 2000n,
      minDurationNano: 1_500_000n,
      maxDurationNano: 3_720_000_000_000n,
    }));
  test.each([
    ['lookback=1h', 3_600_000],
    ['lookback=2d', 172_800_000],
    ['lookback=custom', 172_800_000],
    ['lookback=1h&start=0', now],
  ])('%s', (text, before) => expect(search(`service=s&${text}`).start).toBe(BigInt(now - before) * 1_000_000n));
  test.each([
    ['0', 100],
    ['-1', 100],
    ['7', 7],
    ['100000', 1500],
  ])('limit %s', (limit, expected) => expect(search(`service=s&limit=${limit}`).limit).toBe(expected));
  test('tags of both kinds, a later one replacing an earlier one', () =>
    expect(search('service=s&tag=k:v:w&tag=x:y&tags={"x":"z","n":null}').conditions).toEqual([
      {type: 'attribute', key: 'k', value: 'v:w', of: 'anywhere'},
      {type: 'attribute', key: 'x', value: 'z', of: 'anywhere'},
      {type: 'attribute', key: 'n', value: '', of: 'anywhere'},
    ]));
  test.each([
    ['span.kind:server', {type: 'kind', kind: 'server'}],
    ['otel.status_code:ERROR', {type: 'status', status: 'error'}],
    ['otel.status_code:ok', {type: 'status', status: 'ok'}],
    ['otel.scope.name:lib', {type: 'field', field: 'scope.name', value: 'lib'}],
    ['otel.status_description:no', {type: 'field', field: 'status.message', value: 'no'}],
    ['exception.type:E', {type: 'attribute', key: 'exception.type', value: 'E', of: 'anywhere'}],
    ['span.kind:odd', {type: 'attribute', key: 'span.kind', value: 'odd', of: 'anywhere'}],
    ['list:[1,{}]', {type: 'attribute', key: 'list', value: '[1,{}]', of: 'anywhere'}],
    ['list:[not', {type: 'attribute', key: 'list', value: '[not', of: 'anywhere'}],
    ['span.status:ERROR', {type: 'status', status: 'error'}],
    ['scope.name:lib', {type: 'field', field: 'scope.name', value: 'lib'}],
    ['scope.version:1.2', {type: 'field', field: 'scope.version', value: '1.2'}],
    [
      'resource.host.name:b',
      {
        type: 'any',
        of: [
          {type: 'attribute', key: 'resource.host.name', value: 'b', of: 'anywhere'},
          {type: 'attribute', key: 'host.name', value: 'b', of: 'resource'},
        ],
      },
    ],
    [
      'error:false',
      {
        type: 'any',
        of: [
          {type: 'status', status: 'ok'},
          {type: 'status', status: 'unset'},
        ],
      },
    ],
    [
      'error:true',
      {
        type: 'any',
        of: [
          {type: 'status', status: 'error'},
          {type: 'attribute', key: 'error', value: 'true', of: 'anywhere'},
        ],
      },
    ],
  ])('the tag %s', (tag, condition) => expect(search(`service=s&tag=${tag}`).conditions).toEqual([condition]));
  test('by ids', () =>
    expect(readSearch(query('traceID=1f00&traceID=1E00'), now).traceIds).toEqual([
      '1f00'.padStart(32, '0'),
      '1e00'.padStart(32, '0'),
    ]));
});

describe('Jaeger parameters: trace ids', () => {
  test.each([
    ['1f', '1f'.padStart(32, '0')],
    ['83A9efd15c1c98a977e0711cc93ee28b', '83a9efd15c1c98a977e0711cc93ee28b'],
    ['g6nv0VwcmKl34HEcyT7iiw==', '83a9efd15c1c98a977e0711cc93ee28b'],
    ['g6nv0VwcmKl34HEcyT7iiw', '83a9efd15c1c98a977e0711cc93ee28b'],
    ['0', '0'.repeat(32)],
  ])('%s', (text, id) => expect(readTraceId(text)).toBe(id));
  test.each([
    ['1'.repeat(33), `TraceID cannot be longer than 32 hex characters: ${'1'.repeat(33)}`],
    ['chumba', 'invalid length for TraceID'],
    ['zz==', 'invalid length for TraceID'],
    ['zz=', 'strconv.ParseUint: parsing "zz=": invalid syntax'],
    ['zzzzz', 'strconv.ParseUint: parsing "zzzzz": invalid syntax'],
    ['zz!', 'strconv.ParseUint: parsing "zz!": invalid syntax'],
    ['', 'strconv.ParseUint: parsing "": invalid syntax'],
  ])('not %j', (text, message) => expect(() => readTraceId(text)).toThrow(message));
});

test('dependencies: milliseconds, a day by default', () => {
  expect(readDependencies(query('endTs=5000&lookback=2000'), now)).toEqual({
    start: 3_000_000_000n,
    end: 5_000_000_000n,
  });
  expect(readDependencies(query(''), now).start).toBe(BigInt(now - 86_400_000) * 1_000_000n);
  expect(() => readDependencies(query('endTs=x'), now)).toThrow(`unable to parse param 'endTs': strconv.ParseInt`);
});

describe('Jaeger parameters: metrics', () => {
  test.each([
    ['', false, "unable to parse param 'service': please provide at least one service name"],
    ['service=s', true, `unable to parse param 'quantile': strconv.ParseFloat: parsing "": invalid syntax`],
    ['service=s&spanKind=foo', false, "unable to parse param 'spanKind': unsupported span kind: 'foo'"],
    ['service=s&step=foo', false, `unable to parse param 'step': strconv.ParseInt: parsing "foo": invalid syntax`],
    ['service=s&step=0', false, "unable to parse param 'step': it must be greater than 0"],
    ['service=s&step=1', false, "unable to parse param 'step': it gives 3600001 points; at most 11000"],
    ['service=s&ratePer=-1', false, "unable to parse param 'ratePer': it must be greater than 0"],
    ['service=s&lookback=-1', false, "unable to parse param 'lookback': it is negative"],
    ['service=s&lookback=9000000000000000&step=8000000000000000', false, "'lookback': it reaches back before 1970"],
    ['service=s&step=1000&ratePer=864000000', false, "unable to parse param 'ratePer': it is too long for so many"],
    ['service=s&quantile=95', true, "unable to parse param 'quantile': expected a number from 0 to 1"],
    ['service=s&groupByOperation=foo', false, "unable to parse param 'groupByOperation': strconv.ParseBool"],
  ])('%s', (text, quantile, message) => expect(() => readMetrics(query(text), quantile, now)).toThrow(message));
  test('points, windows and series', () =>
    expect(
      readMetrics(
        query(
          'service=s&service=t&quantile=0.95&spanKind=client&endTs=600000&step=60000&lookback=180000&ratePer=61000&groupByOperation=1',
        ),
        true,
        now,
      ),
    ).toEqual({
      services: ['s', 't'],
      kinds: ['client'],
      byOperation: true,
      start: 420_000,
      step: 60_000,
      count: 4,
      minutes: 2,
      quantile: 0.95,
      limit: 1000,
    }));
  test('its defaults', () =>
    expect(readMetrics(query('service=s'), false, now)).toMatchObject({
      kinds: ['server'],
      byOperation: false,
      start: now - 3_600_000,
      step: 5000,
      count: 721,
      minutes: 10,
    }));
});

test.each([
  ['1.5h', 5_400_000_000_000n],
  ['.5s', 500_000_000n],
  ['-1m30s', -90_000_000_000n],
  ['3µs', 3000n],
  ['0', 0n],
])('Jaeger parameters: the Go duration %s', (text, nanos) => expect(goDuration(text)).toBe(nanos));

test.each([
  [0n, '0s'],
  [50n, '50ns'],
  [-1500n, '-1.5µs'],
  [2_000_000n, '2ms'],
  [1_000_000_001n, '1.000000001s'],
  [90_000_000_000n, '1m30s'],
  [3_600_000_000_000n, '1h0m0s'],
])('Jaeger parameters: %d nanoseconds as Go prints them', (nanos, text) => expect(formatGoDuration(nanos)).toBe(text));
