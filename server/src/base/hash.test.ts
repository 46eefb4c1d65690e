import {expect, test} from 'vitest';
import {type HashSeed, hashBytes, hashWords, randomSeed} from './hash.ts';

/** FNV-1a's constants, which everybody knows. */
const known: HashSeed = {basis: 0x811c9dc5, multiplier: 0x01000193};
const slotBits = 10;

test('hash: names that were made to collide under a known seed are spread under another', () => {
  const slotOf = (seed: HashSeed, name: Uint8Array): number =>
    hashBytes(seed, name, 0, name.length) & (2 ** slotBits - 1);
  const names: Uint8Array[] = [];
  for (let i = 0; names.length < 512; i++) {
    const name = new TextEncoder().encode(`GET /${i.toString(36)}`);
    if (slotOf(known, name) === 0) names.push(name);
  }
  for (let i = 0; i < 20; i++) {
    const seed = randomSeed();
    const slots = new Set(names.map((name) => slotOf(seed, name)));
    // 512 thrown into 1,024 at random hit some 400 of them.
    expect(slots.size, JSON.stringify(seed)).toBeGreaterThan(300);
  }
});

test('hash: a byte anywhere, and the length, make a difference', () => {
  const seed = randomSeed();
  const texts = ['', 'a', 'b', 'aa', 'ab', 'ba', '\0', '\0\0', 'a\0', '\0a'].map((text) =>
    new TextEncoder().encode(text),
  );
  expect(new Set(texts.map((text) => hashBytes(seed, text, 0, text.length))).size).toBe(texts.length);
  const padded = new TextEncoder().encode('xaby');
  expect(hashBytes(seed, padded, 1, 2)).toBe(hashBytes(seed, new TextEncoder().encode('ab'), 0, 2));
});

test('hash: a bit anywhere in words makes a difference, and so does a pair of bits in two of them', () => {
  const seed = randomSeed();
  const hashes = new Set<number>();
  let count = 0;
  const add = (words: Uint32Array): void => {
    hashes.add(hashWords(seed, words));
    count++;
  };
  for (let bit = 0; bit < 96; bit++) {
    const one = new Uint32Array(3);
    flip(one, bit);
    add(one);
    for (let other = 0; other < bit; other++) {
      const two = Uint32Array.from(one);
      flip(two, other);
      add(two);
    }
  }
  // 4,656 values of 32 bits: by chance one pair in four hundred seeds is alike.
  expect(hashes.size, JSON.stringify(seed)).toBeGreaterThan(count - 3);
});

test('hash: differences that cancel out under one seed do not under another', () => {
  const base = Uint32Array.of(1, 2, 3, 4);
  const changed = Uint32Array.from(base);
  flip(changed, 31);
  const alike = [31, 16, 15, 0].flatMap((bit) =>
    Array.from({length: 20}, () => {
      const other = Uint32Array.from(changed);
      flip(other, 32 + bit);
      const seed = randomSeed();
      return hashWords(seed, base) === hashWords(seed, other);
    }),
  );
  expect(alike.filter(Boolean).length).toBeLessThan(4);
});

function flip(words: Uint32Array, bit: number): void {
  words[bit >>> 5] = (words[bit >>> 5] as number) ^ (1 << (bit & 31));
}
