/** Attributes that are copied together are those that the batch has now, whatever became of those that came. */
import {expect, test} from 'vitest';
import {
  type AnyValue,
  appendAttribute,
  createSpanBatch,
  Heap,
  readAttributes,
  removeAttributes,
  type SpanBatch,
  setAttribute,
} from '../model/index.ts';
import {seededRandom} from '../model/testing.ts';
import {otlp} from './index.ts';
import {AttributeBytes} from './otlp-attribute-bytes.ts';

const values: readonly AnyValue[] = [
  {type: 'string', value: 'text'},
  {type: 'string', value: ''},
  {type: 'string', value: 'x'.repeat(200)},
  {type: 'bool', value: true},
  {type: 'bool', value: false},
  ...[0n, 1n, 127n, 128n, 300n, -1n, 2n ** 31n, 2n ** 40n, 2n ** 63n - 1n].map(
    (value): AnyValue => ({type: 'int', value}),
  ),
  ...[0, -0, 1.5, Number.NaN].map((value): AnyValue => ({type: 'double', value})),
  {type: 'empty'},
  {type: 'bytes', value: Uint8Array.of(1, 2)},
  {type: 'array', value: [{type: 'int', value: 1n}]},
];

function made(attributes: readonly (readonly [key: string, value: AnyValue])[]): SpanBatch {
  const batch = createSpanBatch(Heap.empty());
  batch.resources.add();
  batch.scopes.add();
  const row = batch.spans.add();
  batch.spans.columns.traceId.set(row, new Uint8Array(16).fill(1));
  batch.spans.columns.spanId.set(row, new Uint8Array(8).fill(1));
  const from = batch.attributes.count;
  for (const [key, value] of attributes) appendAttribute(batch.attributes, batch.heap, key, value);
  batch.spans.columns.attributes.setPair(row, from, attributes.length);
  return batch;
}

const attributesOf = (batch: SpanBatch) =>
  readAttributes(batch, batch.spans.columns.attributes.from(0), batch.spans.columns.attributes.count(0));
const recoded = (batch: SpanBatch): SpanBatch => otlp.traces.decodeProto(otlp.traces.encodeProto(batch)).batch;
/** How many attributes of the span lie in the heap as they are written. */
function found(batch: SpanBatch): number {
  const wire = new AttributeBytes(batch);
  const {attributes} = batch.spans.columns;
  return Array.from({length: attributes.count(0)}, (_, i) => wire.fieldOf(0x4a, attributes.from(0) + i)).filter(
    (at) => at >= 0,
  ).length;
}

test('attribute bytes: those of a received body are found, short texts and scalars of every size', () => {
  const batch = recoded(made(values.map((value, i) => [`key.${i}`, value])));
  // Not the long text, the empty value, the bytes and the array.
  expect(found(batch)).toBe(values.length - 4);
  expect(attributesOf(recoded(batch))).toEqual(attributesOf(batch));
});

test('attribute bytes: a value of another type or size in the same place is not what lies there', () => {
  for (const value of values) {
    const batch = recoded(
      made([
        ['before', {type: 'int', value: 7n}],
        ['key', {type: 'int', value: 300n}],
        ['after', {type: 'bool', value: true}],
      ]),
    );
    setAttribute(batch, batch.spans.columns.attributes, 0, 'key', value);
    expect(attributesOf(recoded(batch)).map(({key}) => key)).toEqual(['before', 'key', 'after']);
    expect(attributesOf(recoded(batch))[1]?.value).toEqual(value);
  }
});

test.each([1, 2, 3, 4, 5])(
  'attribute bytes: after arbitrary edits the encoding says what the batch says, seed %i',
  (seed) => {
    const random = seededRandom(seed);
    const some = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    let batch = made([]);
    for (let step = 0; step < 300; step++) {
      const {attributes} = batch.spans.columns;
      const what = random();
      if (what < 0.5) setAttribute(batch, attributes, 0, `k${Math.floor(random() * 12)}`, some(values));
      else if (what < 0.6) removeAttributes(batch, attributes, 0, () => random() < 0.3);
      else if (what < 0.7 && attributes.count(0) > 1) {
        // The key of another one, as a processor renames by pointing elsewhere.
        const {key} = batch.attributes.columns;
        const at = attributes.from(0);
        key.setPair(at, key.start(at + 1), key.size(at + 1));
      } else {
        const next = recoded(batch);
        expect(attributesOf(next)).toEqual(attributesOf(batch));
        batch = next;
      }
    }
  },
);
