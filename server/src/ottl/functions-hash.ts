/** Converters to digests and ids, and to and from encodings. */
import {createHash, randomBytes, randomUUID} from 'node:crypto';
import {isIP} from 'node:net';
import {fromHex, toHex, utf8Bytes} from '../base/index.ts';
import {OttlError} from './faults.ts';
import {ArgumentFault, converter, type FunctionDefinition, may, needs} from './function.ts';
import {fnv1a64, murmur3x64, murmur3x86} from './hashes.ts';
import {addressBytes} from './network.ts';
import {Id, typeOf, type Value} from './value.ts';
import {xxh3, xxh3x128} from './xxh3.ts';

const hash = (name: string, algorithm: string): FunctionDefinition =>
  converter(
    name,
    `The ${name} of a string, in hexadecimal digits.`,
    {target: needs('string')},
    ({target}) =>
      (frame) =>
        createHash(algorithm).update(target.get(frame)).digest('hex'),
  );

const digest = (name: string, what: string, compute: (bytes: Uint8Array) => Value): FunctionDefinition =>
  converter(
    name,
    `${what} of a string.`,
    {target: needs('string')},
    ({target}) =>
      (frame) =>
        compute(utf8Bytes(target.get(frame))),
  );

const id = (name: string, width: number, what: string): FunctionDefinition =>
  converter(
    name,
    `The id of a ${what}, from ${width} bytes or ${2 * width} hexadecimal digits.`,
    {target: needs('any')},
    ({target}) =>
      (frame) => {
        const given = target.get(frame);
        const bytes = typeof given === 'string' ? fromHex(given) : given instanceof Id ? given.bytes : given;
        if (bytes instanceof Uint8Array && bytes.length === width) return new Id(bytes);
        throw new OttlError(
          `expected ${width} bytes or ${2 * width} hexadecimal digits, found ${typeof given === 'string' ? JSON.stringify(given) : typeOf(given)}`,
        );
      },
  );

const base64Variants: Readonly<Record<string, {readonly url: boolean; readonly padded: boolean}>> = {
  base64: {url: false, padded: true},
  'base64-raw': {url: false, padded: false},
  'base64-url': {url: true, padded: true},
  'base64-raw-url': {url: true, padded: false},
};

function encodeBase64(text: string, variant: string): string {
  const {url, padded} = base64Variants[variant] as (typeof base64Variants)[string];
  const plain = Buffer.from(text)
    .toString(url ? 'base64url' : 'base64')
    .replace(/=+$/, '');
  return padded ? plain.padEnd(Math.ceil(plain.length / 4) * 4, '=') : plain;
}

function decodeBase64(text: string, variant: string): string {
  const {url, padded} = base64Variants[variant] as (typeof base64Variants)[string];
  const clean = text.replace(/[\r\n]/g, '');
  const digits = clean.replace(/=+$/, '');
  const isSound =
    (url ? /^[\w-]*$/ : /^[A-Za-z0-9+/]*$/).test(digits) &&
    digits.length % 4 !== 1 &&
    clean.length === (padded ? Math.ceil(digits.length / 4) * 4 : digits.length);
  if (!isSound) throw new OttlError(`${JSON.stringify(text)} is not ${variant}`);
  return Buffer.from(digits, url ? 'base64url' : 'base64').toString();
}

/** Encodings that the platform takes for windows-1252. */
const plainEncodings: Readonly<Record<string, 'utf8' | 'latin1'>> = {
  'us-ascii': 'utf8',
  ascii: 'utf8',
  'iso-8859-1': 'latin1',
  latin1: 'latin1',
};

function decoder(encoding: string): (value: Value) => string {
  const name = encoding.toLowerCase();
  const textOf = (value: Value): string => {
    if (typeof value === 'string') return value;
    if (value instanceof Uint8Array) return new TextDecoder().decode(value);
    throw new OttlError(`expected string or bytes, found ${typeOf(value)}`);
  };
  if (base64Variants[name] !== undefined) return (value) => decodeBase64(textOf(value), name);
  const bytesOf = (value: Value): Uint8Array => (value instanceof Uint8Array ? value : utf8Bytes(textOf(value)));
  const plain = plainEncodings[name];
  if (plain !== undefined) return (value) => Buffer.from(bytesOf(value)).toString(plain);
  let text: TextDecoder;
  try {
    text = new TextDecoder(name);
  } catch {
    throw new ArgumentFault('encoding', `there is no encoding ${JSON.stringify(encoding)}`);
  }
  return (value) => text.decode(bytesOf(value));
}

const protocols: Readonly<Record<string, number>> = {ICMP: 1, TCP: 6, UDP: 17, RSVP: 46, ICMP6: 58, SCTP: 132};

function portOf(value: bigint, name: string): number {
  if (value < 0n || value > 65_535n) throw new OttlError(`${name} must be from 0 to 65535, found ${value}`);
  return Number(value);
}

function address(text: string): Uint8Array {
  if (isIP(text) === 0) throw new OttlError(`${JSON.stringify(text)} is no IP address`);
  return addressBytes(text);
}

/** Community ID, version 1: the lower end of a flow comes first. */
function communityId(
  source: string,
  sourcePort: number,
  target: string,
  targetPort: number,
  protocol: number,
  seed: number,
): string {
  let [from, to, fromPort, toPort] = [address(source), address(target), sourcePort, targetPort];
  const by = Buffer.compare(from, to);
  if (by > 0 || (by === 0 && fromPort > toPort)) [from, to, fromPort, toPort] = [to, from, toPort, fromPort];
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(fromPort, 0);
  ports.writeUInt16BE(toPort, 2);
  const flow = Buffer.concat([Buffer.of(seed >> 8, seed & 255), from, to, Buffer.of(protocol, 0), ports]);
  return `1:${createHash('sha1').update(flow).digest('base64')}`;
}

/** RFC 9562: 48 bits of milliseconds, then chance. */
function uuid7(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export const hashConverters: readonly FunctionDefinition[] = [
  hash('MD5', 'md5'),
  hash('SHA1', 'sha1'),
  hash('SHA256', 'sha256'),
  hash('SHA512', 'sha512'),
  digest('FNV', 'The 64-bit FNV-1a hash', (bytes) => BigInt.asIntN(64, fnv1a64(bytes))),
  digest('Murmur3Hash', 'The 32-bit Murmur3 hash, hexadecimal, low byte first,', (bytes) => toHex(murmur3x86(bytes))),
  digest('Murmur3Hash128', 'The 128-bit Murmur3 hash, hexadecimal, low byte first,', (bytes) =>
    toHex(murmur3x64(bytes)),
  ),
  digest('XXH3', 'The 64-bit XXH3 hash, hexadecimal,', (bytes) => xxh3(bytes).toString(16).padStart(16, '0')),
  digest('XXH128', 'The 128-bit XXH3 hash, hexadecimal,', (bytes) => xxh3x128(bytes).toString(16).padStart(32, '0')),
  id('TraceID', 16, 'trace'),
  id('SpanID', 8, 'span'),
  id('ProfileID', 16, 'profile'),
  converter('UUID', 'A random UUID.', {}, () => () => randomUUID(), {varies: true}),
  converter('UUIDv7', 'A UUID of version 7: of the present time.', {}, () => () => uuid7(Date.now()), {varies: true}),
  converter(
    'Base64Decode',
    'A string from Base64; `Decode` does the same.',
    {target: needs('string')},
    ({target}) =>
      (frame) =>
        decodeBase64(target.get(frame), 'base64'),
  ),
  converter(
    'Base64Encode',
    'A string in Base64, or one of its variants base64-raw, base64-url and base64-raw-url.',
    {target: needs('string'), variant: may('literal string')},
    ({target, variant = 'base64'}) => {
      if (base64Variants[variant] === undefined) {
        throw new ArgumentFault(
          'variant',
          `expected one of ${Object.keys(base64Variants).join(', ')}, found ${variant}`,
        );
      }
      return (frame) => encodeBase64(target.get(frame), variant);
    },
  ),
  converter(
    'Decode',
    'A string or bytes from an encoding: Base64 and its variants, or a character set.',
    {target: needs('any'), encoding: needs('literal string')},
    ({target, encoding}) => {
      const decode = decoder(encoding);
      return (frame) => decode(target.get(frame));
    },
  ),
  converter(
    'CommunityID',
    'The Community ID of a network flow.',
    {
      sourceIP: needs('string'),
      sourcePort: needs('int'),
      destinationIP: needs('string'),
      destinationPort: needs('int'),
      protocol: may('string'),
      seed: may('int'),
    },
    ({sourceIP, sourcePort, destinationIP, destinationPort, protocol, seed}) =>
      (frame) => {
        const name = protocol?.get(frame) ?? 'TCP';
        const number = protocols[name];
        if (number === undefined)
          throw new OttlError(`expected one of ${Object.keys(protocols).join(', ')}, found ${name}`);
        return communityId(
          sourceIP.get(frame),
          portOf(sourcePort.get(frame), 'sourcePort'),
          destinationIP.get(frame),
          portOf(destinationPort.get(frame), 'destinationPort'),
          number,
          portOf(seed?.get(frame) ?? 0n, 'seed'),
        );
      },
  ),
];
