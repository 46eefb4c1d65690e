/** The order of things around an engine that comes and goes. */
import {expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import {createPreparedEngine} from './prepared-engine.ts';

test('prepared engine: one that comes back while it is being prepared is prepared again after that, not at the same time', async () => {
  const listeners: (() => void)[] = [];
  const engine = {
    state: {kind: 'ready'},
    onReady: (listener: () => void) => void listeners.push(listener),
  } as unknown as Engine;
  const begun: PromiseWithResolvers<void>[] = [];
  let running = 0;
  let most = 0;
  const prepared = createPreparedEngine({
    engine,
    log: silentLog,
    prepare: async () => {
      most = Math.max(most, ++running);
      const work = Promise.withResolvers<void>();
      begun.push(work);
      await work.promise;
      running--;
    },
  });
  const first = prepared.prepare();
  await Promise.resolve();
  for (const listener of listeners) listener();
  const second = prepared.prepare();
  begun[0]?.resolve();
  await first;
  while (begun.length < 2) await new Promise(setImmediate);
  begun[1]?.resolve();
  await second;
  expect([begun.length, most]).toEqual([2, 1]);
  expect(prepared.prepared).toBe(true);
  prepared.stop();
});
