import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createConnection} from './connection.ts';

beforeEach(() => {
  vi.useFakeTimers({now: 1_000_000});
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection to a Weft that a test switches on and off. */
function connect() {
  const weft = {there: true, asked: 0};
  const connection = createConnection(async () => {
    weft.asked++;
    return weft.there;
  });
  return {weft, connection};
}

test('connection: one request without an answer means nothing while Weft answers another', async () => {
  const {weft, connection} = connect();
  connection.doubt();
  await vi.advanceTimersByTimeAsync(0);
  expect(weft.asked).toBe(1);
  expect(connection.state()).toEqual({kind: 'answering'});
});

test('connection: a Weft that is gone is asked less and less often, and says since when and of when the last answer is', async () => {
  const {weft, connection} = connect();
  connection.answered();
  await vi.advanceTimersByTimeAsync(500);
  weft.there = false;
  connection.doubt();
  await vi.advanceTimersByTimeAsync(0);
  expect(connection.state()).toEqual({kind: 'gone', since: 1_000_500, lastAnswer: 1_000_000, nextAt: 1_001_500});
  await vi.advanceTimersByTimeAsync(1_000 + 2_000 + 3_000);
  expect(weft.asked).toBe(4);
  expect(connection.state()).toMatchObject({since: 1_000_500, nextAt: 1_011_500});
  await vi.advanceTimersByTimeAsync(60_000);
  expect(weft.asked).toBeLessThan(12);
});

test('connection: a Weft that is back is noticed by itself, once, and is asked no more', async () => {
  const {weft, connection} = connect();
  const back = vi.fn();
  connection.onBack(back);
  weft.there = false;
  connection.doubt();
  await vi.advanceTimersByTimeAsync(2_000);
  weft.there = true;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(connection.state()).toEqual({kind: 'answering'});
  expect(back).toHaveBeenCalledTimes(1);
  const asked = weft.asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(weft.asked).toBe(asked);
});

test('connection: asked now, Weft is not asked twice at once', async () => {
  const {weft, connection} = connect();
  weft.there = false;
  connection.doubt();
  await vi.advanceTimersByTimeAsync(0);
  connection.tryNow();
  connection.tryNow();
  expect(connection.state()).toMatchObject({nextAt: undefined});
  await vi.advanceTimersByTimeAsync(0);
  expect(weft.asked).toBe(2);
});
