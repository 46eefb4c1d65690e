/** A syntax tree as text: what Tempo prints, which is also the name of a group or an aggregate in answers. It reads as the same tree. */
import {
  type Aggregate,
  attributeScopes,
  type Field,
  isMetrics,
  type Metrics,
  type Name,
  type Pipeline,
  type Query,
  type Scalar,
  type Spansets,
  type Stage,
} from './ast.ts';
import {printValue} from './value.ts';

export function print({root, hints}: Query): string {
  const text = isMetrics(root) ? printMetrics(root) : printPipeline(root);
  if (hints.length === 0) return text;
  return `${text} with(${hints.map(({name, value}) => `${name}=${printValue(value)}`).join(',')})`;
}

/** Printed text for a message: in accents, and texts within in quotes, as accents within accents could not be told apart. */
export const cite = (printed: string): string => `\`${printed.replace(/`([^`"\\\n]*)`/g, '"$1"')}\``;

export function printField(node: Field): string {
  switch (node.kind) {
    case 'literal':
      return printValue(node.value);
    case 'attribute':
    case 'intrinsic':
      return printName(node);
    case 'unary':
      return node.operator + wrapped(node.value);
    case 'exists':
      return `${wrapped(node.value)} ${node.not ? '=' : '!='} nil`;
    case 'binary':
      return `${wrapped(node.left)} ${node.operator} ${wrapped(node.right)}`;
    case 'missing':
      return '';
  }
}

const wrapped = (node: Field): string =>
  node.kind === 'literal' || node.kind === 'attribute' || node.kind === 'intrinsic'
    ? printField(node)
    : `(${printField(node)})`;

export function printName(node: Name): string {
  if (node.kind === 'intrinsic') return node.name;
  const {scope, parent, name} = node;
  const prefix = `${parent ? 'parent.' : ''}${scope === undefined ? '' : `${scope}.`}`;
  // What ends a name, what would be read as a quote, and what would be read as a scope.
  const needsQuotes =
    /[\s{}()=~!<>&|^,"]/.test(name) ||
    name === '' ||
    (parent && scope === undefined && attributeScopes.some((each) => name.startsWith(`${each}.`)));
  return (prefix || '.') + (needsQuotes ? `"${name.replace(/[\\"]/g, '\\$&')}"` : name);
}

export const printPipeline = ({stages}: Pipeline): string => stages.map(printStage).join('|');

function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'by':
      return `by(${printField(stage.value)})`;
    case 'coalesce':
      return 'coalesce()';
    case 'select':
      return `select(${stage.names.map(printName).join(', ')})`;
    case 'scalarFilter':
      return `${wrappedScalar(stage.left)} ${stage.operator} ${wrappedScalar(stage.right)}`;
    case 'pipeline':
      return `(${printPipeline(stage)})`;
    default:
      return printSpansets(stage);
  }
}

function printSpansets(node: Spansets): string {
  if (node.kind === 'missing') return '';
  if (node.kind === 'filter') return `{ ${printField(node.condition)} }`;
  if (node.kind === 'pipeline') return printPipeline(node);
  const sign = `${node.variant === 'not' ? '!' : node.variant === 'union' ? '&' : ''}${node.operator}`;
  return `(${printSpansets(node.left)}) ${sign} (${printSpansets(node.right)})`;
}

export function printScalar(node: Scalar): string {
  if (node.kind === 'missing') return '';
  if (node.kind === 'literal') return printValue(node.value);
  if (node.kind === 'aggregate') return printAggregate(node);
  if (node.kind === 'scalarPipeline') return `${printPipeline(node.pipeline)}|${printAggregate(node.aggregate)}`;
  return `${wrappedScalar(node.left)} ${node.operator} ${wrappedScalar(node.right)}`;
}

const wrappedScalar = (node: Scalar): string =>
  node.kind === 'literal' ? printScalar(node) : `(${printScalar(node)})`;

export const printAggregate = ({operator, value}: Aggregate): string =>
  `${operator}(${value === undefined ? '' : printField(value)})`;

export function printMetrics(node: Metrics): string {
  switch (node.kind) {
    case 'series':
      return `${printPipeline(node.pipeline)} | ${printFunction(node.function)}`;
    case 'math':
      return `(${printMetrics(node.left)}) ${node.operator} (${printMetrics(node.right)})`;
    case 'seriesScalar': {
      const inner = `(${printMetrics(node.series)})`;
      const scalar = printNumber(node.scalar);
      return node.scalarFirst ? `${scalar} ${node.operator} ${inner}` : `${inner} ${node.operator} ${scalar}`;
    }
    case 'seriesFilter':
      return `${printInner(node.series)} ${node.operator} ${printNumber(node.value)}`;
    case 'rank':
      return `${printInner(node.series)} | ${node.operator}(${node.limit})`;
  }
}

/** What `|` and comparisons stand behind: they are the weakest, so it needs no parentheses. */
const printInner = printMetrics;

function printFunction(node: Extract<Metrics, {kind: 'series'}>['function']): string {
  if (node.kind === 'compare') {
    const times = node.start === 0n && node.stop === 0n ? '' : `,${node.start},${node.stop}`;
    return `compare(${printSpansets(node.filter)},${node.top}${times})`;
  }
  const value = node.value === undefined ? [] : [printName(node.value)];
  const by = node.by.length === 0 ? '' : `by(${node.by.map(printName).join(',')})`;
  return `${node.operator}(${[...value, ...node.quantiles.map(printNumber)].join(',')})${by}`;
}

/** Without an exponent where there can be none. */
const printNumber = (value: number): string => String(value).replace('e+', 'e');
