/** What holds of a query that is still being typed: the conditions that are finished. For completion of values. */
import {type Field, isMetrics, type Pipeline, type Spansets, type Stage} from './ast.ts';
import {check} from './check.ts';
import {fold} from './fold.ts';
import {parsePartial} from './parse.ts';
import {yes} from './value.ts';

/** A pipeline that lets through all that the finished one would; undefined where nothing is said yet, or it is no query. */
export function finishedPart(text: string): Pipeline | undefined {
  const {query} = parsePartial(text);
  if (query === undefined || isMetrics(query.root)) return undefined;
  const stages = query.root.stages.flatMap(finishedStage);
  const root: Pipeline = {...query.root, stages};
  const folded = fold({root, hints: []}).root as Pipeline;
  const saysSomething = folded.stages.some((stage) => stage.kind !== 'filter' || stage.condition.kind !== 'literal');
  return saysSomething && check({root: folded, hints: []}).length === 0 ? folded : undefined;
}

function finishedStage(stage: Stage): Stage[] {
  if (stage.kind === 'filter' || stage.kind === 'spansets' || stage.kind === 'pipeline')
    return [finishedSpansets(stage)];
  // What comes behind spansets only leaves some of them out.
  return [];
}

function finishedSpansets(node: Spansets): Spansets {
  switch (node.kind) {
    case 'missing':
      return {kind: 'filter', condition: {...node, kind: 'literal', value: yes}, at: node.at, end: node.end};
    case 'filter':
      return {...node, condition: finishedField(node.condition)};
    case 'pipeline':
      return {...node, stages: node.stages.flatMap(finishedStage)};
    case 'spansets':
      return {...node, left: finishedSpansets(node.left), right: finishedSpansets(node.right)};
  }
}

function finishedField(node: Field): Field {
  if (node.kind === 'binary' && (node.operator === '&&' || node.operator === '||')) {
    const [left, right] = [finishedField(node.left), finishedField(node.right)];
    if (node.operator === '&&')
      return isTrueLiteral(left) ? right : isTrueLiteral(right) ? left : {...node, left, right};
    return isTrueLiteral(left) || isTrueLiteral(right)
      ? {...node, kind: 'literal', value: yes}
      : {...node, left, right};
  }
  // An attribute alone is the beginning of a comparison.
  return hasMissing(node) || node.kind === 'attribute' || node.kind === 'intrinsic'
    ? {kind: 'literal', value: yes, at: node.at, end: node.end}
    : node;
}

const isTrueLiteral = (node: Field): boolean => node.kind === 'literal' && node.value === yes;

function hasMissing(node: Field): boolean {
  if (node.kind === 'missing') return true;
  if (node.kind === 'unary' || node.kind === 'exists') return hasMissing(node.value);
  return node.kind === 'binary' && (hasMissing(node.left) || hasMissing(node.right));
}
