/** Arithmetic of OTTL: integers of 64 bits that wrap, doubles, moments and durations. */
import type {MathOperator} from './ast.ts';
import {OttlError} from './faults.ts';
import {Duration, Time, typeOf, type Value} from './value.ts';

export function calculate(operator: MathOperator, a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return ints(operator, a, b);
  if (isNumeric(a) && isNumeric(b)) return doubles(operator, Number(a), Number(b));
  if (a instanceof Time || a instanceof Duration) return moments(operator, a, b);
  throw new OttlError(`cannot compute ${typeOf(a)} ${operator} ${typeOf(b)}`);
}

export function negate(value: Value): Value {
  if (typeof value === 'bigint') return BigInt.asIntN(64, -value);
  if (typeof value === 'number') return -value;
  throw new OttlError(`cannot negate a value of type ${typeOf(value)}`);
}

const isNumeric = (value: Value): value is bigint | number => typeof value === 'bigint' || typeof value === 'number';

function ints(operator: MathOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, a + b);
    case '-':
      return BigInt.asIntN(64, a - b);
    case '*':
      return BigInt.asIntN(64, a * b);
    case '/':
      if (b === 0n) throw new OttlError('division by zero');
      return BigInt.asIntN(64, a / b);
  }
}

function doubles(operator: MathOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) throw new OttlError('division by zero');
      return a / b;
  }
}

function moments(operator: MathOperator, a: Time | Duration, b: Value): Value {
  if (operator === '+') {
    if (a instanceof Time && b instanceof Duration) return new Time(a.nanos + b.nanos, a.zone);
    if (a instanceof Duration && b instanceof Time) return new Time(a.nanos + b.nanos, b.zone);
    if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos + b.nanos);
  }
  if (operator === '-') {
    if (a instanceof Time && b instanceof Time) return new Duration(a.nanos - b.nanos);
    if (a instanceof Time && b instanceof Duration) return new Time(a.nanos - b.nanos, a.zone);
    if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos - b.nanos);
  }
  throw new OttlError(`cannot compute ${typeOf(a)} ${operator} ${typeOf(b)}`);
}
