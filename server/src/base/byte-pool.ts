/**
 * Buffers that are used again. V8 counts the memory of fresh ones towards its next collection of garbage: at full load bodies
 * and blocks alone would make it collect several times a second, which costs more than decoding does. One pool for all, as
 * Buffer's own: it is memory, and nothing behaves differently for it.
 */

/** Powers of two: smaller ones are cheap to allocate, larger ones rare. */
const smallest = 12;
const largest = 23;
/** Of buffers that wait to be used. */
const idleLimitBytes = 16 * 1024 * 1024;

const idle: ArrayBuffer[][] = Array.from({length: largest + 1}, () => []);
const lent = new WeakSet<ArrayBufferLike>();
let idleBytes = 0;

/** `length` bytes of any content: the caller must overwrite them all. */
export function takeBytes(length: number): Uint8Array {
  const size = Math.max(smallest, 32 - Math.clz32(length - 1));
  if (length === 0 || size > largest) return new Uint8Array(length);
  let buffer = idle[size]?.pop();
  if (buffer === undefined) buffer = Buffer.allocUnsafeSlow(2 ** size).buffer;
  else idleBytes -= buffer.byteLength;
  lent.add(buffer);
  return new Uint8Array(buffer, 0, length);
}

/** Gives back what `takeBytes` returned: nobody may look at it any more. Other bytes are left alone. */
export function giveBytes({buffer}: Uint8Array): void {
  if (!lent.delete(buffer) || idleBytes + buffer.byteLength > idleLimitBytes) return;
  idleBytes += buffer.byteLength;
  idle[31 - Math.clz32(buffer.byteLength)]?.push(buffer as ArrayBuffer);
}

/** All bytes that were lent with `bytes`, which are the taker's too: `bytes` begins them. Undefined for other bytes. */
export function wholeBytes({buffer, byteOffset}: Uint8Array): Uint8Array | undefined {
  return byteOffset === 0 && lent.has(buffer) ? new Uint8Array(buffer) : undefined;
}
