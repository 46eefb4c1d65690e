/** One field of a protobuf message: varints as bigint, fixed values as their 4 or 8 bytes, the rest as bytes. */
export type Field = {readonly number: number; readonly value: bigint | Uint8Array};

/** The fields of a message in order. Throws on bytes that are no message. */
export function* readFields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw new Error('protobuf: a varint does not end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('protobuf: a field is longer than its message');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const wireType = key & 7;
    const number = key >>> 3;
    if (wireType === 0) yield {number, value: varint()};
    else if (wireType === 1) yield {number, value: take(8)};
    else if (wireType === 2) yield {number, value: take(Number(varint()))};
    else if (wireType === 5) yield {number, value: take(4)};
    else throw new Error(`protobuf: wire type ${wireType}`);
  }
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const decoder = new TextDecoder();

export const asText = (value: Field['value']): string => decoder.decode(value as Uint8Array);
export const asHex = (value: Field['value']): string => Buffer.from(value as Uint8Array).toString('hex');
export const asNumber = (value: Field['value']): number => Number(BigInt.asIntN(64, value as bigint));
export const asDouble = (value: Field['value']): number => view(value as Uint8Array).getFloat64(0, true);
export const asFixed64 = (value: Field['value']): bigint => view(value as Uint8Array).getBigUint64(0, true);
export const asSfixed64 = (value: Field['value']): bigint => view(value as Uint8Array).getBigInt64(0, true);
export const asBytes = (value: Field['value']): Uint8Array => value as Uint8Array;
