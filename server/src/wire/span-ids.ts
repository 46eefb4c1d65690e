/** Ids of spans and traces as protocols other than OTLP send them. */
import {hexValue} from './json-reader.ts';

/** Hexadecimal digits as an id; short ones are filled up with zeros from the left. False where it is none. */
export function readHexId(
  bytes: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  width: number,
): boolean {
  target.fill(0, at, at + width);
  if (to - from > 2 * width) return false;
  for (let i = to - 1, digit = 0; i >= from; i--, digit++) {
    const value = hexValue(bytes[i]);
    if (value < 0) {
      target.fill(0, at, at + width);
      return false;
    }
    const byte = at + width - 1 - (digit >>> 1);
    target[byte] = (target[byte] as number) | (digit % 2 === 0 ? value : value << 4);
  }
  return true;
}

/**
 * Bytes as an id of 8, or of 16 whose upper half may be left out. False where they are of another length; of none at all, the id
 * stays as it is.
 */
export function copyId(
  bytes: Uint8Array,
  from: number,
  length: number,
  target: Uint8Array,
  at: number,
  width: 8 | 16,
): boolean {
  if (length !== width && length !== 8) return length === 0;
  target.fill(0, at, at + width - length);
  for (let i = 0; i < length; i++) target[at + width - length + i] = bytes[from + i] as number;
  return true;
}
