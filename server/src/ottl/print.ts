/** Syntax tree to text; what it prints parses to the same tree. */
import {toHex} from '../base/index.ts';
import type {Expression, StatementNode} from './ast.ts';

export function printStatement({editor, where}: StatementNode): string {
  return where === undefined ? printExpression(editor) : `${printExpression(editor)} where ${printExpression(where)}`;
}

/** How tightly a node binds; one that binds more loosely than its place needs parentheses. */
const binding = {or: 0, and: 1, not: 2, comparison: 3, sum: 4, product: 5, sign: 6, primary: 7};

export function printExpression(node: Expression): string {
  switch (node.kind) {
    case 'nil':
      return 'nil';
    case 'string':
      return quote(node.value);
    case 'int':
      return String(node.value);
    case 'double':
      return double(node.value);
    case 'bool':
      return String(node.value);
    case 'bytes':
      return `0x${toHex(node.value)}`;
    case 'name':
      return node.name;
    case 'path':
      return node.fields.map(({name, keys}) => name + printKeys(keys)).join('.');
    case 'call': {
      const list = node.arguments.map(
        ({name, value}) => (name === undefined ? '' : `${name} = `) + printExpression(value),
      );
      return `${node.name}(${list.join(', ')})${printKeys(node.keys)}`;
    }
    case 'list':
      return `[${node.items.map(printExpression).join(', ')}]`;
    case 'map':
      return `{${node.entries.map(({key, value}) => `${quote(key)}: ${printExpression(value)}`).join(', ')}}`;
    case 'lambda':
      return `(${node.parameters.join(', ')}) => ${printExpression(node.body)}`;
    case 'negative':
      return `-${within(node.value, binding.primary)}`;
    case 'math': {
      const own = bindingOf(node);
      return `${within(node.left, own)} ${node.operator} ${within(node.right, own + 1)}`;
    }
    case 'comparison':
      return `${within(node.left, binding.sum)} ${node.operator} ${within(node.right, binding.sum)}`;
    case 'not':
      return `not ${within(node.value, binding.not)}`;
    case 'and':
    case 'or':
      return node.operands.map((operand) => within(operand, bindingOf(node) + 1)).join(` ${node.kind} `);
  }
}

function within(node: Expression, needed: number): string {
  const text = printExpression(node);
  return bindingOf(node) < needed ? `(${text})` : text;
}

function bindingOf(node: Expression): number {
  switch (node.kind) {
    case 'or':
    case 'and':
    case 'not':
    case 'comparison':
      return binding[node.kind];
    case 'lambda':
      return binding.or;
    case 'math':
      return node.operator === '+' || node.operator === '-' ? binding.sum : binding.product;
    case 'negative':
      return binding.sign;
    default:
      return binding.primary;
  }
}

const printKeys = (keys: readonly Expression[]): string => keys.map((key) => `[${printExpression(key)}]`).join('');

function double(value: number): string {
  const text = String(value);
  if (/[.]/.test(text)) return text;
  const [digits, exponent] = text.split('e');
  return exponent === undefined ? `${digits}.0` : `${digits}.0e${exponent}`;
}

function quote(text: string): string {
  const escaped = text.replace(/["\\\n\r\t]/g, (character) => {
    return {'"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t'}[character] as string;
  });
  return `"${escaped}"`;
}
