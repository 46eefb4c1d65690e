/** The cases are those of OpenTelemetry's specification and of the Collector's `pkg/sampling`. */
import {describe, expect, test} from 'vitest';
import {utf8, utf8Bytes} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {rootsOf} from './testing.ts';
import {
  isBelow,
  keepAll,
  keepNone,
  probabilityThreshold,
  randomnessText,
  spanProbability,
  thresholdProbability56,
  thresholdText,
  traceIdRandomness,
} from './threshold.ts';
import {readTraceState, TraceState, writeTraceState} from './trace-state.ts';

const spanWith = (traceState: string): SpanBatch => rootsOf([{traceState}]);
const stateOf = (batch: SpanBatch): string => utf8(batch.spans.columns.traceState.bytes(0, batch.heap));
const th = (probability: number, precision?: number): string =>
  thresholdText(probabilityThreshold(probability, precision));

test.each([
  [1, 14, '0'],
  [0.5, 14, '8'],
  [0.25, 14, 'c'],
  [0.01, 5, 'fd70a4'],
  [1 / 3, 3, 'aab'],
  [2 / 3, 3, '555'],
  [1 / 3, 14, 'aaaaaaaaaaaaac'],
  [15 / 16, 14, '1'],
  [2 ** -56, 3, 'ffffffffffffff'],
  [2 * 2 ** -56, 3, 'fffffffffffffe'],
  [8 * 2 ** -56, 3, 'fffffffffffff8'],
  [16 * 2 ** -56, 3, 'fffffffffffff'],
  [1 - 0x456789a / 2 ** 28, 14, '456789a'],
  [1 - 0x456789a / 2 ** 28, 6, '45678a'],
  [1 - 0x456789a / 2 ** 28, 1, '4'],
  [1 - 0x456789a / 2 ** 40, 6, '00045678a'],
  [1 - 0x789abcdef / 2 ** 40, 1, '08'],
  [1 - 0x80801 / 2 ** 28, 3, '00808'],
])('threshold: probability %d with %d digits', (probability, precision, text) => {
  expect(th(probability, precision)).toBe(text);
});

test('threshold: a probability below 2^-56 keeps nothing', () => {
  expect(probabilityThreshold(2 ** -57)).toBe(keepNone);
  expect(probabilityThreshold(Number.NaN)).toBe(keepNone);
  expect(thresholdProbability56(keepNone)).toBe(0);
  expect(isBelow(keepAll, keepNone)).toBe(true);
});

test.each([
  ['', 1],
  ['ot=th:c', 0.25],
  ['ot=th:0', 1],
  ['ot=th:3', 1 - 3 / 16],
  ['ot=rv:10000000000000;th:3;a:b', 1 - 3 / 16],
  ['a=b,ot=th:8', 0.5],
  ['ot=th:ffffffffffffff', 2 ** -56],
  ['ot=th:1000', 1 - 1 / 16],
  ['ot=th:100000000000000', 1],
  ['ot=rv:10000000000000', 1],
])('probability of a span: tracestate %j', (traceState, probability) => {
  expect(spanProbability(spanWith(traceState), 0)).toBe(probability);
});

test('randomness of a trace id: its last seven bytes', () => {
  const id = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 0x80, 0, 0, 0, 0, 0, 1);
  expect(randomnessText(traceIdRandomness(id, 0))).toBe('80000000000001');
  expect(traceIdRandomness(new Uint8Array(16).fill(255), 0)).toEqual({high: 2 ** 28 - 1, low: 2 ** 28 - 1});
});

test.each([
  ['', 0.25, 'ot=th:c'],
  ['ot=th:8', 0.25, 'ot=th:c'],
  ['ot=rv:abcdefabcdefab', 1 - 3 / 16, 'ot=rv:abcdefabcdefab;th:3'],
  ['ot=a:b', 1 - 3 / 16, 'ot=th:3;a:b'],
  ['ot=a:b;th:8;rv:00000000000003', 0.25, 'ot=rv:00000000000003;th:c;a:b'],
  ['rojo=1, ot=th:8 ,congo=2', 1, 'ot=th:0,rojo=1,congo=2'],
  ['not a list', 0.5, 'ot=th:8,not a list'],
])('tracestate %j: says probability %d', (before, probability, after) => {
  const batch = spanWith(before);
  writeTraceState(batch, 0, {threshold: th(probability)});
  expect(stateOf(batch)).toBe(after);
  expect(spanProbability(batch, 0)).toBe(probability);
});

test('tracestate: a threshold can be taken back, and the member goes with the last of its keys', () => {
  const batch = spanWith('ot=th:8,a=b');
  writeTraceState(batch, 0, {threshold: undefined});
  expect(stateOf(batch)).toBe('a=b');
});

describe('tracestate', () => {
  const read = (text: string): TraceState => {
    const state = new TraceState();
    const bytes = utf8Bytes(`x${text},y`);
    readTraceState(bytes, 1, bytes.length - 3, state);
    return state;
  };
  const others = (count: number): string => Array.from({length: count}, (_, i) => `k${i}=v`).join(',');

  test.each([
    'a=b',
    'a=b,,c=d',
    ' a=b\t, c=d ',
    'tenant@system=x y',
    '0tenant@system=1',
    'ot=th:abcdefabcdefab',
    'ot=x:0X1FFF;y:.-_-.;z:',
    'ot=x1y2z3:1-2-3;y1:y_1;xy:-;th:50',
    `ot=x:${'_'.repeat(254)}`,
    others(32),
  ])('%j is sound', (text) => expect(read(text).fault).toBeUndefined());

  test.each([
    ['ot=', 'it is not a list of key=value'],
    ['a', 'it is not a list of key=value'],
    ['A=b', 'it is not a list of key=value'],
    ['0a=b', 'it is not a list of key=value'],
    ['@b=c', 'it is not a list of key=value'],
    ['a@0=c', 'it is not a list of key=value'],
    ['a=b=c', 'it is not a list of key=value'],
    ['a=é', 'it is not a list of key=value'],
    [`${'a'.repeat(257)}=b`, 'it is not a list of key=value'],
    ['ot=th:1;', 'its member ot is not a list of key:value'],
    [':1', 'it is not a list of key=value'],
    ['ot=:1;p:2', 'its member ot is not a list of key:value'],
    ['ot=1:1;u:V', 'its member ot is not a list of key:value'],
    ['ot=X:1;u:V', 'its member ot is not a list of key:value'],
    ['ot=th:;p:1', 'th is not 1 to 14 hexadecimal digits'],
    ['ot=th:$', 'its member ot is not a list of key:value'],
    ['ot=th:14.5', 'th is not 1 to 14 hexadecimal digits'],
    ['ot=th:-1', 'th is not 1 to 14 hexadecimal digits'],
    ['ot=th:100000000000000', 'th is not 1 to 14 hexadecimal digits'],
    ['ot=rv:3;p:2', 'rv is not 14 hexadecimal digits'],
    ['ot=rv:100000000000000', 'rv is not 14 hexadecimal digits'],
    [`ot=x:${'_'.repeat(255)}`, 'it is not a list of key=value'],
    [others(33), 'it has more than 32 members'],
    [`a=${'b'.repeat(1023)}`, 'it has 1025 bytes'],
  ])('%j is faulty', (text, fault) => expect(read(text).fault).toBe(fault));

  test('reads rv with all its digits', () => {
    const state = read('ot=rv:9b8233f7e3a151;th:0');
    expect([state.hasRandomness, randomnessText(state.randomness)]).toEqual([true, '9b8233f7e3a151']);
    expect([state.hasThreshold, thresholdText(state.threshold)]).toEqual([true, '0']);
  });
});
