/** For tests: a whole store over the real embedded engine, in a directory of its own. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {silentLog, systemClock} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine} from './engine-embedded.ts';
import {migrate} from './migrations.ts';
import {ByteSink} from './native-sink.ts';
import {createReader, type Reader} from './reader.ts';
import {createStoreSink, type StoreSink} from './sink.ts';
import {createSpool, type Spool} from './spool.ts';

export interface TestStore {
  readonly engine: EmbeddedEngine;
  readonly spool: Spool;
  readonly sink: StoreSink;
  readonly reader: Reader;
  stop(): Promise<void>;
}

export async function startTestStore(): Promise<TestStore> {
  const directory = await mkdtemp(join(tmpdir(), 'weft-test-'));
  const engine = createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog});
  await engine.start();
  await migrate(engine, silentLog);
  const spool = createSpool({
    directory: join(directory, 'spool'),
    engine,
    log: silentLog,
    segmentMs: 20,
  });
  await spool.start();
  return {
    engine,
    spool,
    sink: createStoreSink(spool),
    reader: createReader({client: engine.client, clock: systemClock}),
    async stop() {
      await spool.stop(0);
      await engine.stop();
      await rm(directory, {recursive: true, force: true});
    },
  };
}

/** A Native block of one column `n UInt64` with the numbers from `first` on. */
export function nativeNumbers(first: number, count: number): Uint8Array {
  const block = new ByteSink(8 * count + 32);
  block.varint(1);
  block.varint(count);
  block.ascii('n');
  block.ascii('UInt64');
  for (let n = first; n < first + count; n++) block.u64(n, 0);
  return Uint8Array.from(block.bytes.subarray(0, block.length));
}
