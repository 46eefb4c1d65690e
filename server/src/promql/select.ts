/** The selectors of a tree, and of which time each needs samples. */
import {
  type Call,
  type Duration,
  type Expression,
  type Matcher,
  type Modifiers,
  typeOf,
  type VectorSelector,
} from './ast.ts';
import {millisOf, positiveMillis, type QuestionTimes} from './duration-value.ts';
import {givesOf} from './functions.ts';
import {infoMatchers} from './info.ts';
import {durationText} from './print.ts';
import type {Selection} from './series.ts';

/** The moments of a question, in milliseconds since 1970, and its times. */
export interface Question extends QuestionTimes {
  readonly start: number;
  readonly end: number;
  /** How long a sample stands for what comes after it. */
  readonly lookback: number;
  /** The step of a subquery that names none. */
  readonly subqueryStep: number;
}

/** Where a selector looks when `at` is evaluated. */
export function momentOf({moment, offset}: Modifiers, at: number, question: Question): number {
  const base =
    moment === undefined ? at : moment === 'start' ? question.start : moment === 'end' ? question.end : moment;
  return base - (offset === undefined ? 0 : millisOf(offset, question));
}

/** The first moment of a subquery: a multiple of its step later than the start of its range. */
export function firstMoment(after: number, step: number): number {
  return (Math.floor(after / step) + 1) * step;
}

export function subqueryStep({step}: {readonly step?: Duration}, question: Question): number {
  return step === undefined ? question.subqueryStep : positiveMillis(step, question);
}

/** Every selector of series in a tree. */
export function selectorsIn(node: Expression): VectorSelector[] {
  switch (node.kind) {
    case 'vector':
      return [node];
    case 'matrix':
      return [node.selector];
    case 'parenthesis':
    case 'subquery':
      return selectorsIn(node.inner);
    case 'unary':
      return selectorsIn(node.operand);
    case 'call':
      return (node.name === 'info' ? node.operands.slice(0, 1) : node.operands).flatMap(selectorsIn);
    case 'aggregation':
      return [node.operand, ...(node.parameter === undefined ? [] : [node.parameter])].flatMap(selectorsIn);
    case 'binary':
      return [node.left, node.right].flatMap(selectorsIn);
    case 'number':
    case 'string':
      return [];
  }
}

/** What samples are asked for by: a selector, or `info()`, whose series nobody writes down. */
export type Selecting = VectorSelector | Call;

/**
 * When infos are looked at for an operand: where all its selectors look at the same time, then; else at the moment itself.
 */
export function infoModifiers(operand: Expression): Modifiers {
  const found: Modifiers[] = [];
  let isFree = false;
  const walk = (node: Expression, around: readonly Modifiers[]): boolean => {
    switch (node.kind) {
      case 'vector':
      case 'matrix':
        found.push(around.reduceRight((inner, outer) => within(inner, outer), node as Modifiers));
        return true;
      case 'subquery':
        return walk(node.inner, [...around, node]);
      case 'parenthesis':
        return walk(node.inner, around);
      case 'unary':
        return walk(node.operand, around);
      case 'number':
      case 'string':
        return false;
      default: {
        const children =
          node.kind === 'call'
            ? node.name === 'info'
              ? node.operands.slice(0, 1)
              : node.operands
            : node.kind === 'aggregation'
              ? [node.operand]
              : [node.left, node.right];
        const has = children.map((child) => walk(child, around)).some(Boolean);
        if (!has && typeOf(node, givesOf) === 'vector') isFree = true;
        return has;
      }
    }
  };
  walk(operand, []);
  const [first] = found;
  const key = ({moment, offset}: Modifiers): string =>
    typeof moment === 'number' && (offset === undefined || offset.kind === 'number')
      ? String(moment - 1000 * (offset?.value ?? 0))
      : JSON.stringify([moment, offset === undefined ? '0s' : durationText(offset)]);
  return first === undefined || isFree || found.some((each) => key(each) !== key(first)) ? {} : first;
}

/** The modifiers of a selector within a subquery: its own moment stands, offsets add up. */
function within(inner: Modifiers, outer: Modifiers): Modifiers {
  if (inner.moment !== undefined) return inner;
  const both = [inner.offset, outer.offset].filter((offset) => offset !== undefined);
  const [left, right] = both;
  const offset: Duration | undefined =
    left === undefined || right === undefined ? left : {kind: 'durationBinary', sign: '+', left, right, at: 0, end: 0};
  return {...(offset === undefined ? {} : {offset}), ...(outer.moment === undefined ? {} : {moment: outer.moment})};
}

export function selectionsOf(tree: Expression, question: Question): Map<Selecting, Selection> {
  const selections = new Map<Selecting, Selection>();
  const add = (selecting: Selecting, matchers: readonly Matcher[], from: number, to: number): void => {
    selections.set(selecting, {matchers, from, to});
  };
  const reach = (of: Modifiers, start: number, end: number, before: number): [from: number, to: number] => [
    momentOf(of, start, question) - before,
    momentOf(of, end, question) + (of.extension === 'smoothed' ? question.lookback : 0),
  ];
  const walk = (node: Expression, start: number, end: number): void => {
    switch (node.kind) {
      case 'number':
      case 'string':
        return;
      case 'vector':
        return add(node, node.matchers, ...reach(node, start, end, question.lookback));
      case 'matrix': {
        const range = positiveMillis(node.range, question);
        // The sample before the range is of use too where it is anchored.
        const [from, to] = reach(node, start, end, range + (node.extension === undefined ? 0 : question.lookback));
        return add(node.selector, node.selector.matchers, from, to);
      }
      case 'subquery': {
        const range = positiveMillis(node.range, question);
        return walk(node.inner, momentOf(node, start, question) - range, momentOf(node, end, question));
      }
      case 'parenthesis':
        return walk(node.inner, start, end);
      case 'unary':
        return walk(node.operand, start, end);
      case 'call':
        if (node.name === 'info') {
          walk(node.operands[0] as Expression, start, end);
          const times = infoModifiers(node.operands[0] as Expression);
          return add(node, infoMatchers(node), ...reach(times, start, end, question.lookback));
        }
        for (const operand of node.operands) walk(operand, start, end);
        return;
      case 'aggregation':
        walk(node.operand, start, end);
        if (node.parameter !== undefined) walk(node.parameter, start, end);
        return;
      case 'binary':
        walk(node.left, start, end);
        walk(node.right, start, end);
    }
  };
  walk(tree, question.start, question.end);
  return selections;
}
