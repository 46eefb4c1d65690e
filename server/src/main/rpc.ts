/** Calls between threads: one side serves a table of async functions, the other calls them over a MessagePort. */
import type {MessagePort} from 'node:worker_threads';
import {errorMessage} from '../base/index.ts';

/** Async functions by name; what they take and return is structured-cloned on its way. */
type Procedures = object;

type Call = {readonly id: number; readonly name: string; readonly args: readonly unknown[]};
type Answer = {readonly id: number} & ({readonly value: unknown} | {readonly error: string});

/** Answers the calls that arrive at `port` from the table. */
export function serveCalls(port: MessagePort, procedures: Procedures): void {
  port.on('message', async ({id, name, args}: Call) => {
    const answer: Answer = await (procedures as Record<string, (...args: readonly unknown[]) => Promise<unknown>>)[
      name
    ]!(...args).then(
      (value) => ({id, value}),
      (error: unknown) => ({id, error: errorMessage(error)}),
    );
    port.postMessage(answer);
  });
}

/** Functions that call the table served at the other end of `port`. A call rejects when that end throws or is gone. */
export function callsTo<T extends Procedures>(port: MessagePort): T {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  port.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.value);
  });
  port.on('close', () => {
    for (const call of waiting.values()) call.reject(new Error('the other thread has ended'));
    waiting.clear();
  });
  return new Proxy({} as T, {
    get:
      (_, name) =>
      (...args: readonly unknown[]) => {
        const call = Promise.withResolvers<unknown>();
        const id = ++lastId;
        waiting.set(id, call);
        port.postMessage({id, name, args} as Call);
        return call.promise;
      },
  });
}
