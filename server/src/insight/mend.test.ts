import {expect, test} from 'vitest';
import {judgeMend, type MendRequest, requestsOf} from './mend.ts';
import {explainLanguages} from './say.ts';
import {sayMend} from './say-mend.ts';
import {recorded, sketched} from './testing.ts';

/** Marsaglia's xorshift, so that a failure names its seed. */
function random(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
/** Requests with durations as services have them: log-normal around `ms`, of which `failing` fail. */
function requests(
  count: number,
  {ms, failing, next}: {ms: number; failing: number; next: () => number},
): MendRequest[] {
  return Array.from({length: count}, () => {
    const normal = Math.sqrt(-2 * Math.log(next() || 1e-9)) * Math.cos(2 * Math.PI * next());
    const nanos = ms * 1e6 * Math.exp(0.5 * normal);
    return {
      ...{traceId: '', nanos, failed: next() < failing, retried: 0, healed: 0},
      steps: {steps: [], totalNanos: nanos, restNanos: nanos},
    };
  });
}
/** With a root and three steps below it that take shares of it by chance. */
function stepped(request: MendRequest, next: () => number): MendRequest {
  const shares = [1, next(), next(), next()];
  const steps = shares.map((share, index) => ({
    ...{
      parent: index === 0 ? -1 : 0,
      service: 'shop',
      name: `step ${'abcd'[index]}`,
      kind: 2,
      work: 'code' as const,
      spans: [index],
    },
    ...{nanos: request.nanos * share, selfNanos: request.nanos * share, criticalNanos: 0, errors: 0},
  }));
  return {...request, steps: {steps, totalNanos: request.nanos, restNanos: 0}};
}
const seeds = Array.from({length: 400}, (_, index) => index + 1);

test('mend: of pairs that differ by chance alone, at most one in twenty gets a verdict', () => {
  const wrong = seeds.filter((seed) => {
    const like = {ms: 100, failing: 0.1, next: random(seed)};
    return judgeMend(requests(80, like), requests(80, like)).verdict !== 'no_difference';
  });
  expect(wrong.length, `seeds ${wrong}`).toBeLessThanOrEqual(seeds.length / 20);
});
test('mend: at ten requests a side, pairs of one distribution get a verdict no more often, and so do their steps', () => {
  const pairs = Array.from({length: 1_000}, (_, index) => index + 1);
  const wrong: number[] = [];
  const wrongSteps: number[] = [];
  for (const seed of pairs) {
    const like = {ms: 100, failing: 0.1, next: random(seed)};
    const [before, after] = [requests(10, like), requests(10, like)].map((side) =>
      side.map((one) => stepped(one, like.next)),
    );
    const {verdict, steps} = judgeMend(before!, after!);
    expect(['better', 'worse', 'mixed', 'no_difference']).toContain(verdict);
    if (verdict !== 'no_difference') wrong.push(seed);
    expect(steps.length).toBe(4);
    if (steps.some((step) => step.verdict !== 'no_difference')) wrongSteps.push(seed);
  }
  expect(wrong.length, `seeds ${wrong}`).toBeLessThanOrEqual(pairs.length / 20);
  expect(wrongSteps.length, `seeds ${wrongSteps}`).toBeLessThanOrEqual(pairs.length / 20);
  // And ten are enough for what is plain: otherwise the test would hold of what never says anything.
  const next = random(1);
  expect(judgeMend(requests(10, {ms: 1_000, failing: 0, next}), requests(10, {ms: 50, failing: 0, next})).verdict).toBe(
    'better',
  );
});
test('mend: half the time is found in 50 requests of each side, and more time is worse', () => {
  for (const seed of seeds.slice(0, 100)) {
    const next = random(seed);
    const [slow, quick] = [requests(50, {ms: 100, failing: 0, next}), requests(50, {ms: 50, failing: 0, next})];
    expect([seed, judgeMend(slow, quick).latency.verdict]).toEqual([seed, 'better']);
    expect([seed, judgeMend(quick, slow).verdict]).toEqual([seed, 'worse']);
  }
});
test('mend: errors of a third that are gone are found, and their interval is below zero', () => {
  for (const seed of seeds.slice(0, 100)) {
    const next = random(seed);
    const {errors} = judgeMend(
      requests(60, {ms: 100, failing: 1 / 3, next}),
      requests(60, {ms: 100, failing: 0, next}),
    );
    expect([seed, errors.verdict]).toEqual([seed, 'better']);
    expect(errors.interval[1]).toBeLessThan(0);
  }
});
test('mend: a slow tenth that is gone is found where the median does not move', () => {
  const next = random(7);
  const some = requests(200, {ms: 100, failing: 0, next}).map((one, index) =>
    index % 8 === 0 ? {...one, nanos: 8e9} : one,
  );
  expect(judgeMend(some, requests(200, {ms: 100, failing: 0, next}))).toMatchObject({
    latency: {verdict: 'no_difference'},
    slowShare: {verdict: 'better'},
    verdict: 'better',
  });
});
test('mend: fewer than ten requests on a side are too few to tell', () => {
  const next = random(3);
  const many = requests(300, {ms: 1_000, failing: 0.5, next});
  expect(judgeMend(many, requests(9, {ms: 1, failing: 0, next}))).toMatchObject({
    verdict: 'too_few',
    errors: {verdict: 'too_few'},
  });
  expect(judgeMend([], []).verdict).toBe('too_few');
});

test('mend: a retry that succeeded is one, whatever failed beside it', () => {
  const batch = sketched(
    {id: 'r', name: 'pay: POST /charge', kind: 'server', at: 0, ms: 100},
    {id: 'a', parent: 'r', name: 'pay: attempt', at: 0, ms: 10, failed: 'timeout'},
    {id: 'b', parent: 'r', name: 'pay: attempt', at: 20, ms: 10, failed: 'timeout'},
    {id: 'c', parent: 'r', name: 'pay: attempt', at: 40, ms: 10},
    {id: 'd', parent: 'r', name: 'pay: audit', at: 60, ms: 10, failed: 'no disk'},
    {id: 'e', parent: 'r', name: 'pay: note', at: 60, ms: 10, failed: 'late'},
    {id: 'f', parent: 'r', name: 'pay: note', at: 65, ms: 10},
  );
  const [request, ...more] = requestsOf(batch, {service: 'pay', operation: 'POST /charge'});
  expect(more).toEqual([]);
  expect(request).toMatchObject({failed: false, retried: 1, healed: 1, nanos: 100e6});
});
test('mend: requests of a service are what it served, each with the steps below it', () => {
  const all = recorded('healthy').flatMap((batch) => requestsOf(batch, {service: 'inventory', operation: undefined}));
  expect(all.length).toBeGreaterThan(20);
  expect(new Set(all.flatMap(({steps}) => steps.steps.slice(0, 1).map(({service}) => service)))).toEqual(
    new Set(['inventory']),
  );
  const checkouts = recorded('slow-checkout').flatMap((batch) =>
    requestsOf(batch, {service: 'gateway', operation: 'POST /api/checkout'}),
  );
  expect(checkouts.map(({retried, healed, failed}) => [retried, healed, failed])).toEqual(
    checkouts.map(() => [1, 1, false]),
  );
});

test.each(explainLanguages)('mend: every verdict can be said in %s', (language) => {
  const next = random(11);
  const some = (count: number, ms: number, failing: number) => requests(count, {ms, failing, next});
  const checkouts = recorded('slow-checkout').flatMap((batch) =>
    requestsOf(batch, {service: 'gateway', operation: undefined}),
  );
  const cases = {
    better: judgeMend(some(60, 100, 0.5), some(60, 40, 0)),
    worse: judgeMend(some(60, 40, 0), some(60, 100, 0.5)),
    mixed: judgeMend(some(60, 100, 0), some(60, 40, 0.5)),
    no_difference: judgeMend(some(60, 100, 0.1), some(60, 100, 0.1)),
    too_few: judgeMend(checkouts, []),
  };
  for (const [verdict, mend] of Object.entries(cases)) {
    expect(mend.verdict).toBe(verdict);
    for (const operation of ['POST /api/checkout', undefined]) {
      const text = sayMend(mend, {service: 'gateway', operation}, language);
      expect(text).not.toMatch(/undefined|NaN|\[object| {2}|^$/);
      if (language !== 'en') expect(text).toMatch(/\p{Script=Han}/u);
    }
  }
});
