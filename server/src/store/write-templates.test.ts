import {expect, test} from 'vitest';
import {defaultTenant, systemClock} from '../base/index.ts';
import {type AnyValue, appendAttribute, createSpanBatch, type KeyValue, type SpanBatch} from '../model/index.ts';
import {seededRandom, spansAsObjects} from '../model/testing.ts';
import {arrayColumn, asStrings, dictionaryColumn, type NativeBlock, readBlocks, textColumn} from '../native/index.ts';
import {readSpanBatch, textOf} from './read-spans.ts';
import {createSpanWriter, type SpanWriter} from './write-spans.ts';

const text = (value: string): AnyValue => ({type: 'string', value});
const int = (value: number): AnyValue => ({type: 'int', value: BigInt(value)});

/** A span for each list of attributes, which may have a key twice. */
function batchOf(spans: readonly (readonly KeyValue[])[]): SpanBatch {
  const batch = createSpanBatch();
  batch.resources.add();
  batch.scopes.add();
  for (const attributes of spans) {
    const row = batch.spans.add();
    const first = batch.attributes.count;
    for (const {key, value} of attributes) appendAttribute(batch.attributes, batch.heap, key, value);
    batch.spans.columns.attributes.setPair(row, first, attributes.length);
  }
  return batch;
}

const attributes = (values: Readonly<Record<string, AnyValue>>): KeyValue[] =>
  Object.entries(values).map(([key, value]) => ({key, value}));

/** Writes a block and returns its bytes, and those of its texts where there are new ones. */
function write(writer: SpanWriter, batch: SpanBatch): {spans: Uint8Array; texts: string[]} {
  writer.append(batch, defaultTenant);
  const {blocks} = writer.finish();
  const told = blocks.find(({table}) => table === 'span_texts');
  const texts = [...readBlocks(told?.bytes ?? new Uint8Array(0))].flatMap((block) =>
    Array.from({length: block.rows}, (_, row) => textOf(block, textColumn(block, 'text'), row)),
  );
  return {spans: blocks.at(-1)!.bytes, texts};
}

function rowsOf(bytes: Uint8Array): {template: string; values: string[]}[] {
  return [...readBlocks(bytes)].flatMap((block: NativeBlock) => {
    const {keys, indexes} = dictionaryColumn(block, 'attribute_template');
    const values = arrayColumn(block, 'attribute_values');
    return Array.from({length: block.rows}, (_, row) => ({
      template: textOf(block, keys, indexes[row]!),
      values: Array.from({length: values.ends[row]! - (row === 0 ? 0 : values.ends[row - 1]!)}, (_, i) =>
        textOf(block, asStrings(values.items), (row === 0 ? 0 : values.ends[row - 1]!) + i),
      ),
    }));
  });
}

test('templates: what repeats stands in the template, what varies beside it', () => {
  const writer = createSpanWriter(systemClock);
  const span = (i: number) =>
    attributes({'http.method': text('GET'), 'user.id': text(`user-${i}`), 'http.status': int(i % 2 === 0 ? 200 : 500)});
  write(writer, batchOf(Array.from({length: 20}, (_, i) => span(i))));
  const [row] = rowsOf(write(writer, batchOf([span(100)])).spans);
  expect(row).toEqual({
    template: '\x1fhttp.method=GET\x1ds\x1euser.id\x1ds\x1fhttp.status=200\x1di',
    values: ['user-100'],
  });
});

test('templates: keys that come twice, and keys that would be taken for marks, have the free form', () => {
  const writer = createSpanWriter(systemClock);
  const twice = [
    {key: 'a', value: text('1')},
    {key: 'a', value: int(2)},
  ];
  const spans = [twice, attributes({'a=b': text('x')}), attributes({'a\x1eb': text('x')}), attributes({'�': int(1)})];
  const rows = rowsOf(write(writer, batchOf(spans)).spans);
  expect(rows.map(({template}) => template)).toEqual(['\x1a', '\x1a', '\x1a', '\x1a']);
  expect(rows[0]!.values).toEqual(['a', 's', '1', 'a', 'i', '2']);
});

test('templates: a value with a mark in it varies from then on', () => {
  const writer = createSpanWriter(systemClock);
  const rows = rowsOf(
    write(writer, batchOf([attributes({a: text('b')}), attributes({a: text('b\x1dc')}), attributes({a: text('b')})]))
      .spans,
  );
  expect(rows).toEqual([
    {template: '\x1fa=b\x1ds', values: []},
    {template: '\x1ea\x1ds', values: ['b\x1dc']},
    {template: '\x1ea\x1ds', values: ['b']},
  ]);
});

test('templates: of many sets of keys, and of many values at once, there is a bound', () => {
  const writer = createSpanWriter(systemClock);
  const odd = Array.from({length: 10_000}, (_, i) => attributes({[`key-${i}`]: int(i)}));
  const templates = new Set(rowsOf(write(writer, batchOf(odd)).spans).map(({template}) => template));
  expect(templates.size).toBeLessThanOrEqual(4097);
  expect(templates).toContain('\x1a');
  const other = createSpanWriter(systemClock);
  const combined = Array.from({length: 5000}, (_, i) =>
    attributes(Object.fromEntries(Array.from({length: 6}, (_, k) => [`k${k}`, int(Math.floor(i / 8 ** k) % 8)]))),
  );
  expect(new Set(rowsOf(write(other, batchOf(combined)).spans).map(({template}) => template)).size).toBeLessThan(500);
});

test('templates: a text is told once, and to every tenant by itself', () => {
  const writer = createSpanWriter(systemClock);
  const batch = batchOf([attributes({a: text('b')})]);
  const [first] = [write(writer, batch).texts, write(writer, batch).texts];
  expect(first).toContain('\x1fa=b\x1ds');
  expect(write(writer, batch).texts).toEqual([]);
  writer.append(batch, 'other' as typeof defaultTenant);
  expect(writer.finish().blocks.map(({table}) => table)).toEqual(['span_texts', 'spans_11']);
  writer.append(batch, defaultTenant);
  const {failed} = writer.finish();
  failed?.();
  expect(write(writer, batch).texts).toEqual(first);
});

test.each(Array.from({length: 20}, (_, i) => i + 1))(
  'templates: spans that resemble one another are read back as they were (seed %i)',
  (seed) => {
    const random = seededRandom(seed);
    const some = (limit: number): number => Math.floor(random() * limit);
    const values: readonly ((n: number) => AnyValue)[] = [
      (n) => text(['', 'a', 'b=c', 'x\x1f', '支付', `v-${n}`][some(6)]!),
      (n) => int(some(3) === 0 ? n : 200),
      () => ({type: 'bool', value: some(2) === 0}),
      (n) => ({type: 'double', value: [0.5, -0, Number.NaN, n][some(4)]!}),
      () => ({type: 'empty'}),
      (n) => ({type: 'bytes', value: Uint8Array.of(some(3), n & 255)}),
      (n) => ({type: 'array', value: [int(n), {type: 'double', value: some(2)}, text('z')]}),
      () => ({
        type: 'map',
        value: [
          {key: 'b', value: int(1)},
          {key: some(2) === 0 ? 'a' : 'c', value: text('y')},
        ],
      }),
    ];
    const kinds = Array.from({length: 4}, () =>
      Array.from({length: some(6)}, (_, i) => ({
        key: some(9) === 0 ? 'same' : `k${i}`,
        of: values[some(values.length)]!,
      })),
    );
    const writer = createSpanWriter(systemClock);
    const batches = Array.from({length: 5}, () =>
      batchOf(Array.from({length: 60}, (_, n) => kinds[some(4)]!.map(({key, of}) => ({key, value: of(n)})))),
    );
    const blocks = batches.map((batch) => Uint8Array.from(write(writer, batch).spans));
    expect(spansAsObjects(readSpanBatch(Buffer.concat(blocks)))).toEqual(batches.flatMap(spansAsObjects));
  },
);
