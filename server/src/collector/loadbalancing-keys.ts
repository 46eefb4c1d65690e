/** Which endpoint of the ring each item of a batch belongs to, by the routing key; as the Collector makes its keys. */
import {randomFillSync} from 'node:crypto';
import {isZero, sameBytes, toHex, utf8, utf8Bytes} from '../base/index.ts';
import {
  type AnyBatch,
  type ColumnView,
  findAttribute,
  goText,
  type IdColumn,
  type Lent,
  type LogBatch,
  type MetricBatch,
  type RangeColumn,
  readValue,
  type Signal,
  type SpanBatch,
} from '../model/index.ts';
import {spanKinds} from './go-format.ts';
import {metricHash, resourceIdentity, streamIdentity} from './loadbalancing-identity.ts';
import type {Ring} from './loadbalancing-ring.ts';

export type RoutingKey = 'traceID' | 'service' | 'resource' | 'metric' | 'streamID' | 'attributes';

/** The keys that a signal can be routed by; the first is the usual one. */
export const routingKeys: Readonly<Record<Signal, readonly RoutingKey[]>> = {
  traces: ['traceID', 'service', 'attributes'],
  logs: ['service', 'traceID', 'resource', 'attributes'],
  metrics: ['service', 'resource', 'metric', 'streamID', 'attributes'],
};

/** Gives the endpoint of each row of items. Bound to one batch and one ring. */
type Router = (row: number) => number;

/** The rows of each endpoint, by its index in the ring; endpoints without any are not there. */
export function route(
  batch: Lent<AnyBatch>,
  ring: Ring,
  key: RoutingKey,
  attributes: readonly string[],
): ReadonlyMap<number, readonly number[]> {
  const router = routerOf(batch, ring, key, attributes);
  const routes = new Map<number, number[]>();
  for (let row = 0; row < batch.items.count; row++) {
    const endpoint = router(row);
    const rows = routes.get(endpoint);
    if (rows === undefined) routes.set(endpoint, [row]);
    else rows.push(row);
  }
  return routes;
}

function routerOf(batch: Lent<AnyBatch>, ring: Ring, key: RoutingKey, names: readonly string[]): Router {
  const ofText = (text: string): number => ring.endpointOf(utf8Bytes(text));
  switch (batch.signal) {
    case 'traces': {
      if (key === 'traceID') return byTrace(batch.spans.columns.traceId, ring);
      // The Collector writes the service of spans as an attribute, and that of logs and metrics as it is.
      const wanted = key === 'service' ? ['service.name'] : names;
      return oncePerTrace(batch, (row) => ofText(spanKey(batch, row, wanted)));
    }
    case 'logs': {
      const {resource, traceId} = batch.logs.columns;
      if (key === 'traceID') return byTraceText(traceId, ofText);
      if (key === 'attributes') return (row) => ofText(logKey(batch, row, names));
      return oncePerRow(resource, (row) => ofText(resourceKey(batch, row, key)));
    }
    case 'metrics': {
      const {metric, attributes} = batch.points.columns;
      const {resource, name} = batch.metrics.columns;
      if (key === 'metric') {
        const {heap} = batch;
        return oncePerRow(metric, (row) => ring.endpointOf(heap.bytes, name.start(row), name.size(row)));
      }
      if (key === 'streamID') {
        const hashes = new Map<number, bigint>();
        return (row) => {
          const of = metric.get(row);
          let hash = hashes.get(of);
          if (hash === undefined) hashes.set(of, (hash = metricHash(batch, of)));
          return ofText(streamIdentity(batch, row, hash));
        };
      }
      if (key === 'attributes') return (row) => ofText(pointKey(batch, row, names, attributes));
      const ofResource = oncePerRow(resource, (row) => ofText(resourceKey(batch, row, key)));
      return (row) => ofResource(metric.get(row));
    }
  }
}

/** A row without a trace goes to any endpoint. Neighbours of one trace are looked up once. */
function byTrace(ids: ColumnView<IdColumn>, ring: Ring): Router {
  const {bytes} = ids;
  let last = -1;
  let endpoint = 0;
  return (row) => {
    const at = 16 * row;
    if (last >= 0 && sameBytes(bytes, at, 16, bytes, last, 16) && !isZero(bytes, at, 16)) return endpoint;
    last = at;
    endpoint = isZero(bytes, at, 16)
      ? ring.endpointOf(randomFillSync(new Uint8Array(16)))
      : ring.endpointOf(bytes, at, 16);
    return endpoint;
  };
}

/** The Collector routes log records by the hexadecimal digits of their trace, and spans by its bytes. */
function byTraceText(ids: ColumnView<IdColumn>, ofText: (text: string) => number): Router {
  let last = '';
  let endpoint = 0;
  return (row) => {
    const id = ids.get(row);
    const isNone = isZero(id, 0, 16);
    const text = toHex(isNone ? randomFillSync(new Uint8Array(16)) : id);
    if (text !== last) endpoint = ofText(text);
    last = text;
    return endpoint;
  };
}

/** `of` a row that others share: each is looked up once. */
function oncePerRow(shared: {get(row: number): number}, of: (row: number) => number): Router {
  const known: number[] = [];
  return (row) => {
    const to = shared.get(row);
    return (known[to] ??= of(to));
  };
}

/** The spans of a trace in one scope of one resource stay together: the first of them decides. */
function oncePerTrace({spans}: Lent<SpanBatch>, of: (row: number) => number): Router {
  const {resource, scope, traceId} = spans.columns;
  const known = new Map<string, number>();
  return (row) => {
    const key = `${resource.get(row)}/${scope.get(row)}/${toHex(traceId.get(row))}`;
    let endpoint = known.get(key);
    if (endpoint === undefined) known.set(key, (endpoint = of(row)));
    return endpoint;
  };
}

const serviceName = utf8Bytes('service.name');

/** Of `service`, the bare name, empty where there is none; of `resource`, its identity. */
function resourceKey(batch: Lent<AnyBatch>, row: number, key: RoutingKey): string {
  if (key === 'resource') return resourceIdentity(batch, row);
  const found = findAttribute(batch, batch.resources.columns.attributes, row, serviceName);
  const value = found < 0 ? undefined : readValue(batch, found);
  return value?.type === 'string' ? value.value : '';
}

function spanKey(batch: Lent<SpanBatch>, row: number, names: readonly string[]): string {
  const {resource, scope, kind, name, attributes} = batch.spans.columns;
  return keyOf(batch, names, resource.get(row), scope.get(row), attributes, row, (wanted) => {
    if (wanted === 'span.kind') return spanKinds[kind.get(row)] ?? '';
    return wanted === 'span.name' ? utf8(name.bytes(row, batch.heap)) : undefined;
  });
}

function logKey(batch: Lent<LogBatch>, row: number, names: readonly string[]): string {
  const {resource, scope, severityText, body, attributes} = batch.logs.columns;
  return keyOf(batch, names, resource.get(row), scope.get(row), attributes, row, (wanted) => {
    if (wanted === 'log.severity') return utf8(severityText.bytes(row, batch.heap));
    if (wanted !== 'log.body') return undefined;
    return body.count(row) === 0 ? '' : goText(readValue(batch, body.from(row)));
  });
}

function pointKey(
  batch: Lent<MetricBatch>,
  row: number,
  names: readonly string[],
  attributes: ColumnView<RangeColumn>,
): string {
  const {resource, scope} = batch.metrics.columns;
  const metric = batch.points.columns.metric.get(row);
  return keyOf(batch, names, resource.get(metric), scope.get(metric), attributes, row, () => undefined);
}

/**
 * `name=value|` for each, from the resource, the scope, what is no attribute, and the item's own. Of spans in the order of the
 * names; of others what the resource has comes first, then what the scope has, then the rest.
 */
function keyOf(
  batch: Lent<AnyBatch>,
  names: readonly string[],
  resource: number,
  scope: number,
  own: ColumnView<RangeColumn>,
  row: number,
  pseudo: (name: string) => string | undefined,
): string {
  const levels: [string, string, string] = ['', '', ''];
  for (const name of names) {
    const key = utf8Bytes(name);
    const value = (range: ColumnView<RangeColumn>, of: number): string | undefined => {
      const found = findAttribute(batch, range, of, key);
      return found < 0 ? undefined : goText(readValue(batch, found));
    };
    const ofResource = value(batch.resources.columns.attributes, resource);
    const ofScope = ofResource ?? value(batch.scopes.columns.attributes, scope);
    const level = batch.signal === 'traces' || ofResource !== undefined ? 0 : ofScope !== undefined ? 1 : 2;
    levels[level] += `${name}=${ofScope ?? pseudo(name) ?? value(own, row) ?? ''}|`;
  }
  return levels.join('');
}
