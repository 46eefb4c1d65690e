import {expect, test} from 'vitest';
import {readFailure} from './failure.ts';

test('failures: the API’s own error keeps its reason, values, hint and parameter', () => {
  const error = {
    code: 'bad_request',
    reason: 'parameter_invalid',
    values: {parameter: 'minDuration'},
    message: 'no such unit',
    hint: 'write 200ms',
    parameter: 'minDuration',
  };
  expect(readFailure(400, JSON.stringify({error}))).toEqual({kind: 'refused', status: 400, ...error});
});

test.each([414, 431])('failures: %d says that the question is too long, whoever sent it', (status) =>
  expect(readFailure(status, '<html>Request-URI Too Large</html>')).toMatchObject({kind: 'long', status}),
);

test.each([
  ['<html>Bad gateway</html>', '<html>Bad gateway</html>'],
  ['', 'HTTP 502'],
  ['null', 'null'],
  ['{"error":"boom"}', '{"error":"boom"}'],
  ['{"error":{"code":"new_code","message":"m"}}', '{"error":{"code":"new_code","message":"m"}}'],
])('failures: %j is not the API speaking', (body, message) =>
  expect(readFailure(502, body)).toEqual({kind: 'foreign', status: 502, message}),
);
