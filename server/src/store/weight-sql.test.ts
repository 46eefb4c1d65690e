/** Against the code that counts spans before they are stored. */
import {afterAll, beforeAll, expect, test} from 'vitest';
import {seededRandom} from '../model/testing.ts';
import {spanWeight} from '../red/index.ts';
import {traceStateProbability} from '../sampling/index.ts';
import {startTestStore, type TestStore, traceStates} from './testing.ts';
import {probabilitySql, weightSql} from './weight-sql.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

test('weight as SQL: of every tracestate and span id the probability and the weight that everybody else has', async () => {
  const random = seededRandom(74);
  const some = (limit: number): number => Math.floor(random() * limit);
  const spans = [...traceStates, ...Array.from({length: 4000}, () => arbitraryState(some))].flatMap((state) =>
    Array.from({length: 3}, () => ({state, id: Uint8Array.from({length: 8}, () => some(256))})),
  );
  const {client} = store.engine;
  await client.command({query: 'CREATE TABLE weighed (n UInt32, state String, id String) ENGINE = Memory'});
  await client.insert({
    table: 'weighed',
    values: spans.map(({state, id}, n) => ({
      n,
      state: Buffer.from(state, 'latin1').toString('hex'),
      id: Buffer.from(id).toString('hex'),
    })),
    format: 'JSONEachRow',
  });
  const answer = await client.query({
    query: `SELECT ${probabilitySql('state')} AS p, toString(${weightSql('p', 'id')}) AS weight FROM (
      SELECT n, unhex(state) AS state, toFixedString(unhex(id), 8) AS id FROM weighed) ORDER BY n`,
    format: 'JSONEachRow',
  });
  const found = await answer.json<{p: number; weight: string}>();
  const expected = spans.map(({state, id}) => {
    const p = traceStateProbability(Buffer.from(state, 'latin1'), 0, state.length);
    return {state, p, weight: String(spanWeight(p, id, 0))};
  });
  expect(found.map((row, i) => ({state: spans[i]?.state, ...row}))).toEqual(expected);
  expect(new Set(expected.map(({weight}) => weight)).size).toBeGreaterThan(500);
});

/** Mostly of the pieces that one is made of, in any order. */
function arbitraryState(some: (limit: number) => number): string {
  const hex = '0123456789abcdefABCDEF';
  const digits = (): string => Array.from({length: some(17)}, () => hex[some(hex.length)]).join('');
  const pieces = [
    ...[
      'ot=th:',
      'ot=th:',
      ';th:',
      'th:',
      'ot=',
      'rv:',
      ';',
      ',',
      '=',
      ':',
      ' ',
      '\t',
      'vendor=x',
      'ot@a=th:8',
      'OT=th:8',
    ],
    ...['\x7f', '\xff', '\0', '-', '_', '.', 'g', 'x'.repeat(250), '0', 'f'],
  ];
  if (some(3) === 0) return `ot=th:${'f'.repeat(some(12))}${digits().slice(0, 1 + some(6))}`;
  return Array.from({length: 1 + some(8)}, () => (some(3) === 0 ? digits() : pieces[some(pieces.length)])).join('');
}
