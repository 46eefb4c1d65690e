/** Traces with links and without, read by statements that are counted. */
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, systemClock, type TraceId, utf8Bytes} from '../base/index.ts';
import {spansAsObjects} from '../model/testing.ts';
import {Budget} from '../query/index.ts';
import {otlp} from '../wire/index.ts';
import {createReader} from './reader.ts';
import {startTestStore, type TestStore} from './testing.ts';

const [linked, plain] = ['a', 'b'].map((digit) => digit.repeat(32)) as [TraceId, TraceId];
const other = {traceId: 'c'.repeat(32), spanId: 'c'.repeat(16), traceState: 'k=v', flags: 1};
const span = (traceId: string, number: number, links: readonly object[]) => ({
  traceId,
  spanId: String(number).repeat(16),
  name: 'send',
  startTimeUnixNano: `${Date.now()}000000`,
  endTimeUnixNano: `${Date.now()}000000`,
  links,
});
const spans = [
  span(plain, 1, []),
  span(linked, 2, []),
  span(linked, 3, [{...other, attributes: [{key: 'messaging.system', value: {stringValue: 'kafka'}}]}, other]),
];

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
  const body = JSON.stringify({resourceSpans: [{scopeSpans: [{spans}]}]});
  await store.sink.consume(otlp.traces.decodeJson(utf8Bytes(body)).batch, {tenant: defaultTenant});
  await store.spool.flush();
});
afterAll(() => store.stop());

function countingReader() {
  const statements: string[] = [];
  const client = {
    ...store.engine.queries,
    ask: (question: Parameters<typeof store.engine.queries.ask>[0]) => {
      if (question.sql.includes('FROM spans_11')) statements.push(question.sql);
      return store.engine.queries.ask(question);
    },
  };
  const reader = createReader({client, clock: systemClock});
  return async (id: TraceId) => {
    statements.length = 0;
    const batch = await reader.traces(defaultTenant, [id], {
      budget: new Budget(new AbortController().signal),
      maxSpans: 100,
    });
    const found = batch === undefined ? [] : spansAsObjects(batch);
    return {links: found.map((each) => each.links.length).sort(), last: found.at(-1), statements: statements.length};
  };
}

test('links: a trace that has none takes one statement, one that has some comes with all of them', async () => {
  const read = countingReader();
  expect(await read(plain)).toMatchObject({links: [0], statements: 1});
  const {links, last, statements} = await read(linked);
  expect([links, statements]).toEqual([[0, 2], 2]);
  expect(last?.links).toMatchObject([
    {spanId: other.spanId, traceState: 'k=v', flags: 1, attributes: [{key: 'messaging.system'}]},
    {spanId: other.spanId, attributes: []},
  ]);
});

test('links: where traces have them often, they are read at once, until they are rare again', async () => {
  const read = countingReader();
  const asked = async (id: TraceId): Promise<number> => (await read(id)).statements;
  expect([await asked(linked), await asked(linked), await asked(linked)]).toEqual([2, 2, 2]);
  expect([await asked(linked), await asked(plain)]).toEqual([1, 1]);
  for (let i = 0; i < 8; i++) expect((await read(plain)).links).toEqual([0]);
  expect(await asked(linked)).toBe(2);
});
