/**
 * Tells texts in which none of some regular expressions can find anything by counting their bytes, without making a text of them: of
 * values of attributes nearly all. A hot path: `npm run bench:processors`.
 */
import type {Pattern} from '../regexp/index.ts';
import {needOf} from './regexp-needs.ts';

/** Whether one of the expressions may find something in the UTF-8 text. */
export type Screen = (bytes: Uint8Array, start: number, length: number) => boolean;

/** Counters of a byte each in a word. */
const perWord = 4;
/** Bytes that cannot overflow a counter. */
const stride = 255;

interface Word {
  /** By byte: 1 in each counter that counts it. */
  readonly increments: Int32Array;
  readonly least: readonly number[];
}

/** Undefined where one of the expressions may be found in too many texts for this to be of use. */
export function createScreen(expressions: readonly Pattern[]): Screen | undefined {
  const needs = expressions.map(needOf);
  if (needs.some((need) => need === undefined)) return undefined;
  const words: Word[] = [];
  for (let from = 0; from < needs.length; from += perWord) {
    const increments = new Int32Array(256);
    const least = [stride + 1, stride + 1, stride + 1, stride + 1];
    for (const [i, need] of needs.slice(from, from + perWord).entries()) {
      if (need === undefined) continue;
      least[i] = need.least;
      for (const [byte, has] of need.bytes.entries())
        if (has === 1) increments[byte] = (increments[byte] as number) | (1 << (8 * i));
    }
    words.push({increments, least});
  }
  const shortest = Math.min(...needs.map((need) => need?.least ?? 0));
  const [only] = words;
  if (words.length === 1 && only !== undefined) {
    return (bytes, start, length) => length >= shortest && isMet(only, bytes, start, length);
  }
  return (bytes, start, length) => length >= shortest && words.some((word) => isMet(word, bytes, start, length));
}

function isMet({increments, least}: Word, bytes: Uint8Array, start: number, length: number): boolean {
  if (length > stride) return isMetLong({increments, least}, bytes, start, length);
  let counts = 0;
  for (let i = start, end = start + length; i < end; i++)
    counts = (counts + (increments[bytes[i] as number] as number)) | 0;
  return (
    (counts & 255) >= (least[0] as number) ||
    ((counts >>> 8) & 255) >= (least[1] as number) ||
    ((counts >>> 16) & 255) >= (least[2] as number) ||
    counts >>> 24 >= (least[3] as number)
  );
}

function isMetLong({increments, least}: Word, bytes: Uint8Array, start: number, length: number): boolean {
  const end = start + length;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let from = start; from < end; from += stride) {
    let counts = 0;
    for (let i = from, to = Math.min(from + stride, end); i < to; i++) {
      counts = (counts + (increments[bytes[i] as number] as number)) | 0;
    }
    a += counts & 255;
    b += (counts >>> 8) & 255;
    c += (counts >>> 16) & 255;
    d += counts >>> 24;
    if (a >= least[0]! || b >= least[1]! || c >= least[2]! || d >= least[3]!) return true;
  }
  return false;
}
