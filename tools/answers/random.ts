/** Choices out of a seed. */
import {seededRandom} from '../../server/src/model/testing.ts';

export interface Random {
  (): number;
  below(limit: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  maybe<T>(share: number, make: () => T): T | undefined;
  list<T>(count: number, make: (index: number) => T): T[];
  shuffled<T>(list: readonly T[]): T[];
  hex(bytes: number): string;
}

export function createRandom(seed: number): Random {
  const next = seededRandom(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return Object.assign(next, {
    below,
    chance: (share: number) => next() < share,
    pick: <T>(list: readonly T[]): T => list[below(list.length)] as T,
    maybe: <T>(share: number, make: () => T): T | undefined => (next() < share ? make() : undefined),
    list: <T>(count: number, make: (index: number) => T): T[] => Array.from({length: count}, (_, index) => make(index)),
    shuffled: <T>(list: readonly T[]): T[] =>
      list
        .map((one) => ({one, at: next()}))
        .sort((a, b) => a.at - b.at)
        .map(({one}) => one),
    /** Never all zeros. */
    hex: (bytes: number): string =>
      Array.from({length: bytes}, () => (1 + below(255)).toString(16).padStart(2, '0')).join(''),
  });
}
