import {expect, test} from 'vitest';
import type {LogLine} from '../api/index.ts';
import {logMarksOf, marksInView, worstOf} from './log-marks.ts';
import {traceOf} from './testing.ts';
import {modelTrace} from './trace-model.ts';

const line = (spanId: string, at: number, severity: LogLine['severity'] = 'info'): LogLine => ({
  timeUnixNano: String(1_767_323_045_000_000_000n + BigInt(at)),
  spanId,
  service: 'shop',
  severity,
  severityNumber: 9,
  severityText: '',
  eventName: '',
  body: {type: 'string', value: 'x'},
  attributes: [],
  droppedAttributes: 0,
  scope: '',
});

test('log lines: each at its time on its span, those of other spans and of none left out', () => {
  const model = modelTrace(traceOf({id: 'a', start: 0, end: 100}, {id: 'b', parent: 'a', start: 10, end: 50}));
  const marks = logMarksOf(model, [line('b', 20), line('', 30), line('gone', 30), line('b', 40, 'error')]);
  expect([...marks]).toEqual([
    [
      1,
      [
        {at: 20, severity: 'info'},
        {at: 40, severity: 'error'},
      ],
    ],
  ]);
  expect(worstOf(marks.get(1)!)).toBe('error');
});

test('log lines: those of a clock that is wrong move with their span', () => {
  const spans = [
    {id: 'a', start: 100e6, end: 200e6, host: 'one', kind: 3},
    {id: 'b', parent: 'a', start: 0, end: 50e6, host: 'two', kind: 2},
  ];
  const model = modelTrace(traceOf(...spans));
  expect(model.adjusted).toBe(true);
  const at = model.layout.indexOf.get('b')!;
  const [mark] = logMarksOf(model, [line('b', 10)]).get(at)!;
  expect(mark!.at).toBe(model.trace.spans.start[at]! + 10);
  expect(logMarksOf(modelTrace(traceOf(...spans), {asSent: true}), [line('b', 10)]).get(at)?.[0]?.at).toBe(10);
});

test('log lines: of those that fall on one place the worst is drawn, those out of view are not', () => {
  const marks = [
    {at: 100, severity: 'info'},
    {at: 100.1, severity: 'error'},
    {at: 100.2, severity: 'debug'},
    {at: 150, severity: 'warn'},
    {at: 900, severity: 'fatal'},
  ] as const;
  expect(marksInView(marks, {from: 0, to: 200})).toEqual([
    [0.5, 'error'],
    [0.75, 'warn'],
  ]);
});
