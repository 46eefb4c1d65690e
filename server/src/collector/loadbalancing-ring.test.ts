import {crc32 as zlibCrc32} from 'node:zlib';
import {expect, it, test} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {crc32, createRing, positions, ringPoints} from './loadbalancing-ring.ts';

/** The Collector's own cases (consistent_hashing_test.go of v0.161). */
test.each([
  [['endpoint-1'], {19428: 0, 26218: 0, 44399: 0, 107713: 0, 113378: 0}],
  [
    ['endpoint-A', 'endpoint-B'],
    {
      24996: 1,
      51857: 0,
      68466: 0,
      70514: 1,
      71345: 1,
      71681: 0,
      100918: 1,
      110337: 1,
      110358: 0,
      124707: 0,
    },
  ],
])('ring: the points of %j lie where the Collector has them', (endpoints, expected) => {
  expect(Object.fromEntries(ringPoints(endpoints, 5))).toEqual(expected);
});

it('ring: points whose positions are taken move on to the next free ones', () => {
  const expected = [0x4be4, 0x4be5, 0x666a, 0x666b, 0xad6f, 0xad70, 0x1a4c1, 0x1a4c2, 0x1bae2, 0x1bae3];
  expect([...ringPoints(['endpoint-1', 'endpoint-1'], 5).keys()].toSorted((a, b) => a - b)).toEqual(expected);
  expect(ringPoints(Array<string>(11).fill('endpoint-1'), 1).size).toBe(10);
});

it('ring: 300 endpoints keep all of their points, whatever their order', () => {
  const endpoints = Array.from({length: 300}, (_, i) => `endpoint-${i}`);
  const points = ringPoints(endpoints);
  expect(points.size).toBe(300 * 200);
  const reversed = ringPoints(endpoints.toReversed());
  expect([...points].every(([position, index]) => reversed.get(position) === 299 - index)).toBe(true);
});

test.each([
  [[1, 2, 0, 0], 'endpoint-2'],
  [[128, 128, 0, 0], 'endpoint-1'],
  [[...utf8Bytes('ad-service-7')], 'endpoint-2'],
  [[...utf8Bytes('get-recommendations-1')], 'endpoint-2'],
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
    const position = zlibCrc32(key) % positions;
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
