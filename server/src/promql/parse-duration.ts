/** Durations in brackets and behind `offset`, which may be reckoned from others. */
import {SyntaxFault} from '../base/index.ts';
import type {ArithmeticSign, Duration} from './ast.ts';
import {maxDurationSeconds} from './duration.ts';
import type {Reader} from './reading.ts';

const expected = 'number, duration, step(), or range()';
const strengths: Readonly<Record<string, number>> = {'+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3};
const power = 3;

/** Of a range or a step: more than none. */
export function parseDuration(reader: Reader, context: string): Duration {
  const duration = read(reader, 0, context);
  if (duration.kind === 'number' && duration.value <= 0)
    throw new SyntaxFault(duration.at, 'duration must be greater than 0');
  return duration;
}

/** Behind `offset` stands one duration with a sign or without: what is to be reckoned stands in parentheses. */
export function parseOffset(reader: Reader): Duration {
  return signed(reader, 'offset', () => primary(reader, 'offset'));
}

function read(reader: Reader, least: number, context: string): Duration {
  return reader.nested(() => {
    let left = signed(reader, context, () => primary(reader, context), power);
    for (let chain = 0; ; chain++) {
      const {kind, text, at} = reader.peek();
      const strength = kind === 'sign' && Object.hasOwn(strengths, text) ? (strengths[text] as number) : 0;
      if (strength === 0 || strength < least) return left;
      reader.checkChain(chain);
      reader.next();
      const right = read(reader, text === '^' ? strength : strength + 1, context);
      if (right.kind === 'number' && right.value === 0 && (text === '/' || text === '%'))
        throw new SyntaxFault(at, `${text === '/' ? 'division' : 'modulo'} by zero`);
      left = {kind: 'durationBinary', sign: text as ArithmeticSign, left, right, at: left.at, end: right.end};
    }
  });
}

/** A sign of a number is its own; behind one that binds less than a power, `least`, operators may follow. */
function signed(reader: Reader, context: string, next: () => Duration, least?: number): Duration {
  const {at} = reader.peek();
  const sign = reader.take('-') ? '-' : reader.take('+') ? '+' : undefined;
  if (sign === undefined) return next();
  const operand = least === undefined ? next() : read(reader, least, context);
  if (operand.kind === 'number')
    return inBounds({...operand, value: sign === '-' ? -operand.value : operand.value, at});
  return {kind: 'durationUnary', sign, operand, at, end: operand.end};
}

function inBounds(duration: Duration): Duration {
  if (duration.kind === 'number' && !(Math.abs(duration.value) <= maxDurationSeconds))
    throw new SyntaxFault(duration.at, 'duration out of range');
  return duration;
}

function primary(reader: Reader, context: string): Duration {
  const {kind, at, end, value, isDuration} = reader.peek();
  if (kind === 'number') {
    reader.next();
    return inBounds({kind: 'number', value: value as number, isDuration: isDuration === true, at, end});
  }
  if (reader.take('(')) {
    const inner = read(reader, 0, context);
    reader.need(')', context);
    const place = reader.from(at);
    return inner.kind === 'durationParenthesis' ? {...inner, ...place} : {kind: 'durationParenthesis', inner, ...place};
  }
  const name = reader.takeWord('step', 'range', 'min_of', 'max_of') as
    | 'step'
    | 'range'
    | 'min_of'
    | 'max_of'
    | undefined;
  if (name === undefined) reader.fail(context, expected);
  reader.need('(', context);
  const operands: Duration[] = [];
  if (name === 'min_of' || name === 'max_of') {
    operands.push(read(reader, 0, context));
    reader.need(',', context);
    operands.push(read(reader, 0, context));
  }
  reader.need(')', context);
  return {kind: 'durationCall', name, operands, ...reader.from(at)};
}
