import {expect, test} from 'vitest';
import {takeBytes, utf8} from '../base/index.ts';
import {Heap} from './heap.ts';

const textAt = ({bytes, length}: Heap, start: number): string => utf8(bytes, start, length - start);

test('heap: texts are appended as UTF-8, short and long ones, of any characters', () => {
  for (const text of ['', 'GET /', 'naïve', 'naïve'.repeat(20), 'a'.repeat(100), '🦊', 'abc\0']) {
    const heap = Heap.of(new Uint8Array([1, 2, 3]));
    const start = heap.appendText(text);
    expect(start).toBe(3);
    expect(textAt(heap, start)).toBe(text);
  }
});

test('heap: an edit goes into what is left of the memory of a body', () => {
  const body = takeBytes(5000);
  body.fill(65);
  const heap = Heap.of(body.subarray(0, 4990));
  const start = heap.appendText('B'.repeat(1000));
  expect(heap.bytes.buffer).toBe(body.buffer);
  expect(textAt(heap, start)).toBe('B'.repeat(1000));
  expect(heap.bytes[4989]).toBe(65);
  // More than is left of its 8,192 bytes.
  const later = heap.appendText('C'.repeat(4000));
  expect(heap.bytes.buffer).not.toBe(body.buffer);
  expect(textAt(heap, later)).toBe('C'.repeat(4000));
  expect(utf8(heap.bytes, start, 1000)).toBe('B'.repeat(1000));
});

test('heap: memory that it has left goes back to the pool with the heap, and not before', () => {
  const body = takeBytes(100_000);
  const heap = Heap.of(body);
  heap.makeRoom(200_000);
  const grown = heap.bytes;
  expect([heap.holds(body), heap.holds(grown), heap.holds(takeBytes(100_000))]).toEqual([true, true, false]);
  expect(takeBytes(100_000).buffer).not.toBe(body.buffer);
  heap.giveBack();
  expect(takeBytes(100_000).buffer).toBe(body.buffer);
  expect(takeBytes(300_000).buffer).toBe(grown.buffer);
});

test('heap: room that was made takes what comes without another move', () => {
  const heap = Heap.of(Uint8Array.of(1, 2, 3));
  heap.makeRoom(50_000);
  expect(heap.length).toBe(3);
  const {buffer} = heap.bytes;
  heap.append(new Uint8Array(50_000).fill(9));
  expect(heap.bytes.buffer).toBe(buffer);
  expect([...heap.bytes.subarray(0, 4)]).toEqual([1, 2, 3, 9]);
});

test('heap: what lies behind bytes of other origin is not written', () => {
  const bytes = new Uint8Array(100).fill(1);
  const heap = Heap.of(bytes.subarray(0, 50));
  heap.appendText('more');
  expect(bytes.every((each) => each === 1)).toBe(true);
});
