import {expect, test} from 'vitest';
import type {ExplainResponse, TraceResponse} from '../api/index.ts';
import {describe, logLines, waterfall} from './command-trace.ts';

const explained = (change: Partial<ExplainResponse> = {}): ExplainResponse => ({
  traceId: '1',
  language: 'en',
  failed: true,
  durationNanos: 1e9,
  spans: 3,
  paragraph: 'gateway "GET /" failed after 1 s.',
  findings: [
    {
      kind: 'error',
      severity: 'problem',
      confidence: 0.95,
      impact: 1,
      title: 'Error: deadlock',
      sentence: '',
      disprove: '',
      spans: ['b', 'a'],
      spanCount: 2,
      figures: {},
      facts: {},
    },
  ],
  breakdown: {kinds: [], services: [], operations: [], calls: []},
  criticalPath: ['a', 'b'].map((spanId) => ({spanId, nanos: 1, selfNanos: 1})),
  gaps: [],
  notes: [],
  ...change,
});
const trace: TraceResponse = {
  traceId: '1',
  startUnixNano: '0',
  durationNano: '1000000000',
  services: ['gateway', 'order'],
  names: ['GET /', 'UPDATE', 'side\u001b[2J'],
  hosts: [''],
  spans: {
    spanId: ['a', 'b', 'c'],
    parentSpanId: ['', 'a', 'a'],
    service: [0, 1, 1],
    name: [0, 1, 2],
    host: [0, 0, 0],
    kind: [2, 3, 1],
    status: [2, 2, 0],
    start: [0, 500e6, 600e6],
    duration: [1e9, 500e6, 100e6],
    events: [0, 0, 0],
    links: [0, 0, 0],
  },
};

test('weft trace: the waterfall shows depth, failures, the critical path and where a finding stands', () => {
  expect(waterfall(trace, explained(), {width: 80, rows: 100})).toEqual([
    '✗ gateway GET /                      ███████████████████████████        1 s',
    '  ✗ order UPDATE                                  ██████████████     500 ms ← 1',
    '  order side�[2J                                     ░░░             100 ms',
  ]);
});
test('weft trace: what is not drawn is counted', () => {
  expect(waterfall({...trace, omitted: 5}, explained(), {width: 80, rows: 1})[1]).toBe('… 7 more spans (--rows)');
});
test('weft trace: the explanation comes as lines of the terminal, in any language', () => {
  expect(describe(explained(), 60)).toEqual([
    'gateway "GET /" failed after 1 s.',
    '',
    ' 1. Error: deadlock',
    '    problem, confidence 95 %, span b and 1 more',
  ]);
  const lines = describe(explained({paragraph: '錯誤源頭是資料庫。'.repeat(20), findings: []}), 60);
  expect(lines.length).toBeGreaterThan(4);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
});

test('weft trace: log lines by their time, on one line each, and nothing of them steers the terminal', () => {
  const line = {
    timeUnixNano: '20000000',
    spanId: 'a',
    service: 'order',
    severity: 'error',
    severityNumber: 17,
    severityText: 'ERROR',
    eventName: '',
    body: {type: 'string', value: 'declined\n\u001b[2J again'},
    attributes: [],
    droppedAttributes: 0,
    scope: '',
  } as const;
  const event = {
    ...line,
    timeUnixNano: '-5000',
    severity: 'unspecified',
    severityText: '',
    eventName: 'retry',
  } as const;
  expect(
    logLines(trace, {lines: [line, {...event, service: 'gateway', body: {type: 'empty'}}], more: true}, 60),
  ).toEqual([
    '',
    'Logs',
    '    +20 ms order   error declined �[2J again',
    '     -5 µs gateway       retry',
    '… more lines (--logs)',
  ]);
  expect(logLines(trace, {lines: [], more: false}, 60)).toEqual([]);
});
