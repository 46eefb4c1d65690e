/** What a duration comes to, in milliseconds. */
import type {Duration} from './ast.ts';
import {PromqlError} from './error.ts';

/** Of the question, in milliseconds. */
export interface QuestionTimes {
  readonly step: number;
  readonly range: number;
}

export function millisOf(duration: Duration, times: QuestionTimes): number {
  return Math.round(1000 * secondsOf(duration, times));
}

/** Of a range or a step. */
export function positiveMillis(duration: Duration, times: QuestionTimes): number {
  const millis = millisOf(duration, times);
  if (!(millis > 0)) throw new PromqlError(`duration must be greater than 0, and is ${millis / 1000} s`);
  return millis;
}

function secondsOf(duration: Duration, times: QuestionTimes): number {
  switch (duration.kind) {
    case 'number':
      return duration.value;
    case 'durationParenthesis':
      return secondsOf(duration.inner, times);
    case 'durationUnary':
      return (duration.sign === '-' ? -1 : 1) * secondsOf(duration.operand, times);
    case 'durationCall': {
      if (duration.name === 'step') return times.step / 1000;
      if (duration.name === 'range') return times.range / 1000;
      const operands = duration.operands.map((operand) => secondsOf(operand, times));
      return duration.name === 'min_of' ? Math.min(...operands) : Math.max(...operands);
    }
    case 'durationBinary': {
      const [left, right] = [secondsOf(duration.left, times), secondsOf(duration.right, times)];
      switch (duration.sign) {
        case '+':
          return left + right;
        case '-':
          return left - right;
        case '*':
          return left * right;
        case '/':
          if (right === 0) throw new PromqlError('division by zero in a duration');
          return left / right;
        case '%':
          if (right === 0) throw new PromqlError('modulo by zero in a duration');
          return left % right;
        case '^':
          return left ** right;
      }
    }
  }
}
