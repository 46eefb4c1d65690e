import {expect, test} from 'vitest';
import {MalformedError, toHex, utf8, utf8Bytes} from '../base/index.ts';
import {seededRandom} from '../model/testing.ts';
import {snappyCompress, snappyDecompress} from './snappy.ts';

const max = 1 << 24;
const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const roundTrip = (input: Uint8Array): Uint8Array => snappyDecompress(snappyCompress(input), max);

test('snappy: what others compress is read: a literal, and copies of each kind', () => {
  const read = (hex: string): string => utf8(snappyDecompress(bytes(hex), max));
  expect(read('0920 57696b697065646961')).toBe('Wikipedia');
  for (const copy of ['11 02', '1e 0200', '1f 02000000']) expect(read(`0a 04 7879 ${copy}`)).toBe('xyxyxyxyxy');
});

test('snappy: any input comes back (seed 3)', () => {
  const random = seededRandom(3);
  for (const size of [0, 1, 3, 4, 5, 59, 60, 61, 64, 255, 256, 257, 65_535, 65_536, 65_537, 200_000]) {
    for (const letters of [1, 2, 20, 256]) {
      const input = Uint8Array.from({length: size}, () => Math.floor(random() * letters));
      expect(toHex(roundTrip(input)) === toHex(input), `${size} bytes of ${letters} letters`).toBe(true);
    }
  }
});

test('snappy: text that repeats becomes short, and noise hardly longer', () => {
  const text = utf8Bytes('http_requests_total{method="GET"} 1\n'.repeat(2000));
  expect(snappyCompress(text).length).toBeLessThan(text.length / 10);
  const random = seededRandom(9);
  const noise = Uint8Array.from({length: 100_000}, () => random() * 256);
  expect(snappyCompress(noise).length).toBeLessThan(noise.length * 1.01);
});

test.each([
  ['', 'nothing'],
  ['ffffffffff7f', 'a length beyond 32 bits'],
  ['05', 'an end without its bytes'],
  ['0504', 'a literal that is cut short'],
  ['050061', 'less than it says'],
  ['0108616263', 'more than it says'],
  ['05006105', 'a copy without its offset'],
  ['050061050200', 'a copy from before the beginning'],
  ['f0ffff0300', 'a length that so few bytes cannot have'],
])('snappy: %s is refused: %s', (hex) => {
  expect(() => snappyDecompress(bytes(hex), max)).toThrow(MalformedError);
});

test('snappy: a length beyond the bound is refused before memory is taken', () => {
  expect(() => snappyDecompress(snappyCompress(new Uint8Array(100)), 99)).toThrow('longer than 99 bytes');
});
