/** How likely a trace was to be kept: what kept spans stand for must add up to what came. */
import {describe, expect, test} from 'vitest';
import {isBelow, probabilityThreshold} from '../sampling/index.ts';
import {
  adaptive,
  alwaysSample,
  and,
  drop,
  type NamedPolicy,
  not,
  type Policy,
  probabilisticPolicy,
  rateLimiting,
  statusCode,
} from './index.ts';
import {Judge} from './judge.ts';
import {hashLimit, hashRandomness, traceHash} from './policies-chance.ts';
import {roundOf, startTestSampler, type TestSpan} from './testing.ts';
import {type Mark, probabilityAfter} from './verdict.ts';

const named = (name: string, policy: Policy, isDrop = false): NamedPolicy => ({name, policy, isDrop});
const silent = {verdict() {}, time() {}, failed() {}};
const judge = (policies: readonly NamedPolicy[], firstMatch = false): Judge => new Judge(policies, firstMatch, silent);
const traces = (count: number, more: (trace: number) => Partial<TestSpan> = () => ({})): TestSpan[] =>
  Array.from({length: count}, (_, trace) => ({trace, span: 1, ...more(trace)}));

const manyTraces = traces(2000);

/** What the kept ones stand for in all. */
const standsFor = (marks: readonly Mark[], before = 1): number =>
  marks.reduce((sum, mark) => sum + (mark.kept ? 1 / probabilityAfter(mark, before) : 0), 0);

describe('tail sampling, probabilities', () => {
  const tenth = (salt = 'a'): Policy => probabilisticPolicy(10, salt);
  const half = (salt = 'a'): Policy => probabilisticPolicy(50, salt);
  const chances: readonly (readonly [what: string, policies: () => NamedPolicy[], expected: number])[] = [
    ['one policy', () => [named('p', half())], 0.5],
    ['two of one salt lie inside each other', () => [named('p', tenth()), named('q', half())], 0.5],
    ['two of different salts do not', () => [named('p', tenth()), named('q', half('b'))], 1 - 0.9 * 0.5],
    ['and, of one salt', () => [named('p', and([tenth(), half()]))], 0.1],
    ['and, of different salts', () => [named('p', and([tenth(), half('b')]))], 0.05],
    ['not', () => [named('p', not(tenth()))], 0.9],
    ['a certain one beside', () => [named('p', tenth()), named('all', alwaysSample())], 1],
    ['drop by chance', () => [named('all', alwaysSample()), named('d', drop([tenth()]), true)], 0.9],
    ['drop by chance, of half', () => [named('p', half('b')), named('d', drop([tenth()]), true)], 0.45],
    ['the first match', () => [named('p', tenth()), named('all', alwaysSample())], 1],
  ];
  test.each(chances)('tail sampling: the probability of %s', (_, policies, expected) => {
    const marks = judge(policies()).judge(roundOf(manyTraces));
    const kept = marks.filter((mark) => mark.kept);
    for (const mark of kept) expect(probabilityAfter(mark, 1)).toBeCloseTo(expected, 10);
    expect(kept.length / manyTraces.length).toBeGreaterThan(expected - 0.04);
    expect(kept.length / manyTraces.length).toBeLessThan(expected + 0.04);
  });

  test('tail sampling: with the first match the policies behind it count in the probability', () => {
    const marks = judge([named('p', tenth()), named('q', half('b'))], true).judge(roundOf(traces(2000)));
    const [byFirst] = marks.filter((mark) => mark.policy === 'p');
    expect(probabilityAfter(byFirst as Mark, 1)).toBeCloseTo(1 - 0.9 * 0.5, 10);
  });

  test('tail sampling: what a rate limit kept stands for all that asked it', () => {
    const limited = judge([named('errors', statusCode([2])), named('limit', rateLimiting('limit', 30, 30))]);
    const of = (count: number, now: number): TestSpan[] | Mark[] =>
      limited.judge(
        roundOf(
          traces(count, (i) => ({status: i % 10 === 0 ? 2 : 0})),
          now,
        ),
      );
    // The errors of 100 ask the limit too, and stand for themselves.
    const first = of(100, 0) as Mark[];
    const errors = first.filter(({policy}) => policy === 'errors');
    expect(errors).toHaveLength(10);
    expect(errors.every((mark) => probabilityAfter(mark, 1) === 1)).toBe(true);
    const others = first.filter(({policy}) => policy === 'limit');
    expect(others).toHaveLength(27);
    expect(probabilityAfter(others[0] as Mark, 1)).toBeCloseTo(0.3, 10);
    // Nothing passes in the next round; the one after it makes up for it.
    expect((of(50, 0) as Mark[]).filter(({policy}) => policy === 'limit')).toEqual([]);
    const third = of(30, 1000) as Mark[];
    const [late] = third.filter(({policy}) => policy === 'limit');
    expect(probabilityAfter(late as Mark, 1)).toBeCloseTo(30 / 80, 10);
  });

  test('tail sampling: a span that was sampled before stands for more, by thresholds that lie inside each other', () => {
    const mark = (shared: number, other: number): Mark => ({
      kept: true,
      dropped: false,
      policy: 'p',
      subPolicy: undefined,
      shared,
      other,
      undropped: 1,
      salt: undefined,
    });
    expect(probabilityAfter(mark(0.25, 0), 0.5)).toBe(0.25);
    expect(probabilityAfter(mark(0.5, 0), 0.25)).toBe(0.25);
    expect(probabilityAfter(mark(0, 0.5), 0.25)).toBe(0.125);
    expect(probabilityAfter(mark(0.25, 0.5), 0.5)).toBe(0.375);
    expect(probabilityAfter(mark(0, 1), 0.25)).toBe(0.25);
  });

  test('tail sampling: consistent samplers before and behind agree about the randomness of a trace', async () => {
    const at = await startTestSampler([named('p', probabilisticPolicy(25, 'a'))]);
    // The sampler before kept a half of them.
    const rv = (i: number): string => (0x80 + (i % 128)).toString(16).padEnd(14, '0');
    await at.send(traces(128, (i) => ({traceState: `ot=rv:${rv(i)};th:8`})));
    await at.pass(1000);
    expect(at.out).toHaveLength(64);
    expect(new Set(at.out.map(({traceState}) => traceState.replace(/rv:\w+/, 'rv')))).toEqual(new Set(['ot=rv;th:c']));
  });

  test('tail sampling: a trace that was kept by its hash has the hash for its randomness from there on', async () => {
    const at = await startTestSampler([named('p', probabilisticPolicy(10, 'a'))]);
    await at.send(traces(1000));
    await at.pass(1000);
    expect(at.out.length).toBeGreaterThan(60);
    const threshold = probabilityThreshold(0.1);
    for (const {traceState} of at.out) {
      const [, rv = '', th = ''] = /^ot=rv:(\w{14});th:(\w+)$/.exec(traceState) ?? [];
      expect(th).toBe('e6666666666666');
      const randomness = {high: Number.parseInt(rv.slice(0, 7), 16), low: Number.parseInt(rv.slice(7), 16)};
      expect(isBelow(randomness, threshold)).toBe(false);
    }
  });
});

describe('tail sampling, the hash of the Collector', () => {
  /** FNV-1a as its specification has it. */
  const plain = (salt: string, bytes: readonly number[]): bigint =>
    [...Buffer.from(salt), ...bytes].reduce(
      (hash, byte) => ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn,
      0xcbf29ce484222325n,
    );
  test('tail sampling: it is FNV-1a of the salt and the trace id', () => {
    for (const salt of ['default-hash-seed', '', 'ä']) {
      const hash = traceHash(salt);
      for (let i = 0; i < 50; i++) {
        const id = Array.from({length: 16}, (_, at) => (i * 37 + at * 101 + 7) & 255);
        hash.of(Uint8Array.from([1, 2, ...id]), 2);
        expect((BigInt(hash.high) << 32n) | BigInt(hash.low)).toBe(plain(salt, id));
      }
    }
  });
  test('tail sampling: limits are the ratio of 2^64 - 1', () => {
    const limit = (ratio: number): bigint => {
      const {high, low} = hashLimit(ratio);
      return (BigInt(high) << 32n) | BigInt(low);
    };
    expect(limit(1)).toBe(2n ** 64n - 1n);
    expect(limit(2)).toBe(2n ** 64n - 1n);
    expect(limit(0)).toBe(0n);
    expect(limit(-0.5)).toBe(0n);
    expect(limit(0.5)).toBe(2n ** 63n - 1n);
    expect(limit(0.25)).toBe(2n ** 62n - 1n);
    expect(limit(0.001)).toBe(18446744073709551n);
  });
  test('tail sampling: the smallest hash is the highest randomness', () => {
    expect(hashRandomness({high: 0, low: 0})).toEqual({high: 2 ** 28 - 1, low: 2 ** 28 - 1});
    expect(hashRandomness({high: 0xffff_ffff, low: 0xffff_ffff})).toEqual({high: 0, low: 0});
  });
});

describe('adaptive', () => {
  const make = (tracesPerSecond: number, maxOperations = 100) => {
    let folded = 0;
    const policy = adaptive({tracesPerSecond, maxOperations, onFolded: () => void folded++});
    const judged = judge([named('adaptive', policy)]);
    let next = 0;
    return {
      /** Kept traces by operation of a second with so many traces of each. */
      second(now: number, counts: Readonly<Record<string, number>>) {
        const spans = Object.entries(counts).flatMap(([name, count]) =>
          Array.from({length: count}, (): TestSpan[] => {
            const trace = next++ % 20_000;
            return [
              {trace, span: 1, name},
              {trace, span: 2, parent: 1, name: 'inner'},
            ];
          }).flat(),
        );
        const round = roundOf(spans, now);
        const marks = judged.judge(round);
        const numbers = [...new Set(spans.map(({trace}) => trace))].toSorted((a, b) => a - b);
        const nameOf = new Map(spans.filter(({span}) => span === 1).map(({trace, name}) => [trace, name as string]));
        const kept: Record<string, number> = {};
        const said: Record<string, number> = {};
        for (const [i, mark] of marks.entries()) {
          if (!mark.kept) continue;
          const name = nameOf.get(numbers[i] as number) as string;
          kept[name] = (kept[name] ?? 0) + 1;
          said[name] = (said[name] ?? 0) + 1 / probabilityAfter(mark, 1);
        }
        return {kept, said, all: standsFor(marks)};
      },
      get folded() {
        return folded;
      },
    };
  };

  test('adaptive: rare operations are kept whole beside a flood, within the budget', () => {
    const at = make(50);
    let last = at.second(0, {flood: 800, rare: 5, medium: 20});
    for (let s = 1; s <= 5; s++) last = at.second(1000 * s, {flood: 800, rare: 5, medium: 20});
    expect(last.kept.rare).toBe(5);
    expect(last.kept.medium).toBeGreaterThan(15);
    const all = Object.values(last.kept).reduce((sum, each) => sum + each, 0);
    expect(all).toBeGreaterThan(35);
    expect(all).toBeLessThan(70);
  });

  test('adaptive: what is kept stands for what came', () => {
    const at = make(300);
    let sum = 0;
    for (let s = 0; s < 8; s++) sum += at.second(1000 * s, {flood: 1000}).said.flood ?? 0;
    expect(sum / 8000).toBeGreaterThan(0.93);
    expect(sum / 8000).toBeLessThan(1.07);
  });

  test('adaptive: below the budget everything is kept, for certain', () => {
    const at = make(100);
    for (let s = 0; s < 3; s++) expect(at.second(1000 * s, {a: 30, b: 40}).kept).toEqual({a: 30, b: 40});
    expect(at.second(3000, {a: 30, b: 40}).all).toBe(70);
  });

  test('adaptive: further operations than are told apart count as one', () => {
    const at = make(1000, 2);
    at.second(0, {a: 1, b: 1, c: 1, d: 1});
    expect(at.folded).toBe(2);
    // Those that are silent make room.
    expect(at.second(200_000, {c: 1}).kept).toEqual({c: 1});
    expect(at.folded).toBe(2);
  });
});
