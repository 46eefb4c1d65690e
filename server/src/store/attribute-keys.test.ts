import {expect, test} from 'vitest';
import type {TenantId} from '../base/index.ts';
import {createKeptKeys} from './attribute-keys.ts';

const tenant = (name: string | number) => `${name}` as TenantId;

function counting() {
  let now = 0;
  let asked = 0;
  const kept = createKeptKeys<number>(() => now);
  return {
    after: (ms: number) => void (now += ms),
    get: (of: TenantId) => kept.get(of, async () => ++asked),
    refuse: (of: TenantId) => kept.get(of, () => Promise.reject(new Error('away'))),
  };
}

test('attribute keys: kept for ten seconds, read again behind an answer for a minute, and before one after that', async () => {
  const {get, after} = counting();
  expect([await get(tenant('a')), await get(tenant('a'))]).toEqual([1, 1]);
  after(9_999);
  expect(await get(tenant('a'))).toBe(1);
  after(1);
  expect([await get(tenant('a')), await get(tenant('a'))]).toEqual([1, 2]);
  after(60_000);
  expect(await get(tenant('a'))).toBe(3);
});

test('attribute keys: each tenant has its own, and those of the tenant that asked longest ago go first', async () => {
  const {get} = counting();
  const first = await get(tenant('first'));
  for (let i = 0; i < 99; i++) await get(tenant(i));
  expect(await get(tenant('first'))).toBe(first);
  await get(tenant('one more'));
  expect(await get(tenant('first'))).toBe(102);
});

test('attribute keys: a failed reading is told and not kept, and one behind an answer leaves the answer', async () => {
  const {get, refuse, after} = counting();
  await expect(refuse(tenant('a'))).rejects.toThrow('away');
  expect(await get(tenant('a'))).toBe(1);
  after(10_000);
  expect(await refuse(tenant('a'))).toBe(1);
  await new Promise(setImmediate);
  expect([await get(tenant('a')), await get(tenant('a'))]).toEqual([1, 2]);
});
