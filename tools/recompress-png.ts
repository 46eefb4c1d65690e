/** Makes a PNG smaller and leaves every pixel as it was: a browser packs its screenshots in a hurry. */
import {crc32, deflateSync, inflateSync} from 'node:zlib';

const signature = 8;

export function recompressPng(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const before: Buffer[] = [bytes.subarray(0, signature)];
  const data: Buffer[] = [];
  const after: Buffer[] = [];
  for (let at = signature; at < bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, end - 4));
    else (data.length === 0 ? before : after).push(bytes.subarray(at, end));
    at = end;
  }
  const packed = deflateSync(inflateSync(Buffer.concat(data)), {level: 9, memLevel: 9});
  const smaller = Buffer.concat([...before, chunk('IDAT', packed), ...after]);
  return smaller.length < bytes.length ? smaller : png;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const result = Buffer.alloc(12 + data.length);
  result.writeUInt32BE(data.length, 0);
  result.write(type, 4, 'latin1');
  result.set(data, 8);
  result.writeUInt32BE(crc32(result.subarray(4, 8 + data.length)), 8 + data.length);
  return result;
}
