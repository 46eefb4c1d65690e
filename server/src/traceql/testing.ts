/** For tests: traces from a seed, of few names and values, so that queries find some of them. */
import {seededRandom} from '../base/testing.ts';
import {type AnyValue, appendAttribute, createSpanBatch, type RangeColumn, type SpanBatch} from '../model/index.ts';

/** The start of the first trace: 2023-11-14T22:13:20Z. Traces follow each other every 1.7 s. */
export const firstStart = 1_700_000_000_000_000_000n;

const values: readonly AnyValue[] = [
  {type: 'string', value: 'foo'},
  {type: 'string', value: 'bar'},
  {type: 'string', value: ''},
  {type: 'int', value: 1n},
  {type: 'int', value: 2n},
  {type: 'int', value: 500n},
  {type: 'int', value: -3n},
  {type: 'double', value: 1.5},
  {type: 'double', value: 2},
  {type: 'bool', value: true},
  {type: 'bool', value: false},
  {
    type: 'array',
    value: [
      {type: 'string', value: 'foo'},
      {type: 'string', value: 'baz'},
    ],
  },
  {
    type: 'array',
    value: [
      {type: 'int', value: 1n},
      {type: 'int', value: 7n},
    ],
  },
];

/** `whole`: each trace has one root and all of its spans. Without `arrays` every value is a scalar. `typed`: a key's values have one type. */
export function arbitraryTraces(
  seed: number,
  count: number,
  {whole = false, arrays = true, typed = false} = {},
): SpanBatch {
  const random = seededRandom(seed);
  const some = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[some(list.length)] as T;
  const batch = createSpanBatch();
  const {heap} = batch;
  const setAttributes = (column: RangeColumn, row: number, pairs: readonly (readonly [string, AnyValue])[]): void => {
    const from = batch.attributes.count;
    for (const [key, value] of pairs) appendAttribute(batch.attributes, heap, key, value);
    column.setPair(row, from, pairs.length);
  };
  /** Of one type a key. */
  const ofType = (key: string) =>
    offered.filter(
      ({type}) => type === (/^(?:b|http)/.test(key) ? 'int' : key === 'r' ? 'double' : key === 'z' ? 'bool' : 'string'),
    );
  const offered = arrays ? values : values.filter(({type}) => type !== 'array');
  const pairs = (keys: readonly string[]) =>
    keys.filter(() => random() < 0.6).map((key) => [key, pick(typed ? ofType(key) : offered)] as const);
  const id = (length: number): Uint8Array => Uint8Array.from({length}, () => 1 + some(255));
  for (let i = 0; i < 3; i++) {
    const resource = batch.resources.add();
    setAttributes(batch.resources.columns.attributes, resource, [
      ['service.name', {type: 'string', value: ['shop', 'stock', 'mail'][i] as string}],
      ...pairs(['b', 'r']),
    ]);
    const scope = batch.scopes.add();
    batch.scopes.columns.name.setText(scope, heap, ['http', 'db', ''][i] as string);
    batch.scopes.columns.version.setText(scope, heap, ['1.0', '2', ''][i] as string);
    setAttributes(batch.scopes.columns.attributes, scope, pairs(['z']));
  }
  const {columns} = batch.spans;
  for (let trace = 0; trace < count; trace++) {
    const traceId = id(16);
    if (trace % 7 === 0) traceId.fill(0, 0, 8);
    const start = firstStart + BigInt(trace) * 1_700_000_000n;
    const ids: Uint8Array[] = [];
    const spans = 1 + some(12);
    for (let i = 0; i < spans; i++) {
      const row = batch.spans.add();
      const spanId = id(8);
      columns.resource.set(row, some(3));
      columns.scope.set(row, some(3));
      columns.traceId.set(row, traceId);
      columns.spanId.set(row, spanId);
      if (i > 0 && (whole || random() > 0.05))
        columns.parentSpanId.set(row, !whole && random() < 0.06 ? id(8) : pick(ids));
      ids.push(spanId);
      columns.name.setText(row, heap, pick(['GET /a', 'GET /b', 'SELECT', 'send']));
      columns.kind.set(row, some(6));
      const from = start + BigInt(i) * 1_000_000n;
      columns.start.set(row, from);
      columns.end.set(row, from + pick([100_000n, 5_000_000n, 250_000_000n, 1_000_000_000n, 3_500_000_000n]));
      columns.statusCode.set(row, some(3));
      columns.statusMessage.setText(row, heap, pick(['', 'boom']));
      setAttributes(columns.attributes, row, pairs(['a', 'b', 'http.status_code']));
      const firstEvent = batch.events.count;
      const events = some(3);
      for (let e = 0; e < events; e++) {
        const event = batch.events.add();
        batch.events.columns.time.set(event, from + BigInt(some(4)) * 1_000_000n);
        batch.events.columns.name.setText(event, heap, pick(['exception', 'retry']));
        setAttributes(batch.events.columns.attributes, event, pairs(['x']));
      }
      columns.events.setPair(row, firstEvent, events);
      const firstLink = batch.links.count;
      const links = some(2);
      for (let l = 0; l < links; l++) {
        const link = batch.links.add();
        batch.links.columns.traceId.set(link, id(16));
        batch.links.columns.spanId.set(link, id(8));
        setAttributes(batch.links.columns.attributes, link, pairs(['y']));
      }
      columns.links.setPair(row, firstLink, links);
    }
  }
  return batch;
}
