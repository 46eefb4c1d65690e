/** A store over the real embedded engine. */
import {join} from 'node:path';
import {type Clock, createMeter, silentLog} from '../../server/src/base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine} from '../../server/src/engine/index.ts';
import {createStore} from '../../server/src/store/index.ts';

export interface OpenStore {
  readonly engine: EmbeddedEngine;
  readonly store: ReturnType<typeof createStore>;
}

/** Resolves when it takes spans and answers questions. */
export async function openStore(directory: string, clock: Clock): Promise<OpenStore> {
  const engine = createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog});
  const store = createStore({
    engine,
    directory,
    spoolLimitBytes: 2 ** 30,
    retention: {traces: undefined, logs: undefined, metrics: undefined},
    clock,
    meter: createMeter(),
    log: silentLog,
  });
  await store.start();
  await store.open();
  return {engine, store};
}
