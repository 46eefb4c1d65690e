/** For tests: the API over a store that holds what a test sends. */
import {expect} from 'vitest';
import {createMeter, defaultTenant, silentLog} from '../base/index.ts';
import type {AnyBatch} from '../model/index.ts';
import {createSampling, samplingControl} from '../sampling/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore} from '../store/testing.ts';
import {createApi} from './create-api.ts';
import type {Control} from './source.ts';

export async function startTestApi(clock: {now(): number}) {
  const store = await startTestStore();
  const sampling = createSampling({clock, monotonic: () => 0, log: silentLog, meter: createMeter()});
  const unused = (): never => {
    throw new Error('not asked for in this test');
  };
  const control: Control = {
    flush: () => store.spool.flush(),
    status: unused,
    readiness: unused,
    metrics: unused,
    pipeline: unused,
    pipelineComponent: unused,
    ...samplingControl(sampling),
  };
  const api = await createApi({
    source: createReader({client: store.engine.queries, clock}),
    ...{control, meter: createMeter(), log: silentLog, clock, uiDirectory: undefined, loopback: true},
  });
  return {
    async send(...batches: readonly AnyBatch[]): Promise<void> {
      for (const batch of batches) await store.sink.consume(batch, {tenant: defaultTenant});
      await store.spool.flush();
    },
    /** The answer to a question that is expected to be one. */
    async get<T>(path: string, query: Readonly<Record<string, string | number | bigint>> = {}): Promise<T> {
      const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(`${value}`)}`);
      const response = await api.inject({url: `/api/weft/v1${path}?${text.join('&')}`});
      expect(response.statusCode, response.body).toBe(200);
      return response.json() as T;
    },
    async stop(): Promise<void> {
      await api.close();
      await store.stop();
    },
  };
}
