/** What a query asks for: what its answer looks like follows from it. */
import {type IntrinsicName, intrinsicTypes, isMetrics, parse, print, type Query} from '@weft/server/traceql-language';

export type Unit = 'rate' | 'count' | 'seconds' | 'plain';

export type Shape =
  | {readonly kind: 'faulty'}
  | {readonly kind: 'spans'; readonly grouped: boolean; readonly asked: string; readonly columns: readonly string[]}
  | {readonly kind: 'series'; readonly unit: Unit; readonly draws: 'lines' | 'durations' | 'histogram' | 'compare'};

/** Named beside what the query names, so that each span can be shown with them. */
const shownNames = ['service.name', 'status', 'kind'] as const;

/** Which attributes of an answer's spans have a column of their own. */
export const isOwnColumn = (key: string): boolean => !(shownNames as readonly string[]).includes(key);

export function shapeOf(text: string): Shape {
  const parsed = parse(text);
  if (parsed.kind !== 'ok') return {kind: 'faulty'};
  const {root, hints} = parsed.value;
  if (isMetrics(root)) return {kind: 'series', unit: unitOf(root), draws: drawsOf(root)};
  const place = {at: 0, end: 0};
  const select = {
    kind: 'select',
    names: [
      {kind: 'attribute', scope: 'resource', parent: false, name: 'service.name', ...place},
      {kind: 'intrinsic', name: 'status', ...place},
      {kind: 'intrinsic', name: 'kind', ...place},
    ],
    ...place,
  } as const;
  const query: Query = {root: {...root, stages: [...root.stages, select]}, hints};
  return {
    kind: 'spans',
    grouped: root.stages.some(({kind}) => kind === 'by'),
    asked: print(query),
    columns: root.stages
      .flatMap((stage) => (stage.kind === 'select' ? stage.names.map(({name}) => name) : []))
      .filter(isOwnColumn),
  };
}

type Metrics = Exclude<Query['root'], {kind: 'pipeline'}>;

function unitOf(node: Metrics): Unit {
  if (node.kind === 'math') {
    const [left, right] = [unitOf(node.left), unitOf(node.right)];
    return left === right && node.operator !== '/' && node.operator !== '*' ? left : 'plain';
  }
  if (node.kind !== 'series') return unitOf(node.series);
  if (node.function.kind === 'compare') return 'count';
  const {operator, value} = node.function;
  if (operator === 'rate') return 'rate';
  if (operator === 'count_over_time' || operator === 'histogram_over_time') return 'count';
  return isDuration(value) ? 'seconds' : 'plain';
}

/** Series of durations are in seconds. */
const isDuration = (name: {readonly kind: string; readonly name: string} | undefined): boolean =>
  name?.kind === 'intrinsic' && intrinsicTypes[name.name as IntrinsicName] === 'duration';

function drawsOf(node: Metrics): Extract<Shape, {kind: 'series'}>['draws'] {
  if (node.kind === 'math') return 'lines';
  if (node.kind !== 'series') return drawsOf(node.series);
  if (node.function.kind === 'compare') return 'compare';
  if (node.function.operator !== 'histogram_over_time') return 'lines';
  return isDuration(node.function.value) ? 'durations' : 'histogram';
}
