/**
 * How many spans a stored one stands for, as SQL: `spanProbability` of `sampling/` and `spanWeight` of `red/` for questions that
 * are asked of the spans themselves. A test compares all of them; the rates by the minute are counted by those (`derive-weights.ts`).
 */
import {maxWeight, weightTolerance} from '../red/index.ts';

const whole = 2n ** 56n;
const blanks = String.raw`' \t'`;
/** What `ot` says, of members that are sound: printable, without a comma or another `=`. */
const said = (traceState: string): string =>
  `arrayFlatten(arrayMap(m -> splitByChar(';', substring(m, 4)), arrayFilter(m -> match(m, '^ot=[ -+\\\\x2d-<>-~]{1,256}$'), ` +
  `arrayMap(m -> trimBoth(m, ${blanks}), splitByChar(',', ${traceState})))))`;
/** The last `th` with a sound value, as text; '' where there is none. */
const threshold = (traceState: string): string =>
  `arrayFilter(p -> match(p, '^th:[0-9A-Za-z._-]*$'), ${said(traceState)})[-1]`;
const isThreshold = (pair: string): string => `match(${pair}, '^th:[0-9A-Fa-f]{1,14}$')`;
/** Fourteen digits are seven bytes, the greatest first. */
const bits = (pair: string): string => `reinterpretAsUInt64(reverse(unhex(rightPad(substring(${pair}, 4), 14, '0'))))`;
const kept = (pair: string): string => `toFloat64(${whole} - ${bits(pair)}) / ${whole}.`;

/** The probability with which a span was kept, a Float64: 1 where its tracestate says nothing of it. */
export const probabilitySql = (traceState: string): string =>
  `if(${traceState} = '', 1., arrayMap(p -> if(${isThreshold('p')}, ${kept('p')}, 1.), [${threshold(traceState)}])[1])`;

const hash = (spanId: string): string =>
  `arrayFold((h, b) -> toUInt32(bitXor(h, b) * 16777619), arrayMap(i -> reinterpretAsUInt8(substring(${spanId}, i, 1)), ` +
  'range(1, 9)), toUInt32(2166136261))';
const mixed = (spanId: string): string =>
  'arrayFold((h, by) -> toUInt32(bitXor(h, bitShiftRight(h, by.1)) * by.2), ' +
  `[(16, ${0x85ebca6b}), (13, ${0xc2b2ae35}), (16, 1)], ${hash(spanId)})`;

/** The weight of a span with that probability, a UInt64. */
export function weightSql(probability: string, spanId: string): string {
  const adjusted = `least(1 / ${probability}, ${maxWeight}.)`;
  const rest = `(${adjusted} - floor(${adjusted}))`;
  const more =
    `multiIf(${rest} < ${weightTolerance}, 0, ${rest} > ${1 - weightTolerance}, 1, ` +
    `${mixed(spanId)} / ${2 ** 32} < ${rest})`;
  return `if(${probability} >= 1, toUInt64(1), toUInt64(floor(${adjusted})) + ${more})`;
}
