/** IP addresses as bytes. */
import {isIPv4} from 'node:net';

/** The 4 or 16 bytes of an address; the text must be one. */
export function addressBytes(text: string): Uint8Array {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  const plain = text.split('%', 1)[0] as string;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  const [a = 0, b = 0, c = 0, d = 0] = (tail?.[2] ?? '').split('.').map(Number);
  const hexTail = tail === null ? plain : `${tail[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  const [head = '', rest] = hexTail.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((each) => Number.parseInt(each, 16));
  const first = groups(head);
  const last = rest === undefined ? [] : groups(rest);
  const all = [...first, ...new Array(8 - first.length - last.length).fill(0), ...last];
  const bytes = new Uint8Array(16);
  for (const [index, group] of all.entries()) {
    bytes[2 * index] = group >> 8;
    bytes[2 * index + 1] = group & 255;
  }
  // An IPv4 address in IPv6's clothes is one, as in Go.
  const isMapped = bytes[10] === 255 && bytes[11] === 255 && bytes.subarray(0, 10).every((byte) => byte === 0);
  return isMapped ? bytes.slice(12) : bytes;
}

export interface Network {
  has(address: Uint8Array): boolean;
}

/** A network in CIDR notation; undefined where the text is none. */
export function parseNetwork(text: string, isAddress: (text: string) => boolean): Network | undefined {
  const [host = '', length = ''] = text.split('/');
  if (!isAddress(host) || !/^\d{1,3}$/.test(length)) return undefined;
  const bytes = addressBytes(host);
  const bits = Number(length);
  if (bits > 8 * bytes.length) return undefined;
  const whole = bits >> 3;
  const mask = (0xff00 >> (bits & 7)) & 255;
  return {
    has(address) {
      if (address.length !== bytes.length) return false;
      for (let i = 0; i < whole; i++) if (address[i] !== bytes[i]) return false;
      return mask === 0 || ((address[whole] as number) & mask) === ((bytes[whole] as number) & mask);
    },
  };
}
