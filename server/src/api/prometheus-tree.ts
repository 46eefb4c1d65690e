/** The tree of a query as Prometheus's `parse_query` tells it. */
import {
  type Duration,
  type Expression,
  functions,
  givesOf,
  isSetOperator,
  type Modifiers,
  typeOf,
  type VectorSelector,
  writeNumber,
} from '../promql/index.ts';

/** Milliseconds of a duration that is a number; 0 of one that is to be reckoned, which stands beside it. */
const millis = (duration: Duration | undefined): number =>
  duration?.kind === 'number' ? Math.round(1000 * duration.value) : 0;
const reckoned = (duration: Duration | undefined): object | null =>
  duration === undefined || duration.kind === 'number' ? null : durationJson(duration);

function durationJson(duration: Duration): object {
  const made = (op: string, lhs: Duration | undefined, rhs: Duration | undefined, wrapped = false): object => ({
    type: 'durationExpr',
    op,
    lhs: lhs === undefined ? null : durationJson(lhs),
    rhs: rhs === undefined ? null : durationJson(rhs),
    wrapped,
  });
  switch (duration.kind) {
    case 'number':
      return {type: 'numberLiteral', val: writeNumber(duration.value), duration: duration.isDuration};
    case 'durationUnary':
      return made(duration.sign, undefined, duration.operand);
    case 'durationBinary':
      return made(duration.sign, duration.left, duration.right);
    case 'durationCall':
      return made(duration.name, duration.operands[0], duration.operands[1]);
    case 'durationParenthesis':
      return duration.inner.kind === 'number'
        ? made('+', undefined, duration.inner, true)
        : {...durationJson(duration.inner), wrapped: true};
  }
}

const modifiers = ({offset, moment, extension}: Modifiers) => ({
  offset: millis(offset),
  offsetExpr: reckoned(offset),
  timestamp: typeof moment === 'number' ? moment : null,
  startOrEnd: typeof moment === 'string' ? moment : null,
  anchored: extension === 'anchored',
  smoothed: extension === 'smoothed',
});

const matchers = ({matchers: list}: VectorSelector) =>
  list.map(({label, value, sign}) => ({name: label, value, type: sign}));

export function treeJson(node: Expression): object {
  switch (node.kind) {
    case 'number':
      return {type: 'numberLiteral', val: writeNumber(node.value)};
    case 'string':
      return {type: 'stringLiteral', val: node.value};
    case 'parenthesis':
      return {type: 'parenExpr', expr: treeJson(node.inner)};
    case 'unary':
      return {type: 'unaryExpr', op: node.sign, expr: treeJson(node.operand)};
    case 'vector':
      return {type: 'vectorSelector', name: node.name, ...modifiers(node), matchers: matchers(node)};
    case 'matrix': {
      const {selector, range} = node;
      const times = {range: millis(range), rangeExpr: reckoned(range)};
      return {type: 'matrixSelector', name: selector.name, ...times, ...modifiers(node), matchers: matchers(selector)};
    }
    case 'subquery': {
      const {anchored: _, smoothed: __, ...own} = modifiers(node);
      const times = {range: millis(node.range), rangeExpr: reckoned(node.range)};
      const step = {step: millis(node.step), stepExpr: reckoned(node.step)};
      return {type: 'subquery', expr: treeJson(node.inner), ...times, ...own, ...step};
    }
    case 'call': {
      const shape = functions.get(node.name);
      const func = {name: node.name, argTypes: shape?.takes, variadic: shape?.variadic, returnType: shape?.gives};
      return {type: 'call', func, args: node.operands.map(treeJson)};
    }
    case 'aggregation':
      return {
        type: 'aggregation',
        op: node.name,
        expr: treeJson(node.operand),
        param: node.parameter === undefined ? null : treeJson(node.parameter),
        grouping: node.labels,
        without: node.isWithout,
      };
    case 'binary':
      return {
        type: 'binaryExpr',
        op: node.operator,
        lhs: treeJson(node.left),
        rhs: treeJson(node.right),
        matching: matchingJson(node),
        bool: node.isBool,
      };
  }
}

/** Nothing is matched where a side is a number. */
function matchingJson({operator, left, right, matching}: Expression & {kind: 'binary'}): object | null {
  if (typeOf(left, givesOf) !== 'vector' || typeOf(right, givesOf) !== 'vector') return null;
  const {labels, isOn, many, include, fillLeft, fillRight} = matching;
  const card = isSetOperator(operator)
    ? 'many-to-many'
    : many === undefined
      ? 'one-to-one'
      : many === 'left'
        ? 'many-to-one'
        : 'one-to-many';
  return {card, labels, on: isOn, include, fillValues: {lhs: fillLeft ?? null, rhs: fillRight ?? null}};
}
