/** The cases and their expected values are those of the Collector's own tests of its probabilistic sampler. */
import {describe, expect, it, test} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {randomnessText} from '../sampling/index.ts';
import {hashRandomness} from './probabilistic-decision.ts';
import {probabilisticSamplerProcessor as factory} from './processor-probabilistic-sampler.ts';
import {
  configFaults,
  itemsOf,
  logBatch,
  type PlainLog,
  type PlainMap,
  type PlainSpan,
  spanBatch,
  testProcessor,
} from './testing-processor.ts';

/** Randomness 0x80000000000000: kept at 50 % and not at 49 %. */
const half = 'fefefefefefefefefe80000000000000';
const always = '111111111111111111ffffffffffffff';

/** The tracestate of a span that was kept, undefined where it was not. */
async function sampled(yaml: string, span: PlainSpan): Promise<string | undefined> {
  const [batch] = await testProcessor(factory, yaml, 'traces').run(spanBatch(span));
  return batch === undefined ? undefined : (itemsOf(batch)[0]!.traceState as string);
}

const both = (after?: string) => ({equalizing: after, proportional: after});

describe('probabilistic sampler: writes and follows ot=th', () => {
  test.each<[string, {tid?: string; ts?: string; attributes?: PlainMap}, ReturnType<typeof both>]>([
    ['sampling_percentage: 100', {}, both('ot=th:0')],
    ['sampling_percentage: 50', {}, both('ot=th:8')],
    ['sampling_percentage: 49', {}, both()],
    ['sampling_percentage: 25', {tid: 'ddddddddddddddddddc0000000000000'}, both('ot=th:c')],
    ['sampling_percentage: 25', {tid: 'ddddddddddddddddddb0000000000000'}, both()],
    [
      'sampling_percentage: 1, sampling_precision: 14',
      {ts: 'ot=rv:FD70A3D70A3D71'},
      both('ot=rv:FD70A3D70A3D71;th:fd70a3d70a3d71'),
    ],
    ['sampling_percentage: 1', {ts: 'ot=rv:FD70A3D70A3D71'}, both('ot=rv:FD70A3D70A3D71;th:fd70a')],
    ['sampling_percentage: 1, sampling_precision: 3', {ts: 'ot=rv:FD70A3D70A3D71'}, both()],
    ['sampling_percentage: 1, sampling_precision: 14', {ts: 'ot=rv:FD70A3D70A3D70'}, both()],
    [
      'sampling_percentage: 1, sampling_precision: 14',
      {ts: 'ot=rv:fd70B000000000'},
      both('ot=rv:fd70B000000000;th:fd70a3d70a3d71'),
    ],
    ['sampling_percentage: 1', {tid: 'a0a0a0a0a0a0a0a0a0fe000000000000'}, both('ot=th:fd70a')],
    ['sampling_percentage: 1', {attributes: {'sampling.priority': 2n}}, both('ot=th:0')],
    ['sampling_percentage: 99', {attributes: {'sampling.priority': 0n}}, both()],
    [
      'sampling_percentage: 50',
      {ts: 'ot=rv:90000000000000;th:80000000000000'},
      {equalizing: 'ot=rv:90000000000000;th:8', proportional: undefined},
    ],
    ['sampling_percentage: 25', {ts: 'ot=th:8'}, both()],
    ['sampling_percentage: 25', {ts: 'ot=th:8', tid: 'f'.repeat(32)}, {equalizing: 'ot=th:c', proportional: 'ot=th:e'}],
    [
      'sampling_percentage: 50',
      {ts: 'ot=rv:c0000000000000;th:8'},
      {equalizing: 'ot=rv:c0000000000000;th:8', proportional: 'ot=rv:c0000000000000;th:c'},
    ],
    [
      'sampling_percentage: 100, fail_closed: false',
      {ts: 'ot=rv:40000000000000;th:8'},
      both('ot=rv:40000000000000;th:0'),
    ],
    ['sampling_percentage: 1', {ts: 'ot=rv:40000000000000;th:8'}, both()],
    [
      'sampling_percentage: 40, sampling_precision: 3',
      {ts: 'ot=rv:a0000000000000'},
      both('ot=rv:a0000000000000;th:99a'),
    ],
    [
      'sampling_percentage: 40, sampling_precision: 6',
      {ts: 'ot=th:8', tid: 'a0a0a0a0a0a0a0a0a0d0000000000000'},
      {equalizing: 'ot=th:99999a', proportional: 'ot=th:cccccd'},
    ],
    [
      'sampling_percentage: 40, sampling_precision: 3',
      {ts: 'ot=th:8', tid: 'a0a0a0a0a0a0a0a0a0b0000000000000'},
      {equalizing: 'ot=th:99a', proportional: undefined},
    ],
    ['sampling_percentage: 200', {}, both('ot=th:0')],
    [
      `sampling_percentage: ${100 * 2 ** -14}, sampling_precision: 14`,
      {ts: 'ot=th:fffc', tid: always},
      {equalizing: 'ot=th:fffc', proportional: 'ot=th:fffffff'},
    ],
    [`sampling_percentage: ${(1 - 8e-7) * 100}, sampling_precision: 10`, {tid: always}, both('ot=th:00000cccccccd')],
    [
      `sampling_percentage: ${2 ** -4}, sampling_precision: 14`,
      {ts: 'ot=th:fffffffffffff8', tid: always},
      {equalizing: 'ot=th:fffffffffffff8', proportional: undefined},
    ],
    ['sampling_percentage: 50', {ts: 'congo=t61,ot=a:b'}, both('ot=th:8;a:b,congo=t61')],
  ])('%s %o', async (yaml, {tid = half, ts = '', attributes = {}}, expected) => {
    const span = {traceId: tid, traceState: ts, attributes};
    expect({
      equalizing: await sampled(`{mode: equalizing, ${yaml}}`, span),
      proportional: await sampled(`{mode: proportional, ${yaml}}`, span),
    }).toEqual(expected);
  });
});

/** Seed, trace id, and whether 50 % keep it. */
const hashed: readonly [number, string, boolean][] = [
  [653, '474a03c76d75951a4b4c537ced8f1122', true],
  [563, '53a518291e91307e43cd8467bb06f986', true],
  [142, 'a56a02f843b9bc6ee0b13889249e90e6', true],
  [904, '4e40762d3ee97a1c0932e4fa584f89a8', false],
  [38, '0c8717ced36216037af657e9d7f8b35b', true],
  [561, '2a8aa76c18d08e1e8be935541f9318c7', false],
  [757, '9e3d0f9481dc422cb613ea550897ae71', false],
  [22, '66a66c516ac22054673e5da5e6492545', false],
  [552, 'a811a7def34ca4b98d8e320afd115fad', false],
  [546, 'e3a345cc8dbb6f014bfa1edad3981820', true],
  [790, '7629ecbea89398bfd9752a2f51c2c137', true],
  [963, '20cb3dcebe2cf8abe6102f4a2e548245', false],
  [92, 'eb60d98b8f8fe22d8970f44f0e2b6bad', true],
  [6, 'd6a68b47c66d1f94eed46b8ddc72faf4', false],
  [568, '030e14c2954e3f08134b355f33414ba9', false],
  [965, '022315846d42a38322d6fd26250444b3', true],
  [16, '2533c732bed8c1ba4721c25a1205f06c', false],
  [83, 'fc4998bc53ccd42a5b8e7c86a93d4c88', false],
  [99, '497f02db51c898ac441aae18a8b7ced9', false],
  [460, '60c3b9a2dde734d71ba5cca7eb164bce', true],
];

test.each(hashed)(
  'probabilistic sampler: seed %d decides about %s as the Collector does',
  async (seed, traceId, isKept) => {
    const state = await sampled(`{sampling_percentage: 50, hash_seed: ${seed}}`, {traceId});
    expect(state !== undefined).toBe(isKept);
    if (state !== undefined) {
      const rv = randomnessText(hashRandomness(seed, Uint8Array.from(Buffer.from(traceId, 'hex'))));
      expect(state).toBe(`ot=rv:${rv};th:8`);
    }
  },
);

test.each([
  [100, '0'],
  [75, '4'],
  [50, '8'],
  [25, 'c'],
  [10, 'e668'],
  [100 / 3, 'aaac'],
])('probabilistic sampler: hashing at %d %% writes the threshold %s', async (percentage, threshold) => {
  const processor = testProcessor(factory, `{sampling_percentage: ${percentage}, hash_seed: 22}`, 'traces');
  const ids = Array.from({length: 40}, (_, i) => ({traceId: (i * 7919 + 1).toString(16).padStart(32, '5')}));
  const [batch] = await processor.run(spanBatch(...ids));
  const states = itemsOf(batch!).map(({traceState}) => traceState as string);
  expect(states.length).toBeGreaterThan(0);
  for (const state of states) expect(state).toMatch(new RegExp(`^ot=rv:[0-9a-f]{14};th:${threshold}$`));
});

describe('probabilistic sampler: sampling.priority of a span', () => {
  const modes = ['hash_seed', 'equalizing', 'proportional'];
  const span = {traceId: '01000000000000000000000000000000'};
  test.each<[PlainMap[string], number, boolean]>([
    [2n, 0, true],
    [1, 0, true],
    ['1', 0, true],
    ['0.5', 0, true],
    [0n, 100, false],
    [0, 100, false],
    ['0', 100, false],
    [-1n, 100, true],
    [-1n, 0, false],
    ['NaN', 0, false],
    ['', 100, true],
    [true, 0, false],
  ])('%s at %d %%', async (priority, percentage, isKept) => {
    for (const mode of modes) {
      const state = await sampled(`{mode: ${mode}, sampling_percentage: ${percentage}}`, {
        ...span,
        attributes: {'sampling.priority': priority},
      });
      expect([mode, state !== undefined]).toEqual([mode, isKept]);
    }
  });
});

describe('probabilistic sampler: faulty sampling information', () => {
  test.each([
    ['missing_randomness', '00000000000000000000000000000000', ''],
    ['malformed', half, 'ot=rv:abababababababab'],
    ['malformed', half, 'ot=th:abababababababab'],
    ['malformed', half, 'ot=th:-1'],
    ['malformed', half, 'not a list'],
    ['inconsistent_threshold', 'ffffffffffffffffff70000000000000', 'ot=th:8'],
    ['inconsistent_threshold', half, 'ot=th:8;rv:70000000000000'],
  ])('%s: %s %j fails closed and open', async (reason, traceId, traceState) => {
    for (const mode of ['equalizing', 'proportional']) {
      for (const closed of [true, false]) {
        const yaml = `{mode: ${mode}, sampling_percentage: 100, fail_closed: ${closed}}`;
        const processor = testProcessor(factory, yaml, 'traces');
        const out = await processor.run(spanBatch({traceId, traceState}));
        expect(out.length).toBe(closed ? 0 : 1);
        expect(processor.count('weft_processor_probabilistic_sampler_faults', {reason})).toBe(1);
        if (!closed && reason === 'malformed') expect(itemsOf(out[0]!)[0]!.traceState).toBe(traceState);
      }
    }
  });

  test.each(['ot=rv:80000000000000', 'ot=th:8'])('hash_seed leaves %s alone', async (traceState) => {
    const open = '{sampling_percentage: 50, fail_closed: false}';
    expect(await sampled(open, {traceId: always, traceState})).toBe(traceState);
    expect(await sampled('{sampling_percentage: 50}', {traceId: always, traceState})).toBeUndefined();
  });
});

test('probabilistic sampler: counts spans by policy and decision under the names of the Collector', async () => {
  const processor = testProcessor(factory, '{sampling_percentage: 100, hash_seed: 22}', 'traces');
  const traceId = '01000000000000000000000000000000';
  await processor.run(spanBatch({traceId}, {traceId}, {traceId, attributes: {'sampling.priority': 0n}}));
  for (const name of ['count_traces_sampled', 'count_spans_processed_total']) {
    const count = (policy: string, sampled: string): number =>
      processor.count(`otelcol_processor_probabilistic_sampler_${name}`, {policy, sampled});
    expect([count('trace_id_hash', 'true'), count('sampling_priority', 'false')]).toEqual([2, 1]);
  }
});

/** 100 records of as many trace ids; every second has `foo` and `bar`, every fourth a priority. */
const records = (): PlainLog[] =>
  Array.from({length: 100}, (_, i) => {
    const byte = i.toString(16).padStart(2, '0');
    const traceId = '0'.repeat(16) + byte.repeat(8);
    const bytes = Uint8Array.from(Buffer.from(traceId, 'hex'));
    return {
      traceId,
      attributes: {
        ...(i % 2 === 0 && {foo: bytes, bar: i === 0 ? '' : traceId}),
        ...(i % 4 === 0 && {priority: 100}),
      },
    };
  });

describe('probabilistic sampler: log records', () => {
  test.each([
    ['sampling_percentage: 50, attribute_source: record, from_attribute: foo', 23],
    ['sampling_percentage: 50, attribute_source: record, from_attribute: bar', 29],
    ['sampling_percentage: 0, sampling_priority: priority', 25],
    ['sampling_percentage: 50, sampling_priority: priority, fail_closed: false', 57],
    ['sampling_percentage: 100, sampling_priority: priority, fail_closed: false', 100],
    ['sampling_percentage: 0, sampling_priority: priority, attribute_source: record, from_attribute: foo', 25],
  ])('{%s} keeps %d of 100', async (yaml, count) => {
    const [batch] = await testProcessor(factory, `{${yaml}}`, 'logs').run(logBatch(...records()));
    expect(batch?.logs.count ?? 0).toBe(count);
  });

  const rv = (text: Uint8Array, seed: number): string => randomnessText(hashRandomness(seed, text));
  const halfBytes = Uint8Array.from(Buffer.from(half, 'hex'));
  test.each<[string, PlainLog, PlainMap | undefined]>([
    [
      'mode: proportional, sampling_percentage: 100',
      {traceId: half, attributes: {ignored: 'value'}},
      {ignored: 'value', 'sampling.threshold': '0'},
    ],
    [
      'mode: proportional, sampling_percentage: 100, sampling_priority: percent',
      {traceId: half, attributes: {percent: 1}},
      undefined,
    ],
    [
      'sampling_percentage: 100, hash_seed: 22',
      {traceId: half, attributes: {K: 'V'}},
      {K: 'V', 'sampling.threshold': '0', 'sampling.randomness': rv(halfBytes, 22)},
    ],
    [
      'sampling_percentage: 100, hash_seed: 49, attribute_source: record, from_attribute: random',
      {attributes: {random: '1234'}},
      {random: '1234', 'sampling.threshold': '0', 'sampling.randomness': rv(utf8Bytes('1234'), 49)},
    ],
    ['sampling_percentage: 0', {traceId: half}, undefined],
    [
      'sampling_percentage: 0, sampling_priority: random, sampling_precision: 6',
      {traceId: half, attributes: {'sampling.randomness': 'e6147c00000000', random: 10.125}},
      {'sampling.randomness': 'e6147c00000000', random: 10.125, 'sampling.threshold': 'e6147b'},
    ],
    [
      'mode: proportional, sampling_percentage: 50',
      {traceId: 'fefefefefefefefefef0000000000000', attributes: {'sampling.threshold': 'c'}},
      {'sampling.threshold': 'e'},
    ],
    [
      'mode: equalizing, sampling_percentage: 50',
      {traceId: 'fefefefefefefefefeb0000000000000', attributes: {'sampling.threshold': 'c'}},
      undefined,
    ],
    [
      'mode: equalizing, sampling_percentage: 50, sampling_priority: prio',
      {traceId: 'fefefefefefefefefefefefefefefefe', attributes: {'sampling.threshold': 'c', prio: 37n}},
      {'sampling.threshold': 'c', prio: 37n},
    ],
    [
      'mode: hash_seed, sampling_percentage: 100, fail_closed: false',
      {traceId: half, attributes: {'sampling.randomness': 'f2341234123412'}},
      {'sampling.randomness': 'f2341234123412'},
    ],
    [
      'mode: proportional, sampling_percentage: 100, fail_closed: false',
      {traceId: half, attributes: {'sampling.threshold': 'no'}},
      {'sampling.threshold': 'no'},
    ],
    ['sampling_percentage: 100, sampling_priority: p', {traceId: half, attributes: {p: 0n}}, undefined],
  ])('{%s} %o', async (yaml, log, expected) => {
    const [batch] = await testProcessor(factory, `{${yaml}}`, 'logs').run(logBatch(log));
    expect(batch && itemsOf(batch)[0]!.attributes).toEqual(expected);
  });

  it('without randomness stay only where the sampler fails open', async () => {
    for (const mode of ['hash_seed', 'equalizing', 'proportional']) {
      for (const [percentage, closed, isKept] of [
        [0, true, false],
        [50, true, false],
        [100, true, false],
        [0, false, false],
        [50, false, true],
        [100, false, true],
      ]) {
        const yaml = `{mode: ${mode}, sampling_percentage: ${percentage}, fail_closed: ${closed}, attribute_source: record, from_attribute: unused}`;
        const out = await testProcessor(factory, yaml, 'logs').run(logBatch({attributes: {unused: ''}}));
        expect([mode, percentage, closed, out.length === 1]).toEqual([mode, percentage, closed, isKept]);
      }
    }
  });
});

test.each([
  ['{sampling_percentage: -1}', 'at least 0'],
  ['{sampling_percentage: 1.0e-30}', 'too small'],
  ['{sampling_precision: 0}', 'at least 1'],
  ['{sampling_precision: 15}', 'at most 14'],
  ['{attribute_source: unknown}', 'one of `traceID`, `record`'],
  ['{mode: hash}', 'one of `hash_seed`'],
  ['{percentage: 1}', 'unknown key `percentage`'],
])('probabilistic sampler: configuration %s', (yaml, fault) => {
  expect(configFaults(factory, yaml).join('\n')).toContain(fault);
});
