import {expect, test} from 'vitest';
import {minimapCells} from './minimap-pixels.ts';
import {randomTrace, type SpanSketch, traceOf} from './testing.ts';
import {modelTrace} from './trace-model.ts';

const draw = (...sketches: readonly SpanSketch[]) => {
  const cells = minimapCells(modelTrace(traceOf(...sketches)), 10, sketches.length);
  return Array.from({length: sketches.length}, (_, y) =>
    [...cells.subarray(y * 10, y * 10 + 10)].map((cell) => '.xab'[cell]).join(''),
  );
};

test('minimap pixels: a row a span, time from left to right, errors by themselves', () =>
  expect(
    draw(
      {id: 'root', start: 0, end: 100, service: 's'},
      {id: 'child', parent: 'root', start: 20, end: 50, service: 't'},
      {id: 'bad', parent: 'root', start: 50, end: 90, service: 't', error: true},
      {id: 'moment', parent: 'root', start: 100, end: 100, service: 't'},
    ),
  ).toEqual(['aaaaaaaaaa', '..bbb.....', '.....xxxx.', '.........b']));

test('minimap pixels: many spans on few rows stay inside the picture, and an error is never hidden', () => {
  const model = modelTrace(randomTrace(3, 3_000, true));
  const cells = minimapCells(model, 50, 20);
  expect(cells).toHaveLength(1000);
  expect(cells.some((cell) => cell === 1)).toBe(true);
});

/** Painted as it is described: every span, then every error. */
function painted({trace, layout, total}: ReturnType<typeof modelTrace>, width: number, height: number): Uint16Array {
  const cells = new Uint16Array(width * height);
  const {start, duration, service, status} = trace.spans;
  for (const errors of [false, true]) {
    layout.order.forEach((span, at) => {
      if (errors && status[span] !== 2) return;
      const y = Math.floor((at / layout.count) * height);
      const left = Math.min(width - 1, Math.floor((start[span]! / total) * width));
      const right = Math.min(width, Math.max(left + 1, Math.round(((start[span]! + duration[span]!) / total) * width)));
      cells.fill(errors ? 1 : service[span]! + 2, y * width + left, y * width + right);
    });
  }
  return cells;
}

test.each(Array.from({length: 20}, (_, seed) => seed))(
  'minimap: spans that share a row lie on one another as they are drawn (seed %d)',
  (seed) => {
    const model = modelTrace(randomTrace(seed, 100 + 20 * seed, seed % 2 === 1));
    expect([...minimapCells(model, 60, 12)]).toEqual([...painted(model, 60, 12)]);
  },
);
