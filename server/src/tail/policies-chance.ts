/** The policy `probabilistic`, and the randomness of traces. */
import {utf8Bytes} from '../base/index.ts';
import {
  type Bits56,
  isBelow,
  probabilityThreshold,
  readTraceState,
  TraceState,
  traceIdRandomness,
} from '../sampling/index.ts';
import type {Policy} from './policy.ts';
import type {Round} from './round.ts';
import {type Chance, decision, sharedRandomness, type Verdict} from './verdict.ts';

export const defaultHashSalt = 'default-hash-seed';

/**
 * Keeps a share of traces. Where a span's tracestate tells of sampling (`ot` with `th` or `rv`), the randomness that it has or that
 * its trace id is decides, so that samplers on the way agree. Elsewhere a hash of the trace id does, the same as the Collector's:
 * of collectors with one salt and percentage, all decide alike.
 */
export function probabilisticPolicy(percentage: number, salt: string): Policy {
  const probability = Math.min(1, Math.max(0, percentage / 100));
  const threshold = probabilityThreshold(probability);
  const hash = traceHash(salt);
  const limit = hashLimit(percentage / 100);
  const verdicts = (chance: Chance | undefined): readonly [no: Verdict, yes: Verdict] => [
    {decision: decision.notSampled, chance},
    {decision: decision.sampled, chance},
  ];
  // Certain either way: no chance is in it.
  const isCertain = probability === 0 || probability === 1;
  const shared = verdicts(isCertain ? undefined : {die: sharedRandomness, probability});
  const hashed = verdicts(isCertain ? undefined : {die: `hash ${salt}`, probability, salt});
  return {
    evaluate(round, trace) {
      const randomness = saidRandomness(round, trace);
      if (randomness !== undefined) return shared[isBelow(randomness, threshold) ? 0 : 1];
      const {traceId} = round.batch.spans.columns;
      hash.of(traceId.bytes, 16 * (round.rows[round.starts[trace] as number] as number));
      const isKept = hash.high < limit.high || (hash.high === limit.high && hash.low <= limit.low);
      return hashed[isKept ? 1 : 0];
    },
  };
}

const said = new TraceState();

/** The randomness of a trace, where one of its spans' tracestates tells of sampling. The object is used again. */
function saidRandomness(round: Round, trace: number): Bits56 | undefined {
  const {batch, rows, starts} = round;
  const {traceState, traceId} = batch.spans.columns;
  let isSaid = false;
  for (let i = starts[trace] as number; i < (starts[trace + 1] as number); i++) {
    const row = rows[i] as number;
    const length = traceState.size(row);
    if (length === 0) continue;
    readTraceState(batch.heap.bytes, traceState.start(row), length, said);
    if (said.hasRandomness) return said.randomness;
    isSaid ||= said.hasThreshold;
  }
  return isSaid ? traceIdRandomness(traceId.bytes, 16 * (rows[starts[trace] as number] as number)) : undefined;
}

/** The randomness of a trace whether or not a tracestate tells of it. */
export const randomnessOf = (round: Round, trace: number): Bits56 =>
  saidRandomness(round, trace) ??
  traceIdRandomness(
    round.batch.spans.columns.traceId.bytes,
    16 * (round.rows[round.starts[trace] as number] as number),
  );

interface Words {
  readonly high: number;
  readonly low: number;
}

/** The Collector's hash of trace ids: 64 bits of FNV-1a over the salt and the id. */
export function traceHash(salt: string) {
  const salted = {high: 0xcbf29ce4, low: 0x84222325};
  const bytes = utf8Bytes(salt);
  hashOn(salted, bytes, 0, bytes.length);
  const hash = {
    high: 0,
    low: 0,
    /** Of the 16 bytes from `at`. */
    of(bytes: Uint8Array, at: number): void {
      hash.high = salted.high;
      hash.low = salted.low;
      hashOn(hash, bytes, at, at + 16);
    },
  };
  return hash;
}

/** Goes on with a hash over further bytes. */
function hashOn(hash: {high: number; low: number}, bytes: Uint8Array, from: number, to: number): void {
  let {high, low} = hash;
  for (let i = from; i < to; i++) {
    low = (low ^ (bytes[i] as number)) >>> 0;
    // Times 2^40 + 0x1b3, modulo 2^64.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product % 2 ** 32;
  }
  hash.high = high;
  hash.low = low;
}

/** The largest hash that is kept: the ratio of 2^64 - 1 as Go's big.Float has it, with 64 significant bits. */
export function hashLimit(ratio: number): Words {
  const most = 2n ** 64n - 1n;
  let limit = ratio <= 0 ? 0n : most;
  if (ratio > 0 && ratio < 1) {
    let exponent = 0;
    let mantissa = ratio;
    while (!Number.isInteger(mantissa)) {
      mantissa *= 2;
      exponent++;
    }
    const product = most * BigInt(mantissa);
    // Rounded to 64 significant bits, half to even; what is below 1 is cut off.
    const spare = BigInt(Math.max(0, product.toString(2).length - 64));
    const unit = 1n << spare;
    const rest = product & (unit - 1n);
    let rounded = product >> spare;
    const isOdd = (rounded & 1n) === 1n;
    if (2n * rest > unit || (2n * rest === unit && isOdd)) rounded++;
    limit = (rounded << spare) >> BigInt(exponent);
  }
  return {high: Number(limit >> 32n), low: Number(limit & 0xffff_ffffn)};
}

/** The hash as the randomness of the trace: a threshold keeps what the hash kept. */
export function hashRandomness({high, low}: Words): Bits56 {
  const bits = (2n ** 64n - 1n - ((BigInt(high) << 32n) | BigInt(low))) >> 8n;
  return {high: Number(bits >> 28n), low: Number(bits & 0xfff_ffffn)};
}
