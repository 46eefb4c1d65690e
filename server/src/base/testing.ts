/** For tests: numbers that look random, and the hash seed of an attacker's dreams. */
import type {HashSeed} from './hash.ts';

/** Under it every two texts collide. */
export const blindSeed: HashSeed = {basis: 0, multiplier: 0};

/** A generator of numbers in [0, 1) that gives the same sequence for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
