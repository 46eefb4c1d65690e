/** Recorded requests as traces: what the tools of insight and its tests read. */
import {gunzipSync} from 'node:zlib';
import {toHex} from '../../server/src/base/index.ts';
import {readAttributes, type SpanBatch, subset} from '../../server/src/model/index.ts';
import {otlp} from '../../server/src/wire/index.ts';

/** One batch a trace, in the order in which they began to arrive. */
export function tracesOf(requests: Uint8Array): SpanBatch[] {
  const {batch} = otlp.traces.decodeProto(requests);
  const rows = new Map<string, number[]>();
  for (let row = 0; row < batch.spans.count; row++) {
    const id = toHex(batch.spans.columns.traceId.get(row));
    const list = rows.get(id);
    if (list === undefined) rows.set(id, [row]);
    else list.push(row);
  }
  return [...rows.values()].map((list) => subset(batch, list));
}

/** Of a file of `fixtures/insight`. */
export const tracesOfFile = (gzipped: Uint8Array): SpanBatch[] => tracesOfJson(gunzipSync(gzipped));

export const tracesOfJson = (json: Uint8Array): SpanBatch[] =>
  tracesOf(otlp.traces.encodeProto(otlp.traces.decodeJson(json).batch));

/** Which service calls which, over all traces: what Weft knows of a service's surroundings. */
export function callersIn(traces: readonly SpanBatch[]): (service: string) => string[] {
  const callers = new Map<string, Map<string, number>>();
  for (const batch of traces) {
    const services = servicesOf(batch);
    for (const [id, {service, parent}] of services) {
      const caller = services.get(parent)?.service;
      if (caller === undefined || caller === service || id === parent) continue;
      const counts = callers.get(service) ?? new Map<string, number>();
      counts.set(caller, (counts.get(caller) ?? 0) + 1);
      callers.set(service, counts);
    }
  }
  return (service) => [...(callers.get(service) ?? [])].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

function servicesOf(batch: SpanBatch): Map<string, {readonly service: string; readonly parent: string}> {
  const c = batch.spans.columns;
  const names = new Map<number, string>();
  const all = new Map<string, {service: string; parent: string}>();
  for (let row = 0; row < batch.spans.count; row++) {
    const resource = c.resource.get(row);
    let service = names.get(resource);
    if (service === undefined) {
      service = resourceText(batch, resource, 'service.name');
      names.set(resource, service);
    }
    all.set(toHex(c.spanId.get(row)), {service, parent: toHex(c.parentSpanId.get(row))});
  }
  return all;
}

function resourceText(batch: SpanBatch, resource: number, key: string): string {
  const {attributes} = batch.resources.columns;
  const found = readAttributes(batch, attributes.from(resource), attributes.count(resource)).find(
    (one) => one.key === key,
  );
  return found?.value.type === 'string' ? found.value.value : '';
}
