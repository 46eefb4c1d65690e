import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createConnection} from './connection.ts';

beforeEach(() => {
  vi.useFakeTimers({now: 1_000_000});
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection to a Weft that a test switches on and off; every wait is as long as its middle. */
function connect() {
  const weft = {there: true, asked: 0, started: '1'};
  const connection = createConnection(
    async () => {
      weft.asked++;
      return weft.there ? {started: weft.started} : undefined;
    },
    Date.now,
    () => 0.5,
  );
  return {weft, connection};
}

test('connection: one request without an answer means nothing while Weft answers another', async () => {
  const {weft, connection} = connect();
  await connection.doubt();
  expect(weft.asked).toBe(1);
  expect(connection.state()).toEqual({kind: 'answering'});
});

test('connection: a Weft that is gone is asked less and less often, and says since when it is', async () => {
  const {weft, connection} = connect();
  weft.there = false;
  await connection.doubt();
  expect(connection.state()).toEqual({kind: 'gone', since: 1_000_000, nextAt: 1_001_000});
  await vi.advanceTimersByTimeAsync(1_000 + 2_000 + 3_000);
  expect(weft.asked).toBe(4);
  expect(connection.state()).toMatchObject({since: 1_000_000, nextAt: 1_011_000});
  await vi.advanceTimersByTimeAsync(60_000);
  expect(weft.asked).toBeLessThan(12);
});

test('connection: a Weft that is back is noticed by itself, once, and is asked no more', async () => {
  const {weft, connection} = connect();
  const back = vi.fn();
  connection.onBack(back);
  weft.there = false;
  await connection.doubt();
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
  await connection.doubt();
  connection.tryNow();
  connection.tryNow();
  expect(connection.state()).toMatchObject({nextAt: undefined});
  await vi.advanceTimersByTimeAsync(0);
  expect(weft.asked).toBe(2);
});

test('connection: a page that is seen and asks nothing by itself notices within a beat that Weft is gone', async () => {
  const {weft, connection} = connect();
  connection.watch(true);
  await vi.advanceTimersByTimeAsync(2_000 + 60_000);
  expect(weft.asked).toBe(1 + 6);
  weft.there = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(connection.state()).toMatchObject({kind: 'gone', since: 1_072_000});
  weft.there = true;
  await vi.advanceTimersByTimeAsync(1_000 + 10_000);
  expect(connection.state()).toEqual({kind: 'answering'});
  expect(weft.asked).toBe(1 + 6 + 1 + 1 + 1);
});

test('connection: a page that nobody sees asks nothing, Weft there or gone, and asks soon after it is seen again', async () => {
  const {weft, connection} = connect();
  connection.watch(true);
  connection.watch(false);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(weft.asked).toBe(0);
  weft.there = false;
  connection.watch(true);
  await vi.advanceTimersByTimeAsync(500);
  expect(connection.state()).toMatchObject({kind: 'gone'});
  connection.watch(false);
  expect(connection.state()).toMatchObject({nextAt: undefined});
  await vi.advanceTimersByTimeAsync(600_000);
  expect(weft.asked).toBe(1);
  weft.there = true;
  connection.watch(true);
  await vi.advanceTimersByTimeAsync(500);
  expect(connection.state()).toEqual({kind: 'answering'});
});

test('connection: another start of Weft is noticed once, and the first one is none', async () => {
  const {weft, connection} = connect();
  const restarted = vi.fn();
  connection.onRestart(restarted);
  connection.watch(true);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(restarted).not.toHaveBeenCalled();
  weft.started = '2';
  await vi.advanceTimersByTimeAsync(30_000);
  expect(restarted).toHaveBeenCalledTimes(1);
});
