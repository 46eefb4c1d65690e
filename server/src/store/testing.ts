/** For tests: a whole store over the real embedded engine, in a directory of its own. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {MessageChannel, type MessagePort} from 'node:worker_threads';
import {silentLog, systemClock} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine} from '../engine/index.ts';
import type {Reader as BatchReader} from '../model/index.ts';
import {createSpool, type Spool} from '../spool/index.ts';
import {migrate} from './migrations.ts';
import {createReader, type Reader} from './reader.ts';
import {segmentShape} from './segment-shape.ts';
import {createStoreSink} from './sink.ts';
import {type SpanChanges, spanChanges} from './span-changes.ts';
import {spanDerivation} from './span-derivation.ts';
import {createSpanNewsFeed, readSpanNews, type SpanNewsFeed, type SpanNewsSource} from './span-news.ts';

export interface TestStore {
  readonly engine: EmbeddedEngine;
  readonly spool: Spool;
  readonly sink: BatchReader;
  readonly reader: Reader;
  /** The spool has a folder in it. */
  readonly directory: string;
  readonly changes: SpanChanges;
  readonly feed: SpanNewsFeed;
  /** For a reader that keeps in memory what the API thread's keeps. */
  news(): SpanNewsSource;
  stop(): Promise<void>;
}

export async function startTestStore(): Promise<TestStore> {
  const directory = await mkdtemp(join(tmpdir(), 'weft-test-'));
  const engine = createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog});
  await engine.start();
  await migrate(engine, silentLog);
  const changes = spanChanges();
  const feed = createSpanNewsFeed(changes);
  const ports: MessagePort[] = [];
  const spool = createSpool({
    directory: join(directory, 'spool'),
    derived: spanDerivation(feed),
    engine: {
      insertFile: (table, path, token, signal) =>
        engine.insertFile(table, path, token, signal, segmentShape(table, token)),
    },
    log: silentLog,
    segmentMs: 20,
  });
  await spool.start();
  return {
    engine,
    spool,
    sink: createStoreSink(spool),
    reader: createReader({client: engine.queries, clock: systemClock, recent: () => changes.recent}),
    directory,
    changes,
    feed,
    news() {
      const {port1, port2} = new MessageChannel();
      ports.push(port1);
      feed.connect(port1);
      return readSpanNews(port2);
    },
    async stop() {
      for (const port of ports) port.close();
      await spool.stop(0);
      await engine.stop();
      await rm(directory, {recursive: true, force: true});
    },
  };
}

/** Tracestates with and without the threshold of sampling, sound ones and others. */
export const traceStates = [
  '',
  'vendor=x,other=y',
  'ot=th:0',
  'ot=th:8',
  'ot=th:c',
  'ot=th:e6666;rv:0123456789abcd',
  'vendor=x, ot=rv:ffffffffffffff;th:fd70a3d70a3d8',
  'ot=th:3',
  'ot=th:FFFFFFFFF',
  'ot=th:ffffffffffffff',
  'ot=th:ffffffffffffff0',
  'ot=th:',
  'ot=th:8;th:zz',
  'ot=th:c;th:a b',
  'ot=th:8,ot=th:c',
] as const;
