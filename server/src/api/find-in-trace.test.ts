/** Finding in a trace, from the text to the spans, with the real engine. */
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, type TraceId} from '../base/index.ts';
import {Budget, type FindTerm} from '../query/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {parseFindText} from './find-text.ts';
import {spanResponse} from './span-response.ts';
import {spanBatchOf, type TestSpan} from './testing.ts';
import {traceResponse} from './trace-response.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const gateway = {'service.name': 'gateway', 'host.name': 'web-1'};
const start = BigInt(Date.now()) * 1_000_000n;
const spans: readonly TestSpan[] = [
  {traceId, spanId: 'a1', name: 'POST /checkout', kind: 2, start, duration: 900_000_000n, resource: gateway},
  {
    traceId,
    spanId: 'a2',
    parentSpanId: 'a1',
    name: 'charge card',
    kind: 3,
    start: start + 5n,
    duration: 80_000_000n,
    status: 2,
    statusMessage: 'Provider said no',
    resource: {'service.name': 'payment', 'host.id': 'i-77'},
    attributes: {'http.response.status_code': 503n, 'net.peer': 'Straße', note: 'two words', ratio: 0.25},
    events: [{name: 'retry', attributes: {'exception.type': 'CardError', attempt: 3n}}],
    links: [{traceId: 'abc', spanId: 'def', attributes: {why: 'replay'}}],
  },
  {
    traceId,
    spanId: 'beef000000000003',
    parentSpanId: 'a1',
    name: 'SELECT',
    start: start + 9n,
    duration: 1_000_000n,
    attributes: {'http.response.status_code': 200n, sql: '100% _done_'},
  },
  {traceId: 'f0', spanId: 'a9', name: 'charge card', start},
  {traceId: 'f0', spanId: 'b9', name: 'ends before it starts', start: start + 9n, duration: -7_000n},
];

let store: TestStore;
let reader: ReturnType<typeof createReader>;
beforeAll(async () => {
  store = await startTestStore();
  reader = createReader({client: store.engine.queries, clock: {now: () => start} as never});
  for (const batch of [spans, spans.slice(1, 2)]) {
    await store.sink.consume(spanBatchOf(batch), {tenant: defaultTenant});
  }
  await store.spool.flush();
});
afterAll(() => store?.stop());

const asked = (limit = 10) => ({budget: new Budget(new AbortController().signal), limit});
const find = async (text: string, limit = 10): Promise<string> => {
  const found = await reader.findInTrace(defaultTenant, traceId as TraceId, parseFindText(text), asked(limit));
  return found?.spanIds.map((id) => id.replace(/^0+/, '').slice(0, 4)).join(' ') ?? 'no trace';
};

test.each([
  ['checkout', 'a1'],
  ['CHARGE', 'a2'],
  ['payment', 'a2'],
  ['i-77', 'a2'],
  ['503', 'a2'],
  ['status_code', 'a2 beef'],
  ['STRASSE', ''],
  ['straße', 'a2'],
  ['carderror', 'a2'],
  ['retry', 'a2'],
  ['replay', 'a2'],
  ['00000000000000000000000000000abc', 'a2'],
  ['"said no"', 'a2'],
  ['beef0000', 'beef'],
  ['payment 503', 'a2'],
  ['gateway 503', ''],
  ['100%', 'beef'],
  ["'", ''],
  ['http.response.status_code=503', 'a2'],
  ['http.response.status_code!=503', 'beef'],
  ['http.response.status_code>=500', 'a2'],
  ['http.response.status_code<500', 'beef'],
  ['ratio<0.3', 'a2'],
  ['note>1', ''],
  ['note="two words"', 'a2'],
  ['attempt=3', 'a2'],
  ['attempt>2', 'a2'],
  ['service.name=payment', 'a2'],
  ['duration>100ms', 'a1'],
  ['duration<=1ms', 'beef'],
  ['status=error', 'a2'],
  ['kind=client', 'a2'],
  ['kind!=client', 'a1 beef'],
  ['service=payment', 'a2'],
  ['service!=payment', 'a1 beef'],
  ['operation="charge card"', 'a2'],
  ['operation!=SELECT', 'a1 a2'],
  ['has=note', 'a2'],
  ['has!=http.response.status_code', 'a1'],
  ['.note="two words"', 'a2'],
  ['.service=payment', ''],
  ['card status=error', 'a2'],
])('find in a trace: %s finds %j', async (text, found) => expect(await find(text)).toBe(found));

test('find in a trace: more spans than are wanted are counted', async () => {
  const found = await reader.findInTrace(defaultTenant, traceId as TraceId, parseFindText('duration>0ns'), asked(2));
  expect(found).toMatchObject({total: 3, spanIds: [expect.stringMatching(/a1$/), expect.stringMatching(/a2$/)]});
});

test('find in a trace: a trace that is not there is not an empty one', async () => {
  const none = await reader.findInTrace(defaultTenant, 'e'.repeat(32) as TraceId, parseFindText('a'), asked());
  expect(none).toBeUndefined();
});

test('outline: each span has the host of its resource', async () => {
  const outline = await reader.outline(defaultTenant, traceId as TraceId, {...asked(), maxSpans: 10});
  expect(outline?.host.map((index) => outline.hosts[index])).toEqual(['web-1', 'i-77', '']);
});

test.each([
  ['a b', 'a,b'],
  ['"a b" c', 'a b,c'],
  ['"open end', 'open end'],
  ['key="a b"c', 'key is a b,c'],
  ['a=b=c', 'a is b=c'],
  ['a>=5', 'a >= 5'],
  ['=b', '=b'],
  ['duration=5ms', 'duration = 5000000'],
  ['status=shipped', 'status is shipped'],
  ['status!=OK', 'status not ok'],
  ['.status=error', 'status is error'],
  ['.duration>5', 'duration > 5'],
  ['service=a', 'service is a'],
  ['has!=a', 'has not a'],
])('find text: %j reads as %j', (text, terms) => {
  const shown = parseFindText(text).map(shownTerm);
  expect(shown.join(',')).toBe(terms);
});

function shownTerm(term: FindTerm): string {
  switch (term.type) {
    case 'word':
      return term.word;
    case 'is':
    case 'isNot':
      return `${term.key} ${term.type} ${term.value}`;
    case 'number':
      return `${term.key} ${term.operator} ${term.value}`;
    case 'duration':
      return `duration ${term.operator} ${term.nanos}`;
    case 'status':
      return `status ${term.not ? 'not' : 'is'} ${term.status}`;
    case 'kind':
      return `kind ${term.not ? 'not' : 'is'} ${term.kind}`;
    case 'field':
      return `${term.field} ${term.not ? 'not' : 'is'} ${term.value}`;
    case 'has':
      return `has ${term.not ? 'not' : ''} ${term.key}`;
  }
}

test.each(['', '  ', 'a>b', 'duration>5', 'x '.repeat(17), 'x'.repeat(2001)])('find text: %j is refused', (text) =>
  expect(() => parseFindText(text)).toThrow(expect.objectContaining({code: 'bad_request', hint: expect.any(String)})),
);

test('outline: a span that ends before it starts takes no time, and by how much it does is told', async () => {
  const id = 'f0'.padStart(32, '0') as TraceId;
  const outline = await reader.outline(defaultTenant, id, {...asked(), maxSpans: 10});
  expect(JSON.parse([...traceResponse(id, outline!)].join(''))).toMatchObject({
    durationNano: '1000000',
    endsBeforeStart: [[1, 7_000]],
    spans: {start: [0, 9], duration: [1_000_000, 0]},
  });
  const batch = (await reader.traces(defaultTenant, [id], {...asked(), maxSpans: 10}))!;
  expect([0, 1].map((row) => spanResponse(batch, row))).toMatchObject([
    {durationNano: '1000000'},
    {durationNano: '0', endsBeforeStartNano: '7000'},
  ]);
  expect(spanResponse(batch, 0).endsBeforeStartNano).toBeUndefined();
});

const valuesOf = async (key: string): Promise<object> =>
  Object.fromEntries(
    (await reader.traceValues(defaultTenant, traceId as TraceId, key, asked())).map(({value, spanIds}) => [
      value,
      spanIds.map((id) => id.replace(/^0+/, '').slice(0, 4)),
    ]),
  );

test.each<[string, object]>([
  ['http.response.status_code', {503: ['a2'], 200: ['beef']}],
  ['service.name', {gateway: ['a1'], payment: ['a2'], shop: ['beef']}],
  ['attempt', {}],
  ["it's `odd` {p0:String}", {}],
])('values in a trace: those of %s, each span once', async (key, values) =>
  expect(await valuesOf(key)).toEqual(values),
);
