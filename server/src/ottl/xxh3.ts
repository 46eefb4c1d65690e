/** XXH3 with seed 0, of 64 and 128 bits, after the specification of xxHash. */

const mask = (1n << 64n) - 1n;
const u64 = (value: bigint): bigint => value & mask;
const p32: readonly [bigint, bigint, bigint] = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn];
const p64: readonly [bigint, bigint, bigint, bigint, bigint] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];
const mix1 = 0x165667919e3779f9n;
const mix2 = 0x9fb21c651e98df25n;

const secret = Uint8Array.from(
  (
    'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
    'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8' +
    'fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb17' +
    '0ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e'
  ).match(/../g) ?? [],
  (pair) => Number.parseInt(pair, 16),
);

const read32 = (bytes: Uint8Array, at: number): bigint => BigInt(view(bytes).getUint32(at, true));
const read64 = (bytes: Uint8Array, at: number): bigint => view(bytes).getBigUint64(at, true);
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const key = (at: number): bigint => read64(secret, at);

const rotate = (value: bigint, by: bigint): bigint => u64((value << by) | (value >> (64n - by)));
const fold = (a: bigint, b: bigint): bigint => {
  const product = a * b;
  return u64(product) ^ (product >> 64n);
};

function swap(value: bigint, bytes: number): bigint {
  let out = 0n;
  for (let i = 0; i < bytes; i++) out = (out << 8n) | ((value >> BigInt(8 * i)) & 255n);
  return out;
}

function avalanche(value: bigint): bigint {
  const h = u64((value ^ (value >> 37n)) * mix1);
  return h ^ (h >> 32n);
}

/** That of XXH64. */
function avalanche64(value: bigint): bigint {
  let h = u64((value ^ (value >> 33n)) * p64[1]);
  h = u64((h ^ (h >> 29n)) * p64[2]);
  return h ^ (h >> 32n);
}

const mix16 = (bytes: Uint8Array, at: number, from: number): bigint =>
  fold(read64(bytes, at) ^ key(from), read64(bytes, at + 8) ^ key(from + 8));

/** 1 to 3 bytes as one number. */
function combined(bytes: Uint8Array): bigint {
  const {length} = bytes;
  const [a, b, c] = [bytes[0], bytes[length >> 1], bytes[length - 1]].map((byte) => BigInt(byte as number)) as [
    bigint,
    bigint,
    bigint,
  ];
  return (a << 16n) | (b << 24n) | c | (BigInt(length) << 8n);
}

export function xxh3(bytes: Uint8Array): bigint {
  const {length} = bytes;
  const size = BigInt(length);
  if (length === 0) return avalanche64(key(56) ^ key(64));
  if (length <= 3) return avalanche64(combined(bytes) ^ read32(secret, 0) ^ read32(secret, 4));
  if (length <= 8) {
    const input = read32(bytes, length - 4) + (read32(bytes, 0) << 32n);
    let h = input ^ key(8) ^ key(16);
    h = u64((h ^ rotate(h, 49n) ^ rotate(h, 24n)) * mix2);
    h = u64((h ^ ((h >> 35n) + size)) * mix2);
    return h ^ (h >> 28n);
  }
  if (length <= 16) {
    const low = read64(bytes, 0) ^ key(24) ^ key(32);
    const high = read64(bytes, length - 8) ^ key(40) ^ key(48);
    return avalanche(u64(size + swap(low, 8) + high + fold(low, high)));
  }
  if (length <= 128) {
    let sum = size * p64[0];
    for (let i = Math.floor((length - 1) / 32); i >= 0; i--) {
      sum += mix16(bytes, 16 * i, 32 * i) + mix16(bytes, length - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(u64(sum));
  }
  if (length <= 240) {
    let sum = size * p64[0];
    for (let i = 0; i < 8; i++) sum += mix16(bytes, 16 * i, 16 * i);
    sum = avalanche(u64(sum));
    for (let i = 8; i < length >> 4; i++) sum += mix16(bytes, 16 * i, 16 * (i - 8) + 3);
    return avalanche(u64(sum + mix16(bytes, length - 16, 136 - 17)));
  }
  return merged(accumulated(bytes), 11, u64(size * p64[0]));
}

/** The eight lanes of an input of more than 240 bytes. */
function accumulated(bytes: Uint8Array): bigint[] {
  const lanes = [p32[2], p64[0], p64[1], p64[2], p64[3], p32[1], p64[4], p32[0]];
  const stripe = (at: number, from: number): void => {
    for (let i = 0; i < 8; i++) {
      const value = read64(bytes, at + 8 * i);
      const keyed = value ^ key(from + 8 * i);
      lanes[i ^ 1] = u64((lanes[i ^ 1] as bigint) + value);
      lanes[i] = u64((lanes[i] as bigint) + (keyed & 0xffffffffn) * (keyed >> 32n));
    }
  };
  const {length} = bytes;
  const blocks = Math.floor((length - 1) / 1024);
  for (let block = 0; block < blocks; block++) {
    for (let n = 0; n < 16; n++) stripe(1024 * block + 64 * n, 8 * n);
    for (let i = 0; i < 8; i++) {
      const lane = lanes[i] as bigint;
      lanes[i] = u64((lane ^ (lane >> 47n) ^ key(128 + 8 * i)) * p32[0]);
    }
  }
  for (let n = 0; n < Math.floor((length - 1 - 1024 * blocks) / 64); n++) stripe(1024 * blocks + 64 * n, 8 * n);
  stripe(length - 64, 192 - 64 - 7);
  return lanes;
}

function merged(lanes: readonly bigint[], from: number, start: bigint): bigint {
  let sum = start;
  for (let i = 0; i < 4; i++) {
    sum += fold((lanes[2 * i] as bigint) ^ key(from + 16 * i), (lanes[2 * i + 1] as bigint) ^ key(from + 16 * i + 8));
  }
  return avalanche(u64(sum));
}

const join = (low: bigint, high: bigint): bigint => (high << 64n) | low;

export function xxh3x128(bytes: Uint8Array): bigint {
  const {length} = bytes;
  const size = BigInt(length);
  if (length === 0) return join(avalanche64(key(64) ^ key(72)), avalanche64(key(80) ^ key(88)));
  if (length <= 3) {
    const low = combined(bytes);
    const swapped = swap(low, 4);
    const high = ((swapped << 13n) | (swapped >> 19n)) & 0xffffffffn;
    return join(
      avalanche64(low ^ read32(secret, 0) ^ read32(secret, 4)),
      avalanche64(high ^ read32(secret, 8) ^ read32(secret, 12)),
    );
  }
  if (length <= 8) {
    const input = read32(bytes, 0) + (read32(bytes, length - 4) << 32n);
    const product = (input ^ key(16) ^ key(24)) * u64(p64[0] + (size << 2n));
    const high = u64((product >> 64n) + (u64(product) << 1n));
    let low = u64(product) ^ (high >> 3n);
    low = u64((low ^ (low >> 35n)) * mix2);
    return join(low ^ (low >> 28n), avalanche(high));
  }
  if (length <= 16) {
    const first = read64(bytes, 0);
    const last = read64(bytes, length - 8);
    const product = (first ^ last ^ key(32) ^ key(40)) * p64[0];
    const keyed = last ^ key(48) ^ key(56);
    const high = u64((product >> 64n) + keyed + (keyed & 0xffffffffn) * (p32[1] - 1n));
    const low = u64(u64(product) + ((size - 1n) << 54n)) ^ swap(high, 8);
    const second = low * p64[1];
    return join(avalanche(u64(second)), avalanche(u64((second >> 64n) + high * p64[1])));
  }
  if (length <= 240) return medium(bytes);
  const lanes = accumulated(bytes);
  return join(merged(lanes, 11, u64(size * p64[0])), merged(lanes, 192 - 64 - 11, u64(~(size * p64[1]))));
}

/** 17 to 240 bytes. */
function medium(bytes: Uint8Array): bigint {
  const {length} = bytes;
  const size = BigInt(length);
  let low = u64(size * p64[0]);
  let high = 0n;
  const mix32 = (a: number, b: number, from: number): void => {
    low = u64(low + mix16(bytes, a, from)) ^ u64(read64(bytes, b) + read64(bytes, b + 8));
    high = u64(high + mix16(bytes, b, from + 16)) ^ u64(read64(bytes, a) + read64(bytes, a + 8));
  };
  if (length <= 128) {
    for (let i = Math.floor((length - 1) / 32); i >= 0; i--) mix32(16 * i, length - 16 * (i + 1), 32 * i);
  } else {
    for (let at = 32; at < 160; at += 32) mix32(at - 32, at - 16, at - 32);
    low = avalanche(low);
    high = avalanche(high);
    for (let at = 160; at <= length; at += 32) mix32(at - 32, at - 16, 3 + at - 160);
    mix32(length - 16, length - 32, 136 - 17 - 16);
  }
  return join(avalanche(u64(low + high)), u64(-avalanche(u64(low * p64[0] + high * p64[3] + size * p64[1]))));
}
