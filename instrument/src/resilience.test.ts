import {beforeEach, describe, expect, test} from 'vitest';
import {CircuitOpenError, circuitBreaker} from './circuit-breaker.ts';
import {retry} from './retry.ts';
import {SagaError, saga} from './saga.ts';
import {assertChildOf, captureSpans} from './testing/index.ts';

const capture = captureSpans();
beforeEach(() => capture.clear());

const failing = (times: number) => (attempt: number) => {
  if (attempt <= times) throw new Error(`failure ${attempt}`);
  return `after ${attempt}`;
};

describe('retry', () => {
  test('shows every attempt and every wait as a child', async () => {
    await expect(retry('charge', {attempts: 3, backoffMillis: 4, jitter: 0}, failing(2))).resolves.toBe('after 3');
    const whole = capture.one('charge');
    expect(whole).toMatchObject({status: 'unset', attributes: {'retry.attempts': 3, 'retry.outcome': 'succeeded'}});
    const attempts = capture.all('charge attempt');
    expect(attempts.map(({status, attributes}) => [attributes['retry.attempt'], status])).toEqual([
      [1, 'error'],
      [2, 'error'],
      [3, 'unset'],
    ]);
    const waits = capture.all('retry.backoff');
    expect(waits.map(({attributes}) => attributes['retry.backoff_ms'])).toEqual([4, 8]);
    for (const span of [...attempts, ...waits]) assertChildOf(span, whole);
    for (const wait of waits) expect(Number(wait.end - wait.start)).toBeGreaterThan(3_000_000);
  });

  test.each([
    ['exhausted', {attempts: 2, backoffMillis: 1}, 2, 'failure 2'],
    ['not_retryable', {attempts: 5, backoffMillis: 1, retryIf: () => false}, 1, 'failure 1'],
  ])('gives up: %s', async (outcome, options, attempts, message) => {
    await expect(retry('charge', options, failing(9))).rejects.toThrow(message);
    expect(capture.one('charge')).toMatchObject({status: 'error', attributes: {'retry.outcome': outcome}});
    expect(capture.all('charge attempt')).toHaveLength(attempts);
  });

  test('stops waiting when aborted', async () => {
    const stop = new AbortController();
    const running = retry('charge', {backoffMillis: 60_000, signal: stop.signal}, failing(9));
    await capture.waitFor('charge attempt');
    stop.abort();
    await expect(running).rejects.toThrow('aborted');
  });

  test('caps the wait and keeps the jitter within its share', async () => {
    await retry('charge', {attempts: 4, backoffMillis: 2, maxBackoffMillis: 3, jitter: 0.5}, failing(3));
    for (const {attributes} of capture.all('retry.backoff')) {
      expect(attributes['retry.backoff_ms']).toBeGreaterThanOrEqual(1);
      expect(attributes['retry.backoff_ms']).toBeLessThanOrEqual(3);
    }
  });
});

describe('circuit breaker', () => {
  const fail = () => {
    throw new Error('down');
  };

  test('opens, rejects, tries once, closes; every change is an event on the call that caused it', async () => {
    let now = 0;
    const breaker = circuitBreaker('bank', {failureThreshold: 2, openMillis: 100, now: () => now});
    await expect(breaker.call(fail)).rejects.toThrow('down');
    await expect(breaker.call(fail)).rejects.toThrow('down');
    expect(breaker.state).toBe('open');
    await expect(breaker.call(() => 1)).rejects.toThrow(CircuitOpenError);
    now = 100;
    await expect(breaker.call(fail)).rejects.toThrow('down'); // The trial failed: open again.
    expect(breaker.state).toBe('open');
    now = 200;
    await expect(breaker.call(() => 5)).resolves.toBe(5);
    expect(breaker.state).toBe('closed');

    const calls = capture.all('circuit_breaker bank');
    expect(calls.map(({attributes}) => attributes['circuit_breaker.state'])).toEqual([
      'closed',
      'closed',
      'open',
      'half_open',
      'half_open',
    ]);
    expect(calls.map(({attributes}) => attributes['circuit_breaker.rejected'] ?? false)).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
    const changes = calls.flatMap(({events}) =>
      events
        .filter(({name}) => name === 'circuit_breaker.state_change')
        .map(({attributes}) => `${attributes['circuit_breaker.from']}→${attributes['circuit_breaker.to']}`),
    );
    expect(changes).toEqual(['closed→open', 'open→half_open', 'half_open→open', 'open→half_open', 'half_open→closed']);
  });

  test('lets one trial through at a time', async () => {
    let now = 0;
    const breaker = circuitBreaker('bank', {failureThreshold: 1, openMillis: 10, now: () => now});
    await expect(breaker.call(fail)).rejects.toThrow('down');
    now = 10;
    const gate = Promise.withResolvers<number>();
    const trial = breaker.call(() => gate.promise);
    await expect(breaker.call(() => 2)).rejects.toThrow(CircuitOpenError);
    gate.resolve(3);
    await expect(trial).resolves.toBe(3);
  });

  test('a success between failures resets the count; errors that are not failures do not count', async () => {
    const breaker = circuitBreaker('bank', {
      failureThreshold: 2,
      isFailure: (error) => !String(error).includes('bad request'),
    });
    await expect(breaker.call(fail)).rejects.toThrow();
    await breaker.call(() => 1);
    await expect(breaker.call(fail)).rejects.toThrow();
    for (let index = 0; index < 3; index++) {
      await expect(breaker.call(() => Promise.reject(new Error('bad request')))).rejects.toThrow();
    }
    expect(breaker.state).toBe('closed');
  });
});

describe('saga', () => {
  const order = (log: string[], fails: {readonly step?: string; readonly undo?: string} = {}) =>
    ['reserve', 'charge', 'ship'].map((name) => ({
      name,
      run: () => {
        log.push(name);
        if (fails.step === name) throw new Error(`${name} failed`);
      },
      compensate: async () => {
        log.push(`undo ${name}`);
        if (fails.undo === name) throw new Error(`cannot undo ${name}`);
      },
    }));

  test('commits', async () => {
    const log: string[] = [];
    await expect(saga('order', {id: 1}, order(log))).resolves.toEqual({id: 1});
    expect(log).toEqual(['reserve', 'charge', 'ship']);
    expect(capture.one('saga order').attributes).toMatchObject({'saga.outcome': 'committed', 'saga.steps': 3});
  });

  test('undoes finished steps in reverse, each in a span, and says which step failed', async () => {
    const log: string[] = [];
    const failed = saga('order', {}, order(log, {step: 'ship'})).catch((error: unknown) => error);
    const error = (await failed) as SagaError;
    expect(error).toBeInstanceOf(SagaError);
    expect(error).toMatchObject({step: 'ship', uncompensated: [], cause: {message: 'ship failed'}});
    expect(log).toEqual(['reserve', 'charge', 'ship', 'undo charge', 'undo reserve']);
    const whole = capture.one('saga order');
    expect(whole).toMatchObject({status: 'error', attributes: {'saga.outcome': 'compensated'}});
    expect(whole.events[0]).toMatchObject({name: 'saga.rollback', attributes: {'saga.failed_step': 'ship'}});
    for (const name of ['saga.step ship', 'saga.compensate charge', 'saga.compensate reserve']) {
      assertChildOf(capture.one(name), whole);
    }
    expect(capture.one('saga.step ship').status).toBe('error');
  });

  test('goes on undoing when one undo fails, and names it', async () => {
    const log: string[] = [];
    await expect(saga('order', {}, order(log, {step: 'ship', undo: 'charge'}))).rejects.toMatchObject({
      uncompensated: ['charge'],
    });
    expect(log).toContain('undo reserve');
    expect(capture.one('saga order').attributes['saga.outcome']).toBe('partly_compensated');
    expect(capture.one('saga.compensate charge').status).toBe('error');
  });
});
