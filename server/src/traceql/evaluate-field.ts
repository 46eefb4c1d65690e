/** Expressions over one span, compiled for the spans of a view. */
import {bug} from '../base/index.ts';
import type {Field} from './ast.ts';
import {applyBinary, applyUnary, type Fits, isTrue, wholeMatch} from './operate.ts';
import type {Reader, Readers} from './readers.ts';
import {boolean} from './value.ts';

/** Patterns by their text: they outlive the view. */
export type Patterns = Map<string, Fits>;

export function compileField(readers: Readers, node: Field, patterns: Patterns): Reader {
  switch (node.kind) {
    case 'literal':
      return () => node.value;
    case 'attribute':
    case 'intrinsic':
      return readers.name(node);
    case 'unary': {
      const read = compileField(readers, node.value, patterns);
      return (row) => applyUnary(node.operator, read(row));
    }
    case 'exists': {
      const read = compileField(readers, node.value, patterns);
      return (row) => boolean((read(row).type === 'nil') === node.not);
    }
    case 'binary':
      return readers.test?.(node) ?? compileBinary(readers, node, patterns);
    case 'missing':
      throw bug('a query with faults is evaluated');
  }
}

/** Whether the condition holds. */
export function compileCondition(readers: Readers, node: Field, patterns: Patterns): (row: number) => boolean {
  if (node.kind === 'binary' && (node.operator === '&&' || node.operator === '||')) {
    const left = compileCondition(readers, node.left, patterns);
    const right = compileCondition(readers, node.right, patterns);
    return node.operator === '&&' ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
  }
  const read = compileField(readers, node, patterns);
  return (row) => isTrue(read(row));
}

function compileBinary(readers: Readers, node: Extract<Field, {kind: 'binary'}>, patterns: Patterns): Reader {
  const {operator, right: rightNode} = node;
  if (operator === '&&' || operator === '||') {
    const holds = compileCondition(readers, node, patterns);
    return (row) => boolean(holds(row));
  }
  const left = compileField(readers, node.left, patterns);
  const right = compileField(readers, rightNode, patterns);
  if ((operator === '=~' || operator === '!~') && rightNode.kind === 'literal' && rightNode.value.type === 'string') {
    const text = rightNode.value.value;
    const fits = patterns.get(text) ?? wholeMatch(text);
    patterns.set(text, fits);
    return (row) => applyBinary(operator, left(row), rightNode.value, fits);
  }
  return (row) => applyBinary(operator, left(row), right(row));
}
