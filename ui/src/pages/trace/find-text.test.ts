import {expect, test} from 'vitest';
import {parseFindText} from '../../../../server/src/api/find-text.ts';
import {findFault} from './find-text.ts';

test.each<[text: string, fault: object]>([
  ['"', {kind: 'waits', for: 'quote'}],
  ['note="two wo', {kind: 'waits', for: 'quote'}],
  ['"two" "words', {kind: 'waits', for: 'quote'}],
  ['""', {kind: 'waits', for: 'value'}],
  ['duration>', {kind: 'waits', for: 'value'}],
  ['503 http.status_code>=', {kind: 'waits', for: 'value'}],
  ['duration> 5s', {kind: 'refused', why: 'duration', value: ''}],
  ['duration>long', {kind: 'refused', why: 'duration', value: 'long'}],
  ['duration>5', {kind: 'refused', why: 'duration', value: '5'}],
  ['retries>="many"', {kind: 'refused', why: 'number', value: 'many'}],
  ['x'.repeat(2_001), {kind: 'refused', why: 'long', limit: 2_000}],
  ['w '.repeat(17), {kind: 'refused', why: 'many', limit: 16}],
])('find in a trace: %j is not asked for', (text, fault) => expect(findFault(text)).toEqual(fault));

/** Texts made of pieces that mean something, in any order. */
function* texts(): Generator<string> {
  const pieces = ['"', 'duration', 'key', '>', '>=', '=', '!=', '<', '5', '5ms', '1h30m', '0', 'word', ' ', '!', 'µs'];
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let i = 0; i < 5_000; i++)
    yield Array.from({length: 1 + random(6)}, () => pieces[random(pieces.length)])
      .join('')
      .trim();
}

test('find in a trace: Weft understands whatever the page asks for, and refuses what the page refuses', () => {
  for (const text of texts()) {
    if (text === '') continue;
    const fault = findFault(text);
    // Of a quote that is open the server makes the best it can; the page waits for the rest.
    if (fault?.kind === 'waits' && fault.for === 'quote') continue;
    let understood = true;
    try {
      parseFindText(text);
    } catch {
      understood = false;
    }
    expect(fault === undefined, text).toBe(understood);
  }
});
