import {expect, test} from 'vitest';
import {describeDriverError, describeFailure, isDescribed} from './driver-errors.ts';
import {exceptionAttributes} from './exception.ts';
import {captureSpans} from './testing/index.ts';
import {sentinel} from './testing-exported.ts';
import {traced} from './traced.ts';

const capture = captureSpans();
const kafka = await import('kafkajs');

test.each<[unknown, string]>([
  [new kafka.KafkaJSNonRetriableError(`Invalid message: {"key":"${sentinel}"}`), 'KafkaJSNonRetriableError'],
  [
    new kafka.KafkaJSProtocolError({
      message: sentinel,
      type: 'TOPIC_AUTHORIZATION_FAILED',
      code: 29,
      retriable: false,
      name: '',
    } as never),
    'KafkaJSProtocolError TOPIC_AUTHORIZATION_FAILED',
  ],
  [
    new kafka.KafkaJSConnectionError(`Failed to connect: ${sentinel}`, {broker: sentinel} as never),
    'KafkaJSConnectionError',
  ],
])('describeDriverError: %s is told by its kind', (error, message) => {
  const described = describeDriverError(error);
  expect(described?.message).toBe(message);
  expect(isDescribed(message)).toBe(true);
});

test.each<[unknown, string]>([
  [Object.assign(new Error(sentinel), {code: 'ECONNREFUSED'}), 'ECONNREFUSED'],
  [Object.assign(new Error(sentinel), {code: sentinel}), 'Error'],
  [new TypeError(sentinel), 'TypeError'],
  [new Error('timeout exceeded when trying to connect'), 'timeout exceeded when trying to connect'],
  [sentinel, 'Error'],
  [undefined, 'Error'],
  [
    {
      get message() {
        throw new Error(sentinel);
      },
      name: sentinel.repeat(9),
    },
    'Error',
  ],
  [
    new Proxy(
      {},
      {
        get() {
          throw new Error(sentinel);
        },
      },
    ),
    'Error',
  ],
])('describeFailure: %# tells a code or a class, or a message known to be constant', (error, message) => {
  expect(describeFailure(error).message).toBe(message);
});

test('exceptionAttributes: a driver error among an AggregateError’s, or far down its causes, is hidden', () => {
  const driver = Object.assign(new Error(`invalid input: "${sentinel}"`), {code: '22P02', severity: 'ERROR'});
  const deep = new Error(`a: ${driver.message}`, {cause: new Error(`b: ${driver.message}`, {cause: driver})});
  const many = new AggregateError([new Error('x'), driver], `two failed: ${driver.message}`);
  const cycle = Object.assign(new Error(`c: ${driver.message}`), {errors: [driver]});
  cycle.cause = cycle;
  for (const error of [deep, many, cycle, driver]) {
    expect(JSON.stringify(exceptionAttributes(error, false).attributes)).not.toContain(sentinel);
  }
  expect(exceptionAttributes(deep, false).attributes['exception.message']).toBe('a: invalid text representation');
});

test('a span of a database or a producer keeps nothing of an error but what is known to hold no value', () => {
  const strict = [{'db.system.name': 'other'}, {'db.system': 'redis'}, {'messaging.system': 'kafka'}] as const;
  for (const attributes of strict) {
    const kind = 'messaging.system' in attributes ? 3 : 2;
    const fail = (): never => {
      throw new RangeError(`no ${sentinel}`);
    };
    expect(() => traced('call', {attributes, kind}, fail)).toThrow(sentinel);
    traced('told', {attributes, kind}, (span) => {
      span.addEvent('exception', {
        'exception.message': sentinel,
        'exception.stacktrace': sentinel,
        'exception.type': ` ${sentinel}`,
      });
      span.setStatus({code: 2, message: sentinel});
    });
  }
  expect(
    JSON.stringify(capture.spans, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
  ).not.toContain(sentinel);
  expect(capture.all('call').map(({statusMessage}) => statusMessage)).toEqual([
    'RangeError',
    'RangeError',
    'RangeError',
  ]);
  const [first] = capture.all('call');
  expect(first!.events[0]!.attributes['exception.stacktrace']).toMatch(
    /^RangeError\n\s+at fail .*driver-errors\.test\.ts/,
  );
});

test('a span’s status that quotes a driver error is hidden, whichever of status and exception comes first', () => {
  const driver = Object.assign(new Error(`invalid input: "${sentinel}"`), {code: '22P02', severity: 'ERROR'});
  const status = {code: 2, message: `failed: ${driver.message}`};
  traced('before', (span) => {
    span.setStatus(status);
    span.recordException(driver);
  });
  traced('after', (span) => {
    span.recordException(driver);
    span.setStatus(status);
  });
  for (const name of ['before', 'after']) {
    expect(capture.one(name).statusMessage).toBe('failed: invalid text representation');
    expect(JSON.stringify(capture.one(name).events)).not.toContain(sentinel);
  }
});
