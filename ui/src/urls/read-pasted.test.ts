import {expect, test} from 'vitest';
import {readPasted} from './read-pasted.ts';

const here = 'http://127.0.0.1:16686';
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';
const place = (text: string) => {
  const pasted = readPasted(text, here);
  return pasted?.kind === 'place' ? [pasted.place.href, pasted.place.sure] : pasted;
};

test.each([
  [`${here}/services?last=5m&sort=p99`, ['/services?last=5m&sort=p99', true]],
  [`${here}/services/order?part=errors`, ['/services/order?part=errors', true]],
  ['https://weft.example/services?find=a', ['/services?find=a', false]],
  [`"${here}/status/"`, ['/status', true]],
  [`<${here}>`, ['/', true]],
  ['https://weft.example/?where=duration>1s&last=5m', ['/?where=duration%3E1s&last=5m', true]],
  ['https://elsewhere.example/', undefined],
  ['https://elsewhere.example/search?q=service', undefined],
  [
    'https://j.example/jaeger/search?service=a&operation=GET%20%2F&lookback=2h',
    ['/search?service=a&operation=GET%20%2F&lookback=2h', true],
  ],
  [
    `https://weft.example/trace/${trace.toUpperCase()}?tab=flame&span=${span}&zoom=5-9&last=5m&nonsense=1`,
    [`/trace/${trace}?last=5m&tab=flame&span=${span}&zoom=5-9`, true],
  ],
  [`https://j.example/jaeger/trace/${span}?uiFind=${span}`, [`/trace/0000000000000000${span}?span=${span}`, true]],
  [`https://j.example/trace/${trace}?uiFind=GET+a`, [`/trace/${trace}?find=GET+a`, true]],
])('pasted: the address %s leads to %j', (text, found) => expect(place(text)).toEqual(found));

test.each([
  [`trace_id=${trace}`, {kind: 'traces', ids: [{traceId: trace}], doubt: false}],
  [`see http://x/trace/${trace} and more`, {kind: 'traces', ids: [{traceId: trace}], doubt: false}],
  [` "${span}" `, {kind: 'traces', ids: [{traceId: `0000000000000000${span}`}], doubt: true}],
  [`msg="no" span_id=${span}`, {kind: 'span', spanId: span}],
  ['duration>1s', undefined],
])('pasted: %j names what it names', (text, pasted) => expect(readPasted(text, here)).toEqual(pasted));

test.each([
  ['words', 'lorem ipsum '.repeat(2_000)],
  ['one letter', 'x'.repeat(20_000)],
  ['a condition', `tenant=${'x'.repeat(20_000)}`],
  ['an address', `${here}/?where=${'x'.repeat(20_000)}`],
])('pasted: 20,000 characters of %s are told to be too many', (_, text) =>
  expect(readPasted(text, here)).toEqual({kind: 'long', characters: text.length}),
);

test('pasted: an id is found in 20,000 characters', () =>
  expect(readPasted(`${'x '.repeat(10_000)}trace_id=${trace}`, here)).toMatchObject({kind: 'traces'}));
