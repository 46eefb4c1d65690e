import {expect, test, vi} from 'vitest';
import {lazyPart} from './lazy-part.ts';

const nothing = (): undefined => undefined;

test('lazy part: it is fetched once, and again some time after a failure', async () => {
  vi.useFakeTimers();
  let fetched = 0;
  let there = false;
  const part = lazyPart(async () => {
    fetched++;
    if (!there) throw new TypeError('Failed to fetch dynamically imported module');
    return nothing;
  });
  await part.preload();
  await part.preload();
  expect(fetched).toBe(1);
  vi.advanceTimersByTime(1_000);
  there = true;
  await part.preload();
  await part.preload();
  expect(fetched).toBe(2);
  vi.useRealTimers();
});
