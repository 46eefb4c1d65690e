import {expect, test} from 'vitest';
import {defaultTenant, systemClock, type TenantId} from '../base/index.ts';
import {appendAttribute, createSpanBatch, type SpanBatch} from '../model/index.ts';
import {dictionaryColumn, readBlocks} from '../native/index.ts';
import {textOf} from './read-spans.ts';
import {createSpanWriter, type SpanWriter} from './write-spans.ts';

/** A span for each resource, of which each has the attributes given. */
function batchOf(resources: readonly Readonly<Record<string, string>>[]): SpanBatch {
  const batch = createSpanBatch();
  batch.scopes.add();
  for (const attributes of resources) {
    const resource = batch.resources.add();
    const first = batch.attributes.count;
    for (const [key, value] of Object.entries(attributes)) {
      appendAttribute(batch.attributes, batch.heap, key, {type: 'string', value});
    }
    batch.resources.columns.attributes.setPair(resource, first, Object.keys(attributes).length);
    const row = batch.spans.add();
    batch.spans.columns.resource.data[row] = resource;
  }
  return batch;
}

/** Of every span its service, exact resource and origin; and how many texts were told. */
function write(
  writer: SpanWriter,
  batch: SpanBatch,
  tenant: TenantId = defaultTenant,
): {rows: string[][]; told: number} {
  writer.append(batch, tenant);
  const {blocks} = writer.finish();
  const rows = [...readBlocks(blocks.at(-1)!.bytes)].flatMap((block) => {
    const columns = ['service', 'resource', 'origin'].map((name) => dictionaryColumn(block, name));
    return Array.from({length: block.rows}, (_, row) =>
      columns.map(({keys, indexes}) => textOf(block, keys, indexes[row]!)),
    );
  });
  return {rows, told: blocks.find(({table}) => table === 'span_texts')?.rows ?? 0};
}

test('origins: what a writer remembers of them is what another writer makes of them, also when it has had to forget', () => {
  const writer = createSpanWriter(systemClock);
  for (const size of [1, 1000, 60_000, 70_000]) {
    const batch = batchOf(
      Array.from({length: 60}, (_, i) => ({'service.name': `s${i % 7}`, instance: `${i}`, long: 'x'.repeat(size)})),
    );
    const expected = write(createSpanWriter(systemClock), batch);
    expect(expected.told).toBe(60);
    expect(new Set(expected.rows.map(([, , origin]) => origin)).size).toBe(60);
    expect(write(writer, batch)).toEqual(expected);
    expect(write(writer, batch)).toEqual({...expected, told: 0});
  }
});

test('origins: a resource that is remembered is told to another tenant, and to both once more after a loss', () => {
  const writer = createSpanWriter(systemClock);
  const batch = batchOf([{'service.name': 'a'}]);
  const told = (tenant: TenantId): number => write(writer, batch, tenant).told;
  const other = 'other' as TenantId;
  expect([told(defaultTenant), told(other), told(defaultTenant), told(other)]).toEqual([1, 1, 0, 0]);
  writer.forget();
  expect([told(defaultTenant), told(other), told(defaultTenant), told(other)]).toEqual([1, 1, 0, 0]);
});
