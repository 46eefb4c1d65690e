/** Functions of numbers. */
import type {Builtin} from './function.ts';
import {deeper, ExprError, int64, isLess, isNumber, kindOf, type Value} from './value.ts';

/** The numbers of values and of arrays among them, however deep. */
function* numbersOf(name: string, values: readonly Value[], depth = 0): Generator<bigint | number> {
  for (const each of values) {
    if (Array.isArray(each)) yield* numbersOf(name, each, deeper(depth));
    else if (isNumber(each)) yield each;
    else throw new ExprError(`\`${name}\` takes numbers and arrays of them, found ${kindOf(each)}`);
  }
}

const aggregate = (
  name: string,
  gives: Builtin['gives'],
  run: (numbers: readonly (bigint | number)[]) => Value,
): Builtin => ({
  parameters: ['any'],
  rest: 'any',
  gives,
  call(values, frame) {
    const numbers: (bigint | number)[] = [];
    for (const each of numbersOf(name, values)) {
      frame.spend(1);
      numbers.push(each);
    }
    return run(numbers);
  },
});

/** The first of those that none is better than. */
const best = (numbers: readonly (bigint | number)[], isBetter: (a: Value, b: Value) => boolean): Value => {
  let found: Value;
  for (const each of numbers) if (found === undefined || isBetter(each, found)) found = each;
  return found;
};

const median = (numbers: readonly (bigint | number)[]): number => {
  const sorted = numbers.map(Number).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

const rounding = (run: (value: number) => number): Builtin => ({
  parameters: ['number'],
  gives: 'float',
  call: ([value]) => run(Number(value)),
});

const bits = (run: (a: bigint, b: bigint) => bigint): Builtin => ({
  parameters: ['int', 'int'],
  gives: 'int',
  call: ([a, b]) => int64(run(a as bigint, b as bigint)),
});
const shift = (run: (a: bigint, by: bigint) => bigint): Builtin =>
  bits((a, by) => {
    if (by < 0n) throw new ExprError(`a shift by ${by}, which is negative`);
    return run(a, by > 64n ? 64n : by);
  });

export const numberFunctions = {
  max: aggregate('max', 'any', (numbers) => best(numbers, (a, b) => isLess(b, a))),
  min: aggregate('min', 'any', (numbers) => best(numbers, isLess)),
  mean: aggregate('mean', 'float', (numbers) =>
    numbers.length === 0 ? 0 : numbers.reduce<number>((sum, each) => sum + Number(each), 0) / numbers.length,
  ),
  median: aggregate('median', 'float', median),
  abs: {
    parameters: ['number'],
    gives: 'any',
    call: ([value]) => (typeof value === 'bigint' ? int64(value < 0n ? -value : value) : Math.abs(value as number)),
  },
  ceil: rounding(Math.ceil),
  floor: rounding(Math.floor),
  round: rounding((value) => Math.sign(value) * Math.round(Math.abs(value))),
  bitand: bits((a, b) => a & b),
  bitor: bits((a, b) => a | b),
  bitxor: bits((a, b) => a ^ b),
  bitnand: bits((a, b) => a & ~b),
  bitnot: {parameters: ['int'], gives: 'int', call: ([value]) => ~(value as bigint)},
  bitshl: shift((a, by) => a << by),
  bitshr: shift((a, by) => a >> by),
  bitushr: shift((a, by) => BigInt.asUintN(64, a) >> by),
} satisfies Readonly<Record<string, Builtin>>;
