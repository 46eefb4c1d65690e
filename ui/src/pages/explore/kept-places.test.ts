import {expect, test} from 'vitest';
import {createKeptPlaces, MAX_PLACES} from './kept-places.ts';

test('kept places: the latest are kept, and no more of them than a reader goes back to', () => {
  const places = createKeptPlaces();
  for (let i = 0; i < MAX_PLACES; i++) places.keep(`entry ${i}`, {top: i, row: undefined});
  places.keep('entry 0', {top: 7, row: 'a'});
  places.keep('another', {top: 1, row: undefined});
  expect(places.of('entry 0')).toEqual({top: 7, row: 'a'});
  expect(places.of('entry 1')).toBeUndefined();
  expect(places.of('another')).toEqual({top: 1, row: undefined});
});
