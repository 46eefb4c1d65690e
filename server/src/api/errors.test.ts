import {expect, test} from 'vitest';
import {QueryError} from '../base/index.ts';
import {checkFilterSize, maxConditions, questionLimits, refusals} from '../query/index.ts';
import {errorBody, expectedFailure} from './errors.ts';

function tooManyConditions(): QueryError {
  const condition = {type: 'attribute', key: 'a', value: 'b', of: 'anywhere'} as const;
  try {
    checkFilterSize({conditions: Array.from({length: maxConditions + 1}, () => condition)});
  } catch (error) {
    return error as QueryError;
  }
  throw new Error('BUG: it is not too many');
}

test.each([...Object.values(refusals).map((refuse) => refuse(questionLimits)), tooManyConditions()])(
  'failures: a question that the store refuses is told by reason and values, in the same words: %s',
  (error) => {
    expect(error.told).toBeDefined();
    const failure = expectedFailure(error)!;
    expect(failure.message).toBe(error.message);
    expect(errorBody(failure).error).toMatchObject({reason: error.told?.reason, values: error.told?.values});
  },
);

test('failures: what a layer below words by itself keeps its words, and has a reason', () =>
  expect(errorBody(expectedFailure(new QueryError('cancelled', 'The query was cancelled.'))!).error).toEqual({
    code: 'unavailable',
    reason: 'query_cancelled',
    values: {message: 'The query was cancelled.'},
    message: 'The query was cancelled.',
    hint: 'Ask again.',
  }));
