/** Going over the rows of a context in a batch. */
import type {AnyBatch, Batch, Signal} from '../model/index.ts';
import type {OttlContext} from './context.ts';

/** The contexts of a signal, from the outermost to the innermost. */
export const contextsOf: Readonly<Record<Signal, readonly OttlContext[]>> = {
  traces: ['resource', 'scope', 'span', 'spanevent'],
  metrics: ['resource', 'scope', 'metric', 'datapoint'],
  logs: ['resource', 'scope', 'log'],
};

/**
 * Calls `visit` with each row of the context and its parent, as Condition.test and Statement.run take them. Rows that come
 * while it goes over metrics, copies of metrics among them, are visited too.
 */
export function eachRow(batch: AnyBatch, context: OttlContext, visit: (row: number, parent: number) => void): void {
  if (context === 'resource') return upTo(() => batch.resources.count, visit);
  if (context === 'scope') return eachScope(batch, visit);
  if (context === 'spanevent') {
    if (batch.signal !== 'traces') return;
    const {events} = batch.spans.columns;
    for (let span = 0; span < batch.spans.count; span++) {
      const from = events.from(span);
      const end = from + events.count(span);
      for (let event = from; event < end; event++) visit(event, span);
    }
    return;
  }
  if (context === 'metric') {
    if (batch.signal === 'metrics') upTo(() => batch.metrics.count, visit);
    return;
  }
  upTo(() => (batch as Batch).items.count, visit);
}

function upTo(count: () => number, visit: (row: number, parent: number) => void): void {
  for (let row = 0; row < count(); row++) visit(row, -1);
}

/** Each scope once for each resource that has it. */
function eachScope(batch: AnyBatch, visit: (row: number, parent: number) => void): void {
  const {columns, count} =
    batch.signal === 'metrics' ? batch.metrics : batch.signal === 'traces' ? batch.spans : batch.logs;
  const seen = new Set<number>();
  let lastScope = -1;
  let lastResource = -1;
  for (let row = 0; row < count; row++) {
    const scope = columns.scope.get(row);
    const resource = columns.resource.get(row);
    if (scope === lastScope && resource === lastResource) continue;
    lastScope = scope;
    lastResource = resource;
    const pair = resource * 2 ** 26 + scope;
    if (seen.has(pair)) continue;
    seen.add(pair);
    visit(scope, resource);
  }
}
