import {setTimeout as delay} from 'node:timers/promises';
import {afterEach, expect, test} from 'vitest';
import {createAdmission} from './admission.ts';
import {createOverloadGuard, type TickedGuard, type Work} from './overload.ts';

let now = 0;
const guards: TickedGuard[] = [];
afterEach(() => {
  for (const guard of guards.splice(0)) guard.stop();
});
const create = (): TickedGuard => {
  now = 0;
  const guard = createOverloadGuard({now: () => now, tickMs: 1e9});
  guards.push(guard);
  return guard;
};
const begin = (guard: TickedGuard, count: number): Work[] => Array.from({length: count}, () => guard.begin());
/** Time passes, and the guard looks `lagMs` too late. */
const pass = (guard: TickedGuard, ms: number, lagMs = 0): void => {
  now += ms;
  guard.tick(lagMs);
};

test('overload: admits any number while it keeps up', () => {
  const guard = create();
  begin(guard, 10_000);
  pass(guard, 50, 100);
  expect([guard.admits, guard.limit]).toEqual([true, Number.POSITIVE_INFINITY]);
});

test('overload: an event loop that is behind lowers the bound below what is in work, and further', () => {
  const guard = create();
  begin(guard, 300);
  pass(guard, 500, 450);
  expect([guard.admits, guard.limit]).toEqual([false, 200]);
  pass(guard, 500, 450);
  expect(guard.limit).toBe(133);
  for (let i = 0; i < 20; i++) pass(guard, 500, 450);
  expect(guard.limit).toBe(8);
});

test('overload: a wait for this process itself lowers the bound; senders that are slow with their bodies do not count', () => {
  const guard = create();
  begin(guard, 30);
  pass(guard, 60_000);
  expect(guard.admits).toBe(true);
  const work = guard.begin();
  work.arrived();
  const done = guard.ownWait();
  begin(guard, 30);
  pass(guard, 1400);
  expect(guard.admits).toBe(true);
  pass(guard, 200);
  // The thirty whose senders are slow do not count.
  expect([guard.admits, guard.limit]).toEqual([false, Math.floor((31 * 2) / 3)]);
  done();
  work.end();
  for (let i = 0; i < 120; i++) pass(guard, 50);
  expect(guard.limit).toBe(Number.POSITIVE_INFINITY);
});

test('overload: requests that wait for another server, and streams that go on, are neither congestion nor in work', () => {
  const guard = create();
  for (const work of begin(guard, 180)) work.arrived();
  for (let i = 0; i < 100; i++) pass(guard, 50);
  expect([guard.admits, guard.limit]).toEqual([true, Number.POSITIVE_INFINITY]);
  // Congestion that comes beside them is measured by the requests that are here for it.
  const waits = begin(guard, 30).map((work) => {
    work.arrived();
    return guard.ownWait();
  });
  pass(guard, 1600);
  expect(guard.limit).toBe(20);
  for (const done of waits) done();
});

test('overload: an answer makes room, and without congestion the bound grows until there is none', () => {
  const guard = create();
  const works = begin(guard, 30);
  pass(guard, 500, 400);
  expect(guard.admits).toBe(false);
  for (const work of works.splice(0, 11)) work.end();
  expect(guard.admits).toBe(true);
  pass(guard, 50);
  expect(guard.limit).toBe(23);
  for (let i = 0; i < 120; i++) pass(guard, 50);
  expect(guard.limit).toBe(Number.POSITIVE_INFINITY);
});

test('overload: a lease beyond the bound carries its refusal, and costs nothing', () => {
  const guard = create();
  const admission = createAdmission(1 << 20, {guard});
  const taken = Array.from({length: 9}, () => admission.open());
  pass(guard, 500, 400);
  const {refusal} = admission.open();
  expect(refusal).toMatchObject({name: 'RetryableError', reason: 'overloaded'});
  expect(refusal?.retryAfterMs).toBeGreaterThanOrEqual(1000);
  expect(refusal?.retryAfterMs).toBeLessThanOrEqual(3000);
  taken[0]?.close();
  taken[1]?.close();
  const next = admission.open();
  expect(next.refusal).toBeUndefined();
  next.close();
  next.arrived(); // too late to count
  expect(admission.open().refusal).toBeUndefined();
});

test('overload: nothing looks while nothing is in work', async () => {
  const guard = createOverloadGuard({tickMs: 1});
  guards.push(guard);
  expect(guard.looks).toBe(false);
  const work = guard.begin();
  expect(guard.looks).toBe(true);
  work.end();
  while (guard.looks) await delay(5);
  const done = guard.ownWait();
  expect(guard.looks).toBe(true);
  done();
  guard.stop();
  guard.begin();
  expect(guard.looks).toBe(false);
});
