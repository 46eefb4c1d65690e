import {crc32 as zlibCrc32} from 'node:zlib';
import {expect, it, test} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {crc32, createRing, ringPoints} from './loadbalancing-ring.ts';

/** The Collector's own cases (consistent_hashing_test.go). */
test.each([
  [['endpoint-1'], {1401: 0, 4175: 0, 14133: 0, 17836: 0, 21667: 0}],
  [['endpoint-1', 'endpoint-1'], {1401: 0, 4175: 0, 14133: 0, 17836: 0, 21667: 0}],
  [
    ['endpoint-1', 'endpoint-2'],
    {1401: 0, 4175: 0, 10240: 1, 14133: 0, 15002: 1, 17836: 0, 21263: 1, 21667: 0, 26806: 1, 27020: 1},
  ],
])('ring: the points of %j lie where the Collector has them', (endpoints, expected) => {
  expect(Object.fromEntries(ringPoints(endpoints, 5))).toEqual(expected);
});

test.each([
  [[1, 2, 0, 0], 'endpoint-1'],
  [[128, 128, 0, 0], 'endpoint-2'],
])('ring: the key %j belongs to %s, as with the Collector', (key, endpoint) => {
  const ring = createRing(['endpoint-1', 'endpoint-2']);
  expect(ring.endpoints[ring.endpointOf(Uint8Array.from(key))]).toBe(endpoint);
  const within = Uint8Array.from([9, ...key, 9]);
  expect(ring.endpoints[ring.endpointOf(within, 1, key.length)]).toBe(endpoint);
});

it('ring: every position belongs to the next point, and past the last to the first', () => {
  const endpoints = ['a:1', 'b:1', 'c:1'];
  const points = ringPoints(endpoints);
  const sorted = [...points.keys()].toSorted((a, b) => a - b);
  const ring = createRing(endpoints);
  for (let i = 0; i < 5000; i++) {
    const key = utf8Bytes(`key ${i}`);
    const position = zlibCrc32(key) % 36_000;
    const next = sorted.find((each) => each >= position) ?? (sorted[0] as number);
    expect(ring.endpointOf(key)).toBe(points.get(next));
  }
});

it('ring: an endpoint that leaves moves its own keys only', () => {
  const before = createRing(['a', 'b', 'c', 'd']);
  const after = createRing(['a', 'b', 'd']);
  for (let i = 0; i < 2000; i++) {
    const key = utf8Bytes(`${i}`);
    const was = before.endpoints[before.endpointOf(key)];
    const is = after.endpoints[after.endpointOf(key)];
    if (was !== 'c') expect(is).toBe(was);
  }
});

it('ring: its checksum is CRC-32', () => {
  for (const text of ['', 'a', '123456789', 'ü'.repeat(100)]) {
    expect(crc32(utf8Bytes(text), 0, utf8Bytes(text).length)).toBe(zlibCrc32(text));
  }
});
