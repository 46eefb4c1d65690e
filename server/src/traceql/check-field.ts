/** The types of expressions over one span, as far as they are known before a span is. */
import type {TextFault} from '../base/index.ts';
import {compilePattern} from '../regexp/index.ts';
import {type Field, type FieldOperator, intrinsicTypes} from './ast.ts';
import {operatorTakes, typesMatch} from './operate.ts';
import {cite, printField} from './print.ts';
import {isNumeric, type StaticType} from './value.ts';

const arithmetic = new Set<FieldOperator>(['+', '-', '*', '/', '%', '^']);

export function typeOf(node: Field): StaticType {
  switch (node.kind) {
    case 'literal':
      return node.value.type === 'several' ? 'attribute' : node.value.type;
    case 'intrinsic':
      return intrinsicTypes[node.name];
    case 'unary':
      return typeOf(node.value);
    case 'exists':
      return 'boolean';
    case 'binary': {
      if (!arithmetic.has(node.operator)) return 'boolean';
      const left = typeOf(node.left);
      return left === 'attribute' ? typeOf(node.right) : left;
    }
    case 'attribute':
    case 'missing':
      return 'attribute';
  }
}

/** Whether it names an attribute or an intrinsic. */
export function readsSpan(node: Field): boolean {
  if (node.kind === 'unary' || node.kind === 'exists') return readsSpan(node.value);
  if (node.kind === 'binary') return readsSpan(node.left) || readsSpan(node.right);
  return node.kind !== 'literal';
}

/** Every fault of the expression, the innermost first. */
export function checkField(node: Field): TextFault[] {
  if (node.kind === 'intrinsic' && node.name === 'parent')
    return [
      {position: node.at, message: 'the intrinsic `parent` has no value; name an attribute of it: `parent.name`'},
    ];
  if (node.kind === 'unary') return [...checkField(node.value), ...unaryFaults(node.operator, node.value, node.at)];
  if (node.kind === 'exists') return [...checkField(node.value), ...(node.not ? neverNil(node.value) : [])];
  if (node.kind !== 'binary') return [];
  const inner = [...checkField(node.left), ...checkField(node.right)];
  return inner.length > 0 ? inner : binaryFaults(node);
}

function unaryFaults(operator: '-' | '!', value: Field, position: number): TextFault[] {
  const type = typeOf(value);
  if (type === 'attribute' || (operator === '-' ? isNumeric(type) : type === 'boolean')) return [];
  const wanted = operator === '-' ? 'a number or a duration' : 'a condition';
  return [
    {position, message: `\`${operator}\` stands before ${wanted}; ${cite(printField(value))} is ${described(type)}`},
  ];
}

function neverNil(value: Field): TextFault[] {
  const isService =
    value.kind === 'attribute' && value.scope === 'resource' && value.name === 'service.name' && !value.parent;
  if (value.kind !== 'intrinsic' && !isService) return [];
  return [{position: value.at, message: `${cite(printField(value))} is never nil: every span has it`}];
}

function binaryFaults(node: Extract<Field, {kind: 'binary'}>): TextFault[] {
  const {left, right, operator} = node;
  const [leftType, rightType] = [typeOf(left), typeOf(right)];
  const fault = (message: string): TextFault[] => [{position: node.at, message}];
  if (!typesMatch(leftType, rightType))
    return fault(
      `${cite(printField(left))} is ${described(leftType)} and ${cite(printField(right))} ${described(rightType)}: \`${operator}\` needs the same`,
    );
  for (const [side, type] of [[left, leftType] as const, [right, rightType] as const])
    if (!operatorTakes(operator, type))
      return [
        {position: side.at, message: `\`${operator}\` does not take ${described(type)}: ${cite(printField(side))}`},
      ];
  if (operator !== '=~' && operator !== '!~') return [];
  if (right.kind !== 'literal' || right.value.type !== 'string')
    return [
      {
        position: right.at,
        message: `expected a regular expression in quotes after \`${operator}\`, found ${cite(printField(right))}`,
      },
    ];
  const compiled = compilePattern(right.value.value);
  return typeof compiled === 'string' ? [{position: right.at, message: `not a regular expression: ${compiled}`}] : [];
}

const typeNames: Readonly<Record<StaticType, string>> = {
  nil: 'nil',
  attribute: 'an attribute',
  int: 'an integer',
  float: 'a float',
  string: 'a text',
  boolean: 'a boolean',
  duration: 'a duration',
  status: 'a status',
  kind: 'a kind',
  'int[]': 'an array of integers',
  'float[]': 'an array of floats',
  'string[]': 'an array of texts',
  'boolean[]': 'an array of booleans',
};
export const described = (type: StaticType): string => typeNames[type];
