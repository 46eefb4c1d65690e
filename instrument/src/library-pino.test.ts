import type {ReadableLogRecord} from '@opentelemetry/sdk-logs';
import {beforeEach, expect, test} from 'vitest';
import {captureSpans} from './testing/index.ts';

const records: ReadableLogRecord[] = [];
captureSpans({
  logProcessors: [
    {onEmit: (record) => void records.push(record), forceFlush: async () => {}, shutdown: async () => {}},
  ],
});
const {pino} = await import('pino');
const log = pino({level: 'debug'}, {write: () => {}});
beforeEach(() => void records.splice(0));

const exception = {'exception.type': 'TypeError', 'exception.message': 'no such order'};

test.each<[string, () => void, unknown, object]>([
  ['error(error)', () => log.error(new TypeError('no such order')), 'no such order', exception],
  ['error({err}, message)', () => log.error({err: new TypeError('no such order')}, 'failed'), 'failed', exception],
  ['error(error, message)', () => log.error(new TypeError('no such order'), 'failed'), 'failed', exception],
  ['child().error(error)', () => log.child({a: 1}).error(new TypeError('no such order')), 'no such order', exception],
  ['info(object)', () => log.info({order: 7, lines: [{sku: 'a'}]}), undefined, {order: 7, lines: [{sku: 'a'}]}],
  ['info(object, message)', () => log.info({order: 7}, 'hi'), 'hi', {order: 7}],
])('pino: %s', (_name, write, body, attributes) => {
  write();
  expect(records).toHaveLength(1);
  expect(records[0]!.body).toEqual(body);
  expect(records[0]!.attributes).toMatchObject(attributes);
});
