import type {Batch, Lent, MetricBatch} from '../model/index.ts';

/** The items of one scope; for metrics each with its points, else without. */
export interface ScopeGroup {
  readonly scope: number;
  /** Rows of `spans`, `logs` or `metrics`. */
  readonly items: number[];
}
export interface ResourceGroup {
  readonly resource: number;
  readonly scopes: readonly ScopeGroup[];
}
export interface Grouping {
  readonly resources: readonly ResourceGroup[];
  /** Metrics only: the points of each metric, by its row. */
  readonly points: ReadonlyMap<number, readonly number[]>;
}

/** A batch's items as OTLP nests them: by resource, then by scope, each in the order of its first item. */
export function groupItems(batch: Lent<Batch>): Grouping {
  const points = new Map<number, number[]>();
  const resources = new Map<number, Map<number, ScopeGroup>>();
  const add = (resource: number, scope: number, item: number): void => {
    let scopes = resources.get(resource);
    if (scopes === undefined) resources.set(resource, (scopes = new Map()));
    const group = scopes.get(scope);
    if (group === undefined) scopes.set(scope, {scope, items: [item]});
    else group.items.push(item);
  };
  if (isMetrics(batch)) {
    const {resource, scope} = batch.metrics.columns;
    const {metric} = batch.points.columns;
    for (let row = 0; row < batch.points.count; row++) {
      const owner = metric.get(row);
      const known = points.get(owner);
      if (known !== undefined) known.push(row);
      else {
        points.set(owner, [row]);
        add(resource.get(owner), scope.get(owner), owner);
      }
    }
  } else {
    const {resource, scope} = batch.items.columns as unknown as SpanOrigin;
    for (let row = 0; row < batch.items.count; row++) add(resource.get(row), scope.get(row), row);
  }
  return {
    resources: [...resources].map(([resource, scopes]) => ({resource, scopes: [...scopes.values()]})),
    points,
  };
}

type SpanOrigin = Pick<MetricBatch['metrics']['columns'], 'resource' | 'scope'>;

const isMetrics = (batch: Lent<Batch>): batch is Lent<MetricBatch> => batch.signal === 'metrics';
