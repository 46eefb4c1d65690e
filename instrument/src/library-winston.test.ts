import {Writable} from 'node:stream';
import {trace} from '@opentelemetry/api';
import type {ReadableLogRecord} from '@opentelemetry/sdk-logs';
import {beforeEach, describe, expect, test} from 'vitest';
import {captureSpans} from './testing/index.ts';
import {traced} from './traced.ts';

const records: ReadableLogRecord[] = [];
captureSpans({
  logProcessors: [
    {onEmit: (record) => void records.push(record), forceFlush: async () => {}, shutdown: async () => {}},
  ],
});
const {default: winston} = await import('winston');
const {combine, errors, json, metadata, splat, timestamp} = winston.format;
type Logger = import('winston').Logger;
type Format = import('winston').Logform.Format;

beforeEach(() => void records.splice(0));

/** A logger that writes its lines nowhere. */
function logger(format?: Format): Logger {
  const nowhere = new Writable({write: (_chunk, _encoding, done) => done()});
  const transports = [new winston.transports.Stream({stream: nowhere})];
  return winston.createLogger({level: 'debug', transports, ...(format === undefined ? {} : {format})});
}

type Seen = {body: unknown; severityText: string | undefined; attributes: Record<string, unknown>};

function one(log: (to: Logger) => void, format?: Format): Seen {
  log(logger(format));
  expect(records).toHaveLength(1);
  const {body, severityText, attributes} = records[0]!;
  return {body, severityText, attributes};
}

const failure = (): TypeError => Object.assign(new TypeError('no such order'), {order: 7});
const exception = {
  'exception.type': 'TypeError',
  'exception.message': 'no such order',
  'exception.stacktrace': expect.stringContaining('library-winston.test.ts'),
};

describe('winston: an error is the exception of its record, however it is logged', () => {
  const shapes: readonly [string, (log: Logger) => void, body: string][] = [
    ['error(message, {error})', (log) => log.error('failed', {error: failure()}), 'failed'],
    ['error(message, {err})', (log) => log.error('failed', {err: failure()}), 'failed'],
    ['error(message, {anything})', (log) => log.error('failed', {reason: failure()}), 'failed'],
    ['error(error)', (log) => log.error(failure()), 'no such order'],
    ['error(message, error)', (log) => log.error('failed', failure()), 'failed no such order'],
    ['log(level, error)', (log) => log.log('error', failure() as unknown as object), 'no such order'],
    ['log(level, message, error)', (log) => log.log('error', 'failed', failure()), 'failed no such order'],
    ['log({message: error})', (log) => log.log({level: 'error', message: failure() as never}), 'no such order'],
    ['log({message, error})', (log) => log.log({level: 'error', message: 'failed', error: failure()}), 'failed'],
    ['child().error(error)', (log) => log.child({tenant: 'acme'}).error(failure()), 'no such order'],
    [
      'child().error(message, {error})',
      (log) => log.child({tenant: 'a'}).error('failed', {error: failure()}),
      'failed',
    ],
  ];
  const formats: readonly [string, Format | undefined][] = [
    ['no format', undefined],
    ['json', json()],
    ['errors with stack', combine(errors({stack: true}), json())],
    ['timestamp and splat', combine(timestamp(), splat(), json())],
  ];
  for (const [formatName, format] of formats) {
    test.each(shapes)(`winston: %s, ${formatName}`, (_name, log, body) => {
      const record = one(log, format);
      expect(record).toMatchObject({body, severityText: 'error', attributes: exception});
      expect(JSON.stringify(record.attributes)).not.toContain('"stack"');
      expect(record.attributes).not.toHaveProperty('error');
    });
  }

  test('winston: format.metadata keeps an error that it has moved', () => {
    const {attributes} = one((log) => log.error('failed', {error: failure(), order: 7}), metadata());
    expect(attributes.metadata).toMatchObject({
      order: 7,
      error: {name: 'TypeError', message: 'no such order', order: 7},
    });
  });

  test('winston: a second error and an error’s cause keep name, message and stack', () => {
    const {attributes} = one((log) =>
      log.error('failed', {error: failure(), other: new RangeError('far', {cause: new Error('near')})}),
    );
    expect(attributes).toMatchObject(exception);
    expect(attributes.other).toMatchObject({name: 'RangeError', message: 'far', cause: {message: 'near'}});
  });
});

describe('winston: a message that is an object', () => {
  test.each<[string, (log: Logger) => void, unknown, object]>([
    ['info(object)', (log) => log.info({order: 7, lines: [{sku: 'a'}]}), undefined, {order: 7, lines: [{sku: 'a'}]}],
    ['log(level, object)', (log) => log.log('info', {order: 7} as never), undefined, {order: 7}],
    ['log(level, {message, …})', (log) => log.log('info', {message: 'hi', order: 7} as never), 'hi', {order: 7}],
    ['log({message: object})', (log) => log.log({level: 'info', message: {order: 7} as never}), undefined, {order: 7}],
    ['info(list)', (log) => log.info([1, {a: 2}]), [1, {a: 2}], {}],
    ['info(number)', (log) => log.info(42), '42', {}],
    [
      'info(message, fields)',
      (log) => log.info('hi', {order: 7, when: new Date(0)}),
      'hi',
      {order: 7, when: '1970-01-01T00:00:00.000Z'},
    ],
    ['info(message with %s)', (log) => log.info('hi %s', 'Ann', {order: 7}), 'hi Ann', {order: 7}],
    [
      'child(fields).info(object)',
      (log) => log.child({tenant: 'acme'}).info({order: 7}),
      undefined,
      {order: 7, tenant: 'acme'},
    ],
  ])('winston: %s', (_name, log, body, attributes) => {
    const record = one(log, combine(splat(), json()));
    expect(record.body).toEqual(body);
    expect(record.attributes).toEqual(attributes);
    expect(JSON.stringify(record)).not.toContain('[object Object]');
  });

  test('winston: a cycle, a throwing getter, a bigint and a symbol cost only themselves', () => {
    const odd: Record<string, unknown> = {big: 7n, symbol: Symbol('s'), call: () => 1, map: new Map([['k', 1]])};
    odd.self = odd;
    const get = (): never => {
      throw new Error('bad');
    };
    Object.defineProperty(odd, 'bad', {enumerable: true, get});
    const asItIs = winston.format((info) => info)();
    const {attributes} = one((log) => log.info('hi', {odd, kept: true}), asItIs);
    expect(attributes).toEqual({kept: true, odd: {big: '7', map: {k: 1}, self: '[circular]', bad: '[unreadable]'}});
  });
});

test('winston: a record belongs to the span that it was logged in, and its fields do not say so twice', () => {
  const log = logger(json());
  const span = traced('work', () => {
    log.info('inside', {order: 7});
    return trace.getActiveSpan()?.spanContext();
  });
  expect(records[0]).toMatchObject({attributes: {order: 7}, spanContext: {spanId: span?.spanId}});
  expect(Object.keys(records[0]!.attributes)).toEqual(['order']);
});

test('winston: an object that is logged again carries no ids of the span before, and a frozen one none at all', () => {
  const lines: string[] = [];
  const stream = new Writable({write: (chunk, _encoding, done) => done(void lines.push(String(chunk)))});
  const log = winston.createLogger({transports: [new winston.transports.Stream({stream})], format: json()});
  const entry = {level: 'info', message: 'hi', order: 7};
  const spans = ['first', 'second'].map((name) =>
    traced(name, () => {
      log.log(entry);
      return trace.getActiveSpan()!.spanContext().spanId;
    }),
  );
  log.log(entry);
  const frozen = Object.freeze({level: 'info', message: 'cold', [Symbol.for('level')]: 'info'});
  traced('third', () => log.write(frozen));
  expect(Object.keys(frozen)).toEqual(['level', 'message']);
  const written = lines.map((line) => JSON.parse(line) as {span_id?: string; message: string});
  expect(written.slice(0, 3).map(({span_id}) => span_id)).toEqual([...spans, undefined]);
  expect(written[3]).toMatchObject({message: 'cold', span_id: expect.any(String)});
});
