import {expect, test} from 'vitest';
import {bringIntoView, clampZoom, pan, zoomAt} from './zoom.ts';

const total = 1000;
test.each([
  [
    {from: -50, to: 150},
    {from: 0, to: 200},
  ],
  [
    {from: 900, to: 1100},
    {from: 800, to: 1000},
  ],
  [
    {from: 10, to: 11},
    {from: 10, to: 30},
  ],
  [{from: 0, to: 1000}, undefined],
  [{from: -100, to: 2000}, undefined],
])('zoom: %j is shown as %j', (zoom, shown) => expect(clampZoom(zoom, total)).toEqual(shown));

test('zoom: a trace shorter than the finest zoom is shown whole', () =>
  expect(clampZoom({from: 1, to: 3}, 10)).toBeUndefined());
test('zooming keeps its anchor in place', () =>
  expect(zoomAt({from: 100, to: 500}, 200, 0.5, total)).toEqual({from: 150, to: 350}));
test('zooming out ends at the whole trace', () => expect(zoomAt({from: 100, to: 500}, 200, 9, total)).toBeUndefined());
test('zoom: panning stops at the edges', () => {
  expect(pan({from: 100, to: 200}, 0.5, total)).toEqual({from: 150, to: 250});
  expect(pan({from: 100, to: 200}, -5, total)).toEqual({from: 0, to: 100});
});
test.each([
  ['what is in view stays', 120, 180, {from: 100, to: 200}],
  ['a moment in view stays', 150, 150, {from: 100, to: 200}],
  ['what is elsewhere is centred', 500, 520, {from: 460, to: 560}],
  ['a moment elsewhere is centred', 500, 500, {from: 450, to: 550}],
  ['what is longer is shown whole', 300, 700, {from: 300, to: 700}],
])('zoom: %s', (_, start, end, zoom) => expect(bringIntoView({from: 100, to: 200}, start, end, total)).toEqual(zoom));
