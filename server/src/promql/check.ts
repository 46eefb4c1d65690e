/** What a tree may not have, though it can be written: operands of the wrong type, matching where nothing matches. */
import type {TextFault} from '../base/index.ts';
import {
  type Aggregation,
  type Binary,
  type Call,
  type Expression,
  isComparison,
  isSetOperator,
  nameLabel,
  typeOf,
  type ValueType,
  type VectorSelector,
} from './ast.ts';
import {functions, givesOf} from './functions.ts';

const typeNames: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

const type = (expression: Expression): ValueType => typeOf(expression, givesOf);

/** Every fault, in the order of the tree. */
export function check(tree: Expression): TextFault[] {
  const faults: TextFault[] = [];
  walk(tree, (position, message) => faults.push({position, message}));
  return faults;
}

type Tell = (position: number, message: string) => void;

function walk(node: Expression, tell: Tell): void {
  switch (node.kind) {
    case 'parenthesis':
      return walk(node.inner, tell);
    case 'unary': {
      walk(node.operand, tell);
      const is = type(node.operand);
      if (is !== 'scalar' && is !== 'vector')
        tell(
          node.at,
          `unary expression only allowed on expressions of type scalar or instant vector, got ${JSON.stringify(typeNames[is])}`,
        );
      return;
    }
    case 'subquery': {
      walk(node.inner, tell);
      const is = type(node.inner);
      if (is !== 'vector') tell(node.at, `subquery is only allowed on instant vector, got ${is} instead`);
      return;
    }
    case 'matrix':
      return checkSelector(node.selector, tell);
    case 'vector':
      return checkSelector(node, tell);
    case 'aggregation':
      return checkAggregation(node, tell);
    case 'call':
      return checkCall(node, tell);
    case 'binary':
      return checkBinary(node, tell);
    case 'number':
    case 'string':
  }
}

/** A selector without a name has to leave something out, lest a slip of the hand reads every series. */
function checkSelector({name, matchers, at}: VectorSelector, tell: Tell): void {
  if (name !== '') {
    const twice = matchers.slice(0, -1).find(({label}) => label === nameLabel);
    if (twice !== undefined)
      tell(at, `metric name must not be set twice: ${JSON.stringify(name)} or ${JSON.stringify(twice.value)}`);
    return;
  }
  const isOpen = matchers.every(({sign, value, pattern}) => {
    if (sign === '=' || sign === '!=') return (value === '') === (sign === '=');
    return pattern?.test('') === (sign === '=~');
  });
  if (isOpen) tell(at, 'vector selector must contain at least one non-empty matcher');
}

function expect(node: Expression, wanted: ValueType, context: string, tell: Tell): void {
  walk(node, tell);
  const is = type(node);
  if (is !== wanted) tell(node.at, `expected type ${typeNames[wanted]} in ${context}, got ${typeNames[is]}`);
}

function checkAggregation({name, operand, parameter}: Aggregation, tell: Tell): void {
  expect(operand, 'vector', 'aggregation expression', tell);
  if (parameter !== undefined)
    expect(parameter, name === 'count_values' ? 'string' : 'scalar', 'aggregation parameter', tell);
}

function checkCall(node: Call, tell: Tell): void {
  const {name, operands, at} = node;
  const shape = functions.get(name);
  if (shape === undefined) return;
  const {takes, variadic} = shape;
  const quoted = JSON.stringify(name);
  const count = operands.length;
  if (variadic === 0 && count !== takes.length)
    tell(at, `expected ${takes.length} argument(s) in call to ${quoted}, got ${count}`);
  const least = takes.length - 1;
  if (variadic !== 0 && count < least)
    tell(at, `expected at least ${least} argument(s) in call to ${quoted}, got ${count}`);
  if (variadic > 0 && count > least + variadic)
    tell(at, `expected at most ${least + variadic} argument(s) in call to ${quoted}, got ${count}`);
  for (const [i, operand] of operands.entries()) {
    if (variadic === 0 && i >= takes.length) break;
    if (name === 'info' && i === 1) checkInfo(operand, tell);
    else expect(operand, takes[Math.min(i, takes.length - 1)] as ValueType, `call to function ${quoted}`, tell);
  }
}

/** The second operand of `info` is no selector of series, but of labels: it may leave nothing out. */
function checkInfo(operand: Expression, tell: Tell): void {
  if (operand.kind !== 'vector') tell(operand.at, 'expected label selectors only');
  else if (operand.name !== '') tell(operand.at, 'expected label selectors only, got vector selector instead');
}

function checkBinary(node: Binary, tell: Tell): void {
  const {left, right, operator, isBool, matching, at} = node;
  walk(left, tell);
  walk(right, tell);
  const [leftType, rightType] = [type(left), type(right)];
  const [compares, isSet] = [isComparison(operator), isSetOperator(operator)];
  if (isBool && !compares) tell(left.end, 'bool modifier can only be used on comparison operators');
  if (compares && !isBool && leftType === 'scalar' && rightType === 'scalar')
    tell(left.end, 'comparisons between scalars must use BOOL modifier');
  if (matching.isOn) {
    for (const label of matching.labels.filter((each) => matching.include.includes(each)))
      tell(left.end, `label ${JSON.stringify(label)} must not occur in ON and GROUP clause at once`);
  }
  for (const [operand, is] of [
    [left, leftType],
    [right, rightType],
  ] as const) {
    if (is !== 'scalar' && is !== 'vector')
      tell(operand.at, 'binary expression must contain only scalar and instant vector types');
  }
  const isFilled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
  if (leftType !== 'vector' || rightType !== 'vector') {
    if (matching.labels.length > 0) tell(at, 'vector matching only allowed between instant vectors');
    if (isFilled) tell(at, 'filling in missing series only allowed between instant vectors');
  } else if (isSet) {
    if (matching.many !== undefined) tell(at, `no grouping allowed for ${JSON.stringify(operator)} operation`);
    if (isFilled) tell(at, 'filling in missing series not allowed for set operators');
  }
  if (isSet && (leftType === 'scalar' || rightType === 'scalar'))
    tell(at, `set operator ${JSON.stringify(operator)} not allowed in binary scalar expression`);
}
