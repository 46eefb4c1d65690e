import {expect, test} from 'vitest';
import {RetryableError, TooLargeError} from '../base/index.ts';
import {createAdmission, requestBytes} from './admission.ts';
import {BodyBuffer} from './body-buffer.ts';

const noise = (length: number): Uint8Array => Uint8Array.from({length}, (_, i) => (i * 7919) % 251);

test.each([
  ['of an announced length', 100_000, 100_000],
  ['of an unknown length', undefined, 100_000],
  ['that is empty', undefined, 0],
])('body buffer: a body %s in pieces of every size is whole', (_, expected, length) => {
  const lease = createAdmission(1 << 20).open();
  const body = new BodyBuffer(lease, expected);
  const bytes = noise(length);
  for (let at = 0, size = 1; at < length; at += size, size = (size % 977) + 1) {
    body.push(bytes.subarray(at, Math.min(length, at + size)));
  }
  expect(body.take()).toEqual(bytes);
});

test('body buffer: the lease counts what is allocated, at most four times what has come of an announced length', () => {
  const lease = createAdmission(1 << 30).open();
  const body = new BodyBuffer(lease, 1 << 22);
  const piece = new Uint8Array(1);
  for (let i = 1; i <= 100_000; i++) {
    body.push(piece);
    // The pool's smallest buffer has 4 KiB, and its sizes are powers of two.
    if (lease.bytes - requestBytes > Math.max(4096, 8 * i)) expect([i, lease.bytes]).toEqual([]);
  }
  expect(lease.bytes - requestBytes).toBeGreaterThanOrEqual(100_000);
});

test('body buffer: beyond the bound it takes no more and keeps no more', () => {
  const admission = createAdmission(64 << 10);
  const lease = admission.open();
  const other = admission.open();
  other.take(30 << 10);
  const body = new BodyBuffer(lease);
  expect(() => {
    for (let i = 0; i < 100; i++) body.push(new Uint8Array(1024));
  }).toThrow(RetryableError);
  expect(admission.inFlightBytes).toBeLessThanOrEqual(64 << 10);
  body.drop();
  lease.close();
  other.close();
  expect(admission.inFlightBytes).toBe(0);
});

test('admission: a request that would not fit alone is refused for ever, one that waits for others is to come back', () => {
  const admission = createAdmission(64 << 10);
  const lease = admission.open();
  expect(() => lease.take(64 << 10)).toThrow(TooLargeError);
  expect(() => lease.take(50 << 10)).not.toThrow();
  expect(admission.open().refusal?.reason).toBe('in_flight_limit');
});

test('admission: two threads have one bound, and each no more than its share', () => {
  const shared = new SharedArrayBuffer(16);
  const ingest = createAdmission(100 << 10, {shared, thread: 0});
  const api = createAdmission(100 << 10, {shared, thread: 1, share: 0.5});
  const answer = api.open();
  answer.take(40 << 10);
  expect(() => api.open().take(10 << 10)).toThrow(RetryableError);
  expect(() => ingest.open().take(50 << 10)).toThrow(RetryableError);
  answer.close();
  expect(() => ingest.open().take(80 << 10)).not.toThrow();
});
