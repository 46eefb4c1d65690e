/** Strings of JSON as bytes of a heap: text, base64, hexadecimal ids. */
import type {Heap, IdColumn} from '../model/index.ts';
import {hexValue, type JsonReader} from './json-reader.ts';

/** A slice of the heap. */
export interface Slice {
  start: number;
  length: number;
}

/**
 * Reads a string into `slice`. The heap starts with the JSON text itself, so that a string without escapes is a slice of it as
 * it stands; one with escapes is appended.
 */
export function readText(reader: JsonReader, heap: Heap, slice: Slice): void {
  reader.string();
  if (reader.escaped) appendString(reader, heap, slice);
  else {
    slice.start = reader.from;
    slice.length = reader.to - reader.from;
  }
}

/** Appends the text of the string that was read last to the heap. */
export function appendString(reader: JsonReader, heap: Heap, slice: Slice): void {
  const {bytes: source, from, to} = reader;
  const start = heap.reserve(to - from);
  const {bytes} = heap;
  slice.start = start;
  if (reader.escaped) heap.length = writeUnescaped(source, from, to, bytes, start);
  else bytes.set(source.subarray(from, to), start);
  slice.length = heap.length - start;
}

const shortEscapes: Readonly<Record<number, number>> = {98: 8, 102: 12, 110: 10, 114: 13, 116: 9};

/** Writes the text of `from … to`, which never has more bytes than its escaped form; returns where it ends. */
function writeUnescaped(source: Uint8Array, from: number, to: number, target: Uint8Array, start: number): number {
  let out = start;
  for (let at = from; at < to; at++) {
    const byte = source[at] as number;
    if (byte !== 0x5c) {
      target[out++] = byte;
      continue;
    }
    const letter = source[++at] as number;
    if (letter !== 0x75) {
      target[out++] = shortEscapes[letter] ?? letter;
      continue;
    }
    let code = fourDigits(source, at + 1);
    at += 4;
    if (code >= 0xd800 && code < 0xe000) {
      // A pair makes one character; half of one makes none (U+FFFD).
      const pairs = code < 0xdc00 && source[at + 1] === 0x5c && source[at + 2] === 0x75;
      const second = pairs ? fourDigits(source, at + 3) : 0;
      if (second >= 0xdc00 && second < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
        at += 6;
      } else code = 0xfffd;
    }
    if (code < 0x80) target[out++] = code;
    else {
      if (code < 0x800) target[out++] = 0xc0 | (code >> 6);
      else {
        if (code < 0x10000) target[out++] = 0xe0 | (code >> 12);
        else {
          target[out++] = 0xf0 | (code >> 18);
          target[out++] = 0x80 | ((code >> 12) & 0x3f);
        }
        target[out++] = 0x80 | ((code >> 6) & 0x3f);
      }
      target[out++] = 0x80 | (code & 0x3f);
    }
  }
  return out;
}

function fourDigits(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let i = at; i < at + 4; i++) code = code * 16 + hexValue(bytes[i]);
  return code;
}

/** Reads a hexadecimal id in either case into the row; the empty string is no id. Throws MalformedError for all else. */
export function readId(reader: JsonReader, column: IdColumn, row: number): void {
  const {width} = column;
  reader.peek();
  const start = reader.at;
  reader.string();
  const {bytes, from, to} = reader;
  if (from === to) return column.clearRow(row);
  let valid = to - from === 2 * width;
  for (let i = 0; valid && i < width; i++) {
    const high = hexValue(bytes[from + 2 * i]);
    const low = hexValue(bytes[from + 2 * i + 1]);
    if (high < 0 || low < 0) valid = false;
    else column.bytes[row * width + i] = (high << 4) | low;
  }
  if (valid) return;
  reader.at = start;
  reader.expected(`${2 * width} hexadecimal digits`);
}

/** Reads base64 (standard or URL-safe, padded or not) and appends its bytes to the heap. */
export function readBase64(reader: JsonReader, heap: Heap, slice: Slice): void {
  reader.peek();
  const token = reader.at;
  reader.string();
  const {bytes: source, from} = reader;
  let to = reader.to;
  while (to > from && to > reader.to - 2 && source[to - 1] === 0x3d) to--;
  const start = heap.reserve(Math.floor(((to - from) * 3) / 4));
  const {bytes} = heap;
  let valid = (to - from) % 4 !== 1 && !reader.escaped;
  let out = start;
  let bits = 0;
  for (let at = from; valid && at < to; at++) {
    const digit = base64Digits[source[at] as number] as number;
    if (digit === 255) valid = false;
    bits = ((bits << 6) | digit) & 0xff_ffff;
    const position = (at - from) & 3;
    // Each digit after the first of four completes a byte.
    if (position !== 0) bytes[out++] = (bits >> (6 - 2 * position)) & 0xff;
  }
  slice.start = start;
  slice.length = out - start;
  if (valid) return;
  reader.at = token;
  reader.expected('base64');
}

const base64Digits = new Uint8Array(256).fill(255);
for (const [alphabet, first] of [
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 0],
  ['-_', 62],
] as const) {
  for (let i = 0; i < alphabet.length; i++) base64Digits[alphabet.charCodeAt(i)] = first + i;
}
