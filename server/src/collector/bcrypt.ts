/** bcrypt (Provos and Mazières, 1999), as `htpasswd -B` writes it: Node has none. */
import {setImmediate as turn} from 'node:timers/promises';
import {bug} from '../base/index.ts';

const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const pattern = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;
/** Above it one password costs more than a second. */
const maxCost = 14;

/** Why the hash cannot be used; undefined where it can. */
export function bcryptFault(hash: string): string | undefined {
  const cost = Number(pattern.exec(hash)?.[1] ?? Number.NaN);
  if (Number.isNaN(cost) || cost < 4) return 'is no bcrypt hash';
  return cost > maxCost ? `has a cost of ${cost}; at most ${maxCost} is taken` : undefined;
}

/** Whether the password has this hash. It works in steps of some milliseconds, so that others have their turn. */
export async function bcryptFits(password: string, hash: string): Promise<boolean> {
  const [, cost, salt, wanted] = pattern.exec(hash) ?? bug('a hash that was checked is no bcrypt hash');
  const digest = await bcrypt(Buffer.from(password), decode(salt as string, 16), Number(cost));
  return encode(digest.subarray(0, 23)) === wanted;
}

/** How many rounds of the key's setup are made in one go: some 3 ms. */
const roundsATurn = 32;

async function bcrypt(password: Buffer, salt: Uint8Array, cost: number): Promise<Uint8Array> {
  // With its zero byte, as C has it, and no more than 72 bytes.
  const key = Buffer.concat([password, Buffer.of(0)]).subarray(0, 72);
  const state = createState();
  expand(state, key, salt);
  const rounds = 2 ** cost;
  for (let round = 0; round < rounds; round++) {
    expand(state, key, noSalt);
    expand(state, salt, noSalt);
    if (round % roundsATurn === roundsATurn - 1) await turn();
  }
  const words = new Uint32Array(wordsOf(Buffer.from('OrpheanBeholderScryDoubt')));
  for (let i = 0; i < 64; i++) for (let at = 0; at < words.length; at += 2) encipher(state, words, at);
  const bytes = new DataView(new ArrayBuffer(4 * words.length));
  for (const [index, word] of words.entries()) bytes.setUint32(4 * index, word);
  return new Uint8Array(bytes.buffer);
}

const noSalt = new Uint8Array(16);

/** Blowfish's subkeys and boxes. */
interface State {
  readonly p: Uint32Array;
  /** Four boxes of 256 words. */
  readonly s: Uint32Array;
}

let initial: State | undefined;

const createState = (): State => {
  initial ??= initialState();
  return {p: initial.p.slice(), s: initial.s.slice()};
};

/** They are the fractional part of π: 18 words, then 4 × 256. */
function initialState(): State {
  const words = 18 + 1024;
  const guard = 64n;
  const bits = BigInt(32 * words) + guard;
  const arctan = (x: bigint): bigint => {
    let power = (1n << bits) / x;
    let sum = power;
    for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
      power /= x * x;
      sum += (sign * power) / n;
    }
    return sum;
  };
  // Machin, 1706.
  const pi = 4n * (4n * arctan(5n) - arctan(239n));
  const hex = ((pi - (3n << bits)) >> guard).toString(16).padStart(8 * words, '0');
  const list = Uint32Array.from({length: words}, (_, index) =>
    Number.parseInt(hex.slice(8 * index, 8 * index + 8), 16),
  );
  return {p: list.slice(0, 18), s: list.slice(18)};
}

function encipher({p, s}: State, block: Uint32Array, at: number): void {
  let left = block[at] as number;
  let right = block[at + 1] as number;
  for (let i = 0; i < 16; i += 2) {
    left ^= p[i] as number;
    right ^= mix(s, left);
    right ^= p[i + 1] as number;
    left ^= mix(s, right);
  }
  block[at] = right ^ (p[17] as number);
  block[at + 1] = left ^ (p[16] as number);
}

const mix = (s: Uint32Array, x: number): number =>
  ((((s[x >>> 24] as number) + (s[256 + ((x >>> 16) & 255)] as number)) ^ (s[512 + ((x >>> 8) & 255)] as number)) +
    (s[768 + (x & 255)] as number)) |
  0;

function expand(state: State, key: Uint8Array, salt: Uint8Array): void {
  const {p, s} = state;
  for (let i = 0, at = 0; i < p.length; i++) {
    let word = 0;
    for (let j = 0; j < 4; j++) {
      word = (word << 8) | (key[at] as number);
      at = (at + 1) % key.length;
    }
    p[i] = (p[i] as number) ^ word;
  }
  const salted = wordsOf(salt);
  const block = new Uint32Array(2);
  let turnOf = 0;
  for (const target of [p, s]) {
    for (let i = 0; i < target.length; i += 2) {
      block[0] = (block[0] as number) ^ (salted[turnOf] as number);
      block[1] = (block[1] as number) ^ (salted[turnOf + 1] as number);
      turnOf = (turnOf + 2) % 4;
      encipher(state, block, 0);
      target[i] = block[0] as number;
      target[i + 1] = block[1] as number;
    }
  }
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({length: bytes.length / 4}, (_, index) => view.getUint32(4 * index));
}

function decode(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    held = ((held << 6) | alphabet.indexOf(letter)) & 0xffff;
    bits += 6;
    if (bits < 8 || at === length) continue;
    bits -= 8;
    bytes[at++] = (held >>> bits) & 255;
  }
  return bytes;
}

function encode(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += alphabet[(held >>> bits) & 63];
    }
  }
  return bits === 0 ? text : text + alphabet[(held << (6 - bits)) & 63];
}
