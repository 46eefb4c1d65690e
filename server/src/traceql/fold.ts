/** What is known before any span is: numbers that stand for themselves, and conditions without a span. */
import type {Field, Literal, Pipeline, Query, Scalar, SeriesSign, Spansets, Stage} from './ast.ts';
import {isMetrics, type Metrics} from './ast.ts';
import {checkField} from './check-field.ts';
import {applyBinary, applyUnary} from './operate.ts';
import type {Reading} from './reading.ts';
import {nil} from './value.ts';

/** Arithmetic of two numbers, or a number's negation where there is no left one. Undefined where it is of something else. */
export function foldScalars(
  reading: Reading,
  operator: SeriesSign,
  left: Scalar | undefined,
  right: {readonly kind: string; readonly end: number},
  at: number,
): Literal | undefined {
  if (right.kind !== 'literal' || (left !== undefined && left.kind !== 'literal')) return undefined;
  const literal = right as Literal;
  const place = {at, end: literal.end};
  if (left === undefined) return {kind: 'literal', value: applyUnary('-', literal.value), ...place};
  if (left.value.type === 'duration' || literal.value.type === 'duration')
    reading.fail(at, 'a duration cannot stand in arithmetic with numbers here');
  const value = applyBinary(operator, left.value, literal.value);
  if (value === nil) reading.fail(at, 'division by zero');
  return {kind: 'literal', value: value === nil ? left.value : value, ...place};
}

/** The query with all that needs no span evaluated, as Tempo does it while it reads. */
export function fold({root, hints}: Query): Query {
  return {root: isMetrics(root) ? foldMetrics(root) : foldPipeline(root), hints};
}

function foldMetrics(node: Metrics): Metrics {
  if (node.kind === 'math') return {...node, left: foldMetrics(node.left), right: foldMetrics(node.right)};
  if (node.kind !== 'series') return {...node, series: foldMetrics(node.series)};
  const over = node.function;
  const pipeline = foldPipeline(node.pipeline);
  if (over.kind === 'overTime') return {...node, pipeline};
  const filter = {...over.filter, condition: foldField(over.filter.condition)};
  return {...node, pipeline, function: {...over, filter}};
}

const foldPipeline = (node: Pipeline): Pipeline => ({...node, stages: node.stages.map(foldStage)});

function foldStage(stage: Stage): Stage {
  if (stage.kind === 'by') return {...stage, value: foldField(stage.value)};
  if (stage.kind === 'scalarFilter') return {...stage, left: foldScalar(stage.left), right: foldScalar(stage.right)};
  if (stage.kind === 'coalesce' || stage.kind === 'select') return stage;
  return foldSpansets(stage);
}

function foldSpansets(node: Spansets): Spansets {
  if (node.kind === 'filter') return {...node, condition: foldField(node.condition)};
  if (node.kind === 'pipeline') return foldPipeline(node);
  if (node.kind === 'missing') return node;
  return {...node, left: foldSpansets(node.left), right: foldSpansets(node.right)};
}

function foldScalar(node: Scalar): Scalar {
  if (node.kind === 'aggregate') return node.value === undefined ? node : {...node, value: foldField(node.value)};
  if (node.kind === 'scalar') return {...node, left: foldScalar(node.left), right: foldScalar(node.right)};
  if (node.kind !== 'scalarPipeline') return node;
  return {
    ...node,
    pipeline: foldPipeline(node.pipeline),
    aggregate: foldScalar(node.aggregate) as typeof node.aggregate,
  };
}

export function foldField(node: Field): Field {
  if (node.kind === 'unary' || node.kind === 'exists') {
    const folded = {...node, value: foldField(node.value)};
    if (folded.value.kind !== 'literal' || checkField(folded).length > 0) return folded;
    const value =
      folded.kind === 'unary'
        ? applyUnary(folded.operator, folded.value.value)
        : {type: 'boolean' as const, value: !folded.not};
    return value === nil ? folded : {kind: 'literal', value, at: node.at, end: node.end};
  }
  if (node.kind !== 'binary') return node;
  const folded = {
    ...node,
    left: withTraceId(foldField(node.left), node.right),
    right: withTraceId(foldField(node.right), node.left),
  };
  const {left, right, operator} = folded;
  if (left.kind !== 'literal' || right.kind !== 'literal' || checkField(folded).length > 0) return folded;
  const value = applyBinary(operator, left.value, right.value);
  return value === nil ? folded : {kind: 'literal', value, at: node.at, end: node.end};
}

/** Ids of traces are compared without the zeroes that they begin with: older clients write half of them. */
function withTraceId(node: Field, other: Field): Field {
  if (node.kind !== 'literal' || node.value.type !== 'string') return node;
  if (other.kind !== 'intrinsic' || other.name !== 'trace:id') return node;
  return {...node, value: {type: 'string', value: node.value.value.replace(/^0+/, '')}};
}
