import {describe, expect, test} from 'vitest';
import {encodeExportResponse, encodeRpcStatus} from './index.ts';
import {loadMessages, readMessage, serviceMessage} from './testing.ts';

const messages = loadMessages();
const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

describe.each([
  ['traces', 'rejected_spans', 'rejectedSpans'],
  ['logs', 'rejected_log_records', 'rejectedLogRecords'],
  ['metrics', 'rejected_data_points', 'rejectedDataPoints'],
] as const)('OTLP responses: the response to %s', (signal, field, key) => {
  const type = messages(serviceMessage(signal, 'Response'));
  test('full success is empty', () => {
    expect(encodeExportResponse('proto', signal, 0, '')).toHaveLength(0);
    expect(json(encodeExportResponse('json', signal, 0, ''))).toEqual({});
  });
  test('partial success', () => {
    const message = '300 of 512 spans rejected: 訂單';
    const expected = {partial_success: {[field]: '300', error_message: message}};
    expect(readMessage(type, encodeExportResponse('proto', signal, 300, message))).toEqual(expected);
    expect(json(encodeExportResponse('json', signal, 300, message))).toEqual({
      partialSuccess: {[key]: '300', errorMessage: message},
    });
  });
  test('a warning rejects nothing', () => {
    const warning = {partial_success: {error_message: 'careful'}};
    expect(readMessage(type, encodeExportResponse('proto', signal, 0, 'careful'))).toEqual(warning);
    expect(json(encodeExportResponse('json', signal, 0, 'careful'))).toEqual({
      partialSuccess: {errorMessage: 'careful'},
    });
  });
});

describe('OTLP responses: google.rpc.Status', () => {
  const status = messages('google.rpc.Status');
  test('without a hint', () => {
    expect(readMessage(status, encodeRpcStatus('proto', 3, 'malformed'))).toEqual({code: 3, message: 'malformed'});
    expect(json(encodeRpcStatus('json', 3, 'malformed'))).toEqual({code: 3, message: 'malformed'});
  });
  test.each([
    [0, {}, '0s'],
    [1, {nanos: 1_000_000}, '0.001s'],
    [1500, {seconds: '1', nanos: 500_000_000}, '1.5s'],
    [3_600_000, {seconds: '3600'}, '3600s'],
  ])('with a delay of %d ms', (delay, expected, text) => {
    const read = readMessage(status, encodeRpcStatus('proto', 14, 'full', delay)) as {
      details: {type_url: string; value?: string}[];
    };
    const detail = read.details[0]!;
    expect(detail.type_url).toBe('type.googleapis.com/google.rpc.RetryInfo');
    const info = readMessage(messages('google.rpc.RetryInfo'), Buffer.from(detail.value ?? '', 'base64'));
    expect(info).toEqual({retry_delay: expected});
    expect(json(encodeRpcStatus('json', 14, 'full', delay))).toEqual({
      code: 14,
      message: 'full',
      details: [{'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: text}],
    });
  });
});
