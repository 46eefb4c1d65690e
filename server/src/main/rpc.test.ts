import {MessageChannel} from 'node:worker_threads';
import {afterEach, expect, test} from 'vitest';
import {MalformedError, PermanentError, QueryError, RetryableError, TooLargeError} from '../base/index.ts';
import {type CallOptions, callsTo, serveCalls} from './rpc.ts';

const ports: MessageChannel[] = [];
afterEach(() => {
  for (const {port1, port2} of ports.splice(0)) {
    port1.close();
    port2.close();
  }
});

// biome-ignore lint/suspicious/noExplicitAny: each test calls what its table has
function connect(table: object, options?: CallOptions): {calls: any; end(): void} {
  const channel = new MessageChannel();
  ports.push(channel);
  serveCalls(channel.port1, table);
  return {calls: callsTo(channel.port2, options), end: () => channel.port1.close()};
}

const failsWith = (error: Error) => connect({fail: async () => Promise.reject(error)}).calls.fail();

test('calls between threads: values go there and come back, several at once', async () => {
  const {calls} = connect({
    slow: (text: string) => new Promise((resolve) => setTimeout(resolve, 20, text)),
    add: async (a: number, b: number) => a + b,
  });
  const slow = calls.slow('late');
  expect(await calls.add(2, 3)).toBe(5);
  expect(await slow).toBe('late');
});

test.each([
  new RetryableError('spool_full', 'the spool is full', 5000),
  new PermanentError('bad_tenant', 'no name of a tenant'),
  new TooLargeError('more than 4 MiB', 4_194_304),
  new QueryError('unavailable', 'ClickHouse is away'),
])('calls between threads: $name arrives as what it was', async (error) => {
  const caught = await failsWith(error).catch((cause: unknown) => cause);
  expect(caught).toBeInstanceOf(error.constructor);
  expect(caught).toMatchObject({...error, message: error.message, stack: error.stack});
});

test('calls between threads: a special error arrives as the kind that callers tell apart, any other with its code', async () => {
  expect(await failsWith(new MalformedError('no such field', 7)).catch((e: unknown) => e)).toBeInstanceOf(
    PermanentError,
  );
  const busy = Object.assign(new Error('listen EADDRINUSE'), {code: 'EADDRINUSE'});
  await expect(failsWith(busy)).rejects.toMatchObject({message: 'listen EADDRINUSE', code: 'EADDRINUSE'});
});

test('calls between threads: one that is not answered ends at its own limit', async () => {
  const {calls} = connect({hang: () => new Promise(() => {}), quick: async () => 1}, {limitsMs: {hang: 20}});
  await expect(calls.hang()).rejects.toMatchObject({
    name: 'QueryError',
    reason: 'timeout',
    message: 'hang: no answer within 20 ms',
  });
  expect(await calls.quick()).toBe(1);
});

test('calls between threads: those under way and later ones fail when the other end is gone', async () => {
  const {calls, end} = connect({hang: () => new Promise(() => {})});
  const waiting = calls.hang();
  end();
  await expect(waiting).rejects.toMatchObject({name: 'QueryError', reason: 'unavailable'});
  await expect(calls.hang()).rejects.toThrow('the other thread has ended');
});

test('calls between threads: a value that cannot be copied and a procedure that is absent fail their own call only', async () => {
  const {calls} = connect({odd: async () => () => 1, fine: async () => 1});
  await expect(calls.odd()).rejects.toThrow(/could not be cloned/);
  await expect(calls.fine(() => 1)).rejects.toThrow(/could not be cloned/);
  await expect(calls.absent()).rejects.toThrow('BUG: the other thread has no procedure absent');
  expect(await calls.fine()).toBe(1);
});
