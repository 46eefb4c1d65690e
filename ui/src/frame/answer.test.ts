import {expect, test} from 'vitest';
import {type Answer, contentOf} from './answer.ts';

const answer = (some: Partial<Answer<string>>): Answer<string> =>
  ({data: undefined, error: null, isPlaceholderData: false, ...some}) as Answer<string>;
const error = new Error('no');

test.each([
  ['nothing yet is pending', {}, false, {kind: 'pending'}],
  ['a failure without an answer', {error}, false, {kind: 'failed', error}],
  ['an answer', {data: 'a'}, false, {kind: 'shown', data: 'a'}],
  [
    'another question’s answer is old',
    {data: 'a', isPlaceholderData: true},
    false,
    {kind: 'shown', data: 'a', old: 'another'},
  ],
  ['an answer is kept when asking again fails', {data: 'a', error}, false, {kind: 'shown', data: 'a', old: 'failed'}],
  ['an answer is old while Weft is gone', {data: 'a'}, true, {kind: 'shown', data: 'a', old: 'failed'}],
] as const)('view: %s', (_, some, gone, content) => expect(contentOf(answer(some), gone)).toEqual(content));
