/** Bytes of text, hexadecimal ids, growing buffers: what every codec needs. */

const hexDigits = Array.from({length: 256}, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal of `length` bytes from `start`. */
export function toHex(bytes: Uint8Array, start = 0, length = bytes.length - start): string {
  let text = '';
  for (let i = start; i < start + length; i++) text += hexDigits[bytes[i] as number];
  return text;
}

/** The bytes of a hexadecimal text in either case; undefined where it is none or has an odd length. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
const encoder = new TextEncoder();

/** UTF-8 to text; invalid sequences become U+FFFD. */
export function utf8(bytes: Uint8Array, start = 0, length = bytes.length - start): string {
  if (length < 24) {
    // Short ASCII, the usual case for keys and names: cheaper than the decoder's call.
    let text = '';
    for (let i = start; i < start + length; i++) {
      const byte = bytes[i] as number;
      if (byte > 127) return decoder.decode(bytes.subarray(start, start + length));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decoder.decode(bytes.subarray(start, start + length));
}

export const utf8Bytes = (text: string): Uint8Array => encoder.encode(text);

/** Whether two byte ranges are equal. */
export function sameBytes(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): boolean {
  if (aLength !== bLength) return false;
  for (let i = 0; i < aLength; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

/** The values of `old` in memory of the same kind that is larger: `length` values, the new ones zero. */
export function enlarged<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(
  old: T,
  length = 2 * old.length,
): T {
  const larger = new (old.constructor as new (length: number) => T)(length);
  larger.set(old as never);
  return larger;
}

export function isZero(bytes: Uint8Array, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The 64-bit integer in two's complement whose unsigned words these are. */
export const signed64 = ({low, high}: {readonly low: number; readonly high: number}): bigint =>
  BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
