/** Which rows of a batch the filter processor drops: outer ones first, so that nobody asks about what has gone already. */
import {type AnyBatch, copyRowWithin, type MetricBatch, retainItems, type SpanBatch} from '../model/index.ts';
import {eachRow, type OttlContext} from '../ottl/index.ts';
import type {Settings} from '../pipeline/index.ts';
import {type MatchConfig, selectRows} from './match-properties.ts';
import type {ErrorMode} from './ottl-config.ts';
import {ottlErrors} from './ottl-errors.ts';
import {anyHolds, type OttlGroup} from './ottl-groups.ts';

/** Whether a condition holds for a row of its context. */
type Holds = (batch: AnyBatch, row: number, parent: number) => boolean;

/** A function that takes a batch and gives back what stays of it; it tells how many events of spans went. */
export function dropper(settings: Settings, groups: readonly OttlGroup[], match: MatchConfig, mode: ErrorMode) {
  const onError = ottlErrors(settings);
  const of = (context: OttlContext): Holds | undefined => {
    const its = groups.filter((group) => group.context === context);
    if (its.length === 0) return undefined;
    return (batch, row, parent) =>
      its.some((group) => {
        if (group.cache.map.size > 0) group.cache.map = new Map();
        return anyHolds(batch, row, parent, group, group.errorMode ?? mode, onError);
      });
  };
  const ofResource = of('resource');
  const ofScope = of('scope');
  const ofSpan = of('span');
  const ofEvent = of('spanevent');
  const ofMetric = of('metric');
  const ofPoint = of('datapoint');
  const ofLog = of('log');

  return (batch: AnyBatch, onEvents: (dropped: number) => void): AnyBatch => {
    const origins = originsToDrop(batch, ofResource, ofScope);
    const selected = match.include === undefined && match.exclude === undefined ? undefined : selectRows(match, batch);
    const ofItem = batch.signal === 'traces' ? ofSpan : batch.signal === 'logs' ? ofLog : ofPoint;
    const metrics =
      batch.signal === 'metrics' && ofMetric !== undefined ? rowsToDrop(batch, 'metric', ofMetric) : undefined;
    const metricOf = batch.signal === 'metrics' ? batch.points.columns.metric : undefined;
    const kept =
      origins === undefined && selected === undefined && metrics === undefined && ofItem === undefined
        ? batch
        : retainItems(batch, (row) => {
            if (origins?.(row) === true || selected?.(row) === false) return false;
            if (metrics !== undefined && metrics[(metricOf as NonNullable<typeof metricOf>).get(row)] === 1)
              return false;
            return ofItem === undefined || !ofItem(batch, row, -1);
          });
    if (ofEvent !== undefined && kept.signal === 'traces') onEvents(dropEvents(kept, ofEvent));
    return kept;
  };
}

/** Whether the resource or the scope of an item is dropped; undefined where no condition is about them. */
function originsToDrop(
  batch: AnyBatch,
  ofResource: Holds | undefined,
  ofScope: Holds | undefined,
): ((row: number) => boolean) | undefined {
  if (ofResource === undefined && ofScope === undefined) return undefined;
  const resources = ofResource && rowsToDrop(batch, 'resource', ofResource);
  const scopes = ofScope && rowsToDrop(batch, 'scope', ofScope);
  const {scope, resource} = originColumns(batch);
  const metric = batch.signal === 'metrics' ? batch.points.columns.metric : undefined;
  return (row) => {
    const at = metric === undefined ? row : metric.get(row);
    return resources?.[resource.get(at)] === 1 || scopes?.[scope.get(at)] === 1;
  };
}

function originColumns(batch: AnyBatch) {
  if (batch.signal === 'traces') return batch.spans.columns;
  return batch.signal === 'metrics' ? (batch as MetricBatch).metrics.columns : batch.logs.columns;
}

/** 1 at every row of the context's table for which the condition holds. */
function rowsToDrop(batch: AnyBatch, context: 'resource' | 'scope' | 'metric', holds: Holds): Uint8Array {
  const table = {resource: batch.resources, scope: batch.scopes, metric: batch.tables.metrics}[context];
  const rows = new Uint8Array(table?.count ?? 0);
  eachRow(batch, context, (row, parent) => {
    if (holds(batch, row, parent)) rows[row] = 1;
  });
  return rows;
}

/** Takes events out of their spans, which stay; returns how many. */
function dropEvents(batch: SpanBatch, holds: Holds): number {
  const {events} = batch;
  const range = batch.spans.columns.events;
  let dropped = 0;
  for (let span = 0; span < batch.spans.count; span++) {
    const from = range.from(span);
    const count = range.count(span);
    let kept = from;
    for (let event = from; event < from + count; event++) {
      if (holds(batch, event, span)) continue;
      if (kept !== event) copyRowWithin(events, kept, event);
      kept++;
    }
    range.setPair(span, from, kept - from);
    dropped += from + count - kept;
  }
  return dropped;
}
