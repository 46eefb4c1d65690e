import {utf8Bytes} from '../base/index.ts';
import {findAttribute, readValue, type SpanBatch} from '../model/index.ts';

const hostKeys = ['host.id', 'host.ip', 'host.name'].map((key) => [key, utf8Bytes(key)] as const);

/** The value that tells one machine, and so one clock, from another: of `host.id`, `host.ip` or `host.name`. '' for none. */
export function hostOf(batch: SpanBatch, resource: number): string {
  const {attributes} = batch.resources.columns;
  for (const [key, bytes] of hostKeys) {
    const row = findAttribute(batch, attributes, resource, bytes);
    if (row < 0) continue;
    const value = readValue(batch, row);
    if (value.type === 'string') return value.value;
    const first = value.type === 'array' ? value.value[0] : undefined;
    if (key === 'host.ip' && first !== undefined) return first.type === 'string' ? first.value : '';
    if (key !== 'host.ip') return '';
  }
  return '';
}
