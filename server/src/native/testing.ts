import {ByteSink} from './sink.ts';

/** A Native block of one column `n UInt64` with the numbers from `first` on. */
export function nativeNumbers(first: number, count: number): Uint8Array {
  const block = new ByteSink(8 * count + 32);
  block.varint(1);
  block.varint(count);
  block.ascii('n');
  block.ascii('UInt64');
  for (let n = first; n < first + count; n++) block.u64(n, 0);
  return Uint8Array.from(block.bytes.subarray(0, block.length));
}
