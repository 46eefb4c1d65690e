import {expect, test} from 'vitest';
import {giveBytes, takeBytes, wholeBytes} from './byte-pool.ts';

test('byte pool: bytes that were given back are taken again, in any length that fits', () => {
  const first = takeBytes(300_000);
  expect(first.length).toBe(300_000);
  giveBytes(first);
  const second = takeBytes(400_000);
  expect(second.length).toBe(400_000);
  expect(second.buffer).toBe(first.buffer);
  const third = takeBytes(400_000);
  expect(third.buffer).not.toBe(second.buffer);
});

test('byte pool: bytes that were given back twice are lent once', () => {
  const bytes = takeBytes(5000);
  giveBytes(bytes);
  giveBytes(bytes);
  expect(takeBytes(5000).buffer).not.toBe(takeBytes(5000).buffer);
});

test('byte pool: a view of lent bytes gives them back; bytes of other origin are left alone', () => {
  const lent = takeBytes(10_000);
  giveBytes(lent.subarray(10, 20));
  expect(takeBytes(10_000).buffer).toBe(lent.buffer);
  const foreign = new Uint8Array(2 ** 14);
  giveBytes(foreign);
  expect(takeBytes(2 ** 14).buffer).not.toBe(foreign.buffer);
});

test('byte pool: any length, and what waits is bounded', () => {
  for (const length of [0, 1, 4096, 4097, 2 ** 22, 2 ** 22 + 1]) expect(takeBytes(length).length).toBe(length);
  const many = Array.from({length: 8}, () => takeBytes(2 ** 22));
  for (const bytes of many) giveBytes(bytes);
  const again = new Set(many.map(({buffer}) => buffer));
  const reused = Array.from({length: 8}, () => takeBytes(2 ** 22)).filter(({buffer}) => again.has(buffer));
  expect(reused.length).toBeLessThanOrEqual(4);
  expect(reused.length).toBeGreaterThan(0);
});

test('byte pool: whoever took bytes may use all of their memory, and nobody else', () => {
  const bytes = takeBytes(5000);
  bytes.fill(7);
  const whole = wholeBytes(bytes.subarray(0, 4000));
  expect(whole?.length).toBe(8192);
  expect(whole?.[4999]).toBe(7);
  expect(wholeBytes(bytes.subarray(1))).toBeUndefined();
  expect(wholeBytes(new Uint8Array(10))).toBeUndefined();
  giveBytes(bytes);
  expect(wholeBytes(bytes)).toBeUndefined();
});
