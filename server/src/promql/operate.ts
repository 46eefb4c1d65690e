/** Operators between numbers. */
import type {BinaryOperator} from './ast.ts';

export type Operate = (left: number, right: number) => number;

export const arithmetic: Readonly<Partial<Record<BinaryOperator, Operate>>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': (left, right) => (left === 1 ? 1 : left ** right),
  atan2: Math.atan2,
};

export type Compare = (left: number, right: number) => boolean;

export const comparisons: Readonly<Partial<Record<BinaryOperator, Compare>>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};
