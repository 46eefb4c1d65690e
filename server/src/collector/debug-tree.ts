/** The items of a batch as OTLP nests them: by resource, then by scope, in the order in which they came. */

import type {KeyValue} from '../model/index.ts';
import {type AnyBatch, type Lent, readAttributes} from '../model/index.ts';

export interface ResourceGroup {
  readonly row: number;
  readonly scopes: readonly {
    readonly row: number;
    /** Of spans, log records, or metrics. */
    readonly items: readonly number[];
  }[];
}

export function treeOf(batch: Lent<AnyBatch>): ResourceGroup[] {
  const {resource, scope} = (
    batch.signal === 'traces' ? batch.spans : batch.signal === 'logs' ? batch.logs : batch.metrics
  ).columns;
  const groups = new Map<number, Map<number, Set<number>>>();
  const add = (row: number): void => {
    let scopes = groups.get(resource.get(row));
    if (scopes === undefined) groups.set(resource.get(row), (scopes = new Map()));
    let items = scopes.get(scope.get(row));
    if (items === undefined) scopes.set(scope.get(row), (items = new Set()));
    items.add(row);
  };
  for (let row = 0; row < batch.items.count; row++) {
    add(batch.signal === 'metrics' ? batch.points.columns.metric.get(row) : row);
  }
  return [...groups].map(([row, scopes]) => ({
    row,
    scopes: [...scopes].map(([scopeRow, items]) => ({row: scopeRow, items: [...items]})),
  }));
}

/** The points of each metric. */
export function pointsOf(batch: Lent<Extract<AnyBatch, {signal: 'metrics'}>>): ReadonlyMap<number, readonly number[]> {
  const points = new Map<number, number[]>();
  for (let row = 0; row < batch.points.count; row++) {
    const metric = batch.points.columns.metric.get(row);
    const of = points.get(metric);
    if (of === undefined) points.set(metric, [row]);
    else of.push(row);
  }
  return points;
}

/** The attributes of a row of any table that has some. */
export const attributesOf = (
  batch: Lent<AnyBatch>,
  range: {from(row: number): number; count(row: number): number},
  row: number,
): KeyValue[] => readAttributes(batch, range.from(row), range.count(row));
