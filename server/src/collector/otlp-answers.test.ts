import {describe, expect, test} from 'vitest';
import {maxTimerMs} from '../base/index.ts';
import {encodeExportResponse, encodeRpcStatus} from '../wire/index.ts';
import {readPartialSuccess, readPartialSuccessJson, readRetryAfter, readRpcStatus} from './otlp-answers.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test('OTLP answers: a partial success and a status are read as they were written', () => {
  expect(readPartialSuccess(encodeExportResponse('proto', 'logs', 5_000_000_000, 'late'))).toEqual({
    rejected: 5_000_000_000,
    message: 'late',
  });
  expect(readRpcStatus(encodeRpcStatus('proto', 14, 'full', 1500))).toEqual({message: 'full', retryAfterMs: 1500});
  expect(readRpcStatus(encodeRpcStatus('proto', 3, 'bad'))).toEqual({message: 'bad', retryAfterMs: undefined});
});

describe('OTLP answers: what makes no sense says nothing', () => {
  test.each([
    ['a negative count', '0a0b 08 ffffffffffffffffff01', {rejected: 0, message: ''}],
    ['a count beyond 2^53', '0a0a 08 ffffffffffffffff7f', {rejected: 0, message: ''}],
    ['a message cut off', '0a04 0803 1209', {rejected: 3, message: ''}],
    ['bytes that are no protobuf', 'ffff', {rejected: 0, message: ''}],
    ['another wire type', '0903000000000000000a', {rejected: 0, message: ''}],
  ])('%s', (_, hex, expected) => expect(readPartialSuccess(bytes(hex))).toEqual(expected));

  test.each(['{', '[]', 'null', '{"partialSuccess": null}', '{"partialSuccess": {"rejectedSpans": "-3"}}'])(
    '%s',
    (text) => {
      expect(readPartialSuccessJson(text)).toEqual({rejected: 0, message: ''});
    },
  );

  test('a delay of less than nothing, and one of a thousand years', () => {
    const status = (seconds: string): Uint8Array => {
      const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo').toString('hex');
      const size = (hex: string): string => (hex.length / 2).toString(16).padStart(2, '0');
      const info = `0a${size(seconds)}${seconds}`;
      const any = `0a28${type}12${size(info)}${info}`;
      return bytes(`1a${size(any)}${any}`);
    };
    expect(readRpcStatus(status('08ffffffffffffffffff01')).retryAfterMs).toBe(0);
    expect(readRpcStatus(status('0880d8c4bd75')).retryAfterMs).toBe(31_536_000_000 * 1000);
  });

  test.each([
    ['99999999999999', maxTimerMs],
    ['Fri, 31 Dec 9999 23:59:59 GMT', maxTimerMs],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['120', 120_000],
  ])('Retry-After: %s', (header, expected) => {
    expect(readRetryAfter(header, Date.UTC(2026, 0))).toBe(expected);
  });
});
