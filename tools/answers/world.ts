/** A store over the real embedded engine, another writer beside it, and what befalls them. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {MessageChannel, type MessagePort} from 'node:worker_threads';
import {createApi} from '../../server/src/api/index.ts';
import {type Clock, createMeter, defaultTenant, silentLog, type TenantId} from '../../server/src/base/index.ts';
import type {EmbeddedEngine} from '../../server/src/engine/index.ts';
import {createSpool, type Spool} from '../../server/src/spool/index.ts';
import {createReader, createStoreSink} from '../../server/src/store/index.ts';
import {createMemory, type Memory} from '../../server/src/store/memory.ts';
import type {NarrowLimits} from '../../server/src/store/read-narrow.ts';
import {createPresence} from '../../server/src/store/read-presence.ts';
import {createQueries} from '../../server/src/store/read-query.ts';
import type {Reader} from '../../server/src/store/reader.ts';
import {segmentShape} from '../../server/src/store/segment-shape.ts';
import {spanChanges} from '../../server/src/store/span-changes.ts';
import {spanDerivation} from '../../server/src/store/span-derivation.ts';
import {createSpanNewsFeed, readSpanNews} from '../../server/src/store/span-news.ts';
import {type OpenStore, openStore} from './open-store.ts';
import type {Asked} from './question.ts';
import {batchOf, type Span} from './span.ts';
import {startStoringProcess} from './storing-process.ts';

interface Running extends Reading {
  readonly engine: EmbeddedEngine;
  readonly store: OpenStore['store'];
  /** As another Weft on the same ClickHouse has it. */
  readonly otherSpool: Spool;
  readonly otherSink: ReturnType<typeof createStoreSink>;
}

interface Reading {
  /** One for all questions, with all that it remembers. */
  readonly reader: Reader;
  readonly api: Awaited<ReturnType<typeof createApi>>;
  /** Where it is told what is stored. */
  readonly news: MessagePort;
  readonly memory: Memory;
}

export interface WorldOptions {
  /** Everything is asked and stored at this moment, in nanoseconds. */
  readonly now: bigint;
  /** Whether nobody else writes into the ClickHouse: then a reader keeps more in memory. */
  readonly alone: boolean;
  readonly narrow: Partial<NarrowLimits>;
}

const flushMs = 60_000;

export class World {
  private readonly directory: string;
  private readonly clock: Clock;
  private readonly alone: boolean;
  private readonly narrow: Partial<NarrowLimits>;
  private running: Running | undefined;

  private constructor(directory: string, {now, alone, narrow}: WorldOptions) {
    this.directory = directory;
    this.clock = {now: () => Number(now / 1_000_000n)};
    this.alone = alone;
    this.narrow = narrow;
  }

  static async start(options: WorldOptions): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'weft-answers-')), options);
    await world.open();
    return world;
  }

  private get now(): Running {
    if (this.running === undefined) throw new Error('BUG: the world has not been started');
    return this.running;
  }

  private async open(): Promise<void> {
    const {directory, clock} = this;
    const {engine, store} = await openStore(directory, clock);
    // Of another Weft on the same ClickHouse: nobody here hears of its last segments.
    const otherSpool = createSpool({
      directory: join(directory, 'other-spool'),
      engine: {
        insertFile: (table, path, token, signal) =>
          engine.insertFile(table, path, token, signal, segmentShape(table, token)),
      },
      derived: spanDerivation(createSpanNewsFeed(spanChanges())),
      log: silentLog,
      segmentMs: 20,
    });
    await otherSpool.start();
    const writing = {engine, store, otherSpool, otherSink: createStoreSink(otherSpool, {clock})};
    this.running = {...writing, ...(await this.reading(writing))};
  }

  /** Begins to read as a thread that has just been started. */
  private async reading({engine, store}: Pick<Running, 'engine' | 'store'>): Promise<Reading> {
    const {clock, alone} = this;
    const presence = createPresence();
    const told = new MessageChannel();
    store.tellNews(told.port1);
    engine.onReady(() => presence.change(true));
    engine.onAway(() => presence.change(false));
    const news = readSpanNews(told.port2);
    const queries = createQueries(engine.queries, presence, {recent: () => spanChanges(store.changes).recent});
    // Few spans are a burst, so that buckets are looked through in parts.
    const memory = alone
      ? {...createMemory({queries, news, presence, clock}), wholeBucket: 6, narrow: this.narrow}
      : {};
    const changes = {changes: spanChanges(store.changes), shared: !alone};
    const reader = createReader({client: engine.queries, clock, presence, changes, memory});
    // Nothing that is asked here has to do with the process.
    const control = {} as unknown as Parameters<typeof createApi>[0]['control'];
    const [meter, log] = [createMeter(), silentLog];
    const api = await createApi({source: reader, control, meter, log, clock, uiDirectory: undefined, loopback: true});
    return {reader, api, news: told.port2, memory};
  }

  /** Ends the reader, and has another take its place: it knows nothing yet. */
  async readAgain(): Promise<void> {
    const before = this.now;
    await before.api.close();
    before.news.close();
    this.running = {...before, ...(await this.reading(before))};
  }

  /** Resolves when the reader knows where all traces lie, and which attributes spans may have. */
  async placesKnown(): Promise<void> {
    const {places, filters} = this.now.memory;
    while (places?.isLoaded === false) await delay(10);
    while (filters !== undefined && filters.of(defaultTenant) === undefined) await delay(10);
  }

  /** The keys that names are found among may be a minute old: of these nothing is remembered here. */
  get asked(): Asked {
    const {engine, reader, api} = this.now;
    return {
      reader: {...reader, findNames: createReader({client: engine.queries, clock: this.clock}).findNames},
      async http(tenant, url) {
        const answer = await api.inject({url, headers: {host: 'localhost', 'x-scope-orgid': tenant}});
        return {status: answer.statusCode, body: answer.body};
      },
    };
  }

  /** Resolves when all of it is acknowledged. The spans go to the two writers in turn, some at a time. */
  async send(spans: readonly Span[], atOnce: number): Promise<void> {
    const {store, otherSink} = this.now;
    const {alone} = this;
    const tenants = new Map<TenantId, Span[]>();
    for (const span of spans) tenants.set(span.tenant, [...(tenants.get(span.tenant) ?? []), span]);
    let turn = 0;
    const sent: Promise<void>[] = [];
    for (const [tenant, list] of tenants) {
      for (let from = 0; from < list.length; from += atOnce) {
        const sink = !alone && turn++ % 3 === 0 ? otherSink : store.sink;
        sent.push(sink.consume(batchOf(list.slice(from, from + atOnce)), {tenant}));
      }
    }
    await Promise.all(sent);
  }

  /** Resolves when all that was acknowledged can be found. */
  async flush(): Promise<void> {
    await this.now.otherSpool.flush(flushMs);
    await this.now.store.flush(flushMs);
  }

  /**
   * The spans go to a process of their own, which is killed some time after it has acknowledged them: before their sums are made, while
   * they are, or when they are in. Then the next ones go to another, and so on; `pauses` in milliseconds. Nobody reads meanwhile.
   */
  async sendToKilled(spans: readonly Span[], atOnce: number, pauses: readonly number[]): Promise<void> {
    await this.close();
    const each = Math.ceil(spans.length / pauses.length);
    for (const [i, pause] of pauses.entries()) {
      const storing = await startStoringProcess(this.directory, this.clock.now());
      await storing.send(spans.slice(i * each, (i + 1) * each), atOnce);
      await delay(pause);
      await storing.kill();
    }
    await this.open();
  }

  /** Takes away some of the filters, as a damaged disk would. Readers that are there already have them. */
  async loseFilters(): Promise<void> {
    await this.now.engine.client.command({query: 'DELETE FROM span_filters WHERE cityHash64(last, segments) % 3 = 0'});
  }

  /** Joins all parts of every table. */
  async merge(): Promise<void> {
    const {client} = this.now.engine;
    const answer = await client.query({
      query: `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`,
      format: 'JSONEachRow',
    });
    for (const {name} of await answer.json<{name: string}>()) {
      await client.command({query: `OPTIMIZE TABLE \`${name}\` FINAL`});
    }
  }

  /** Kills the engine, which starts again by itself. */
  kill(): void {
    const {pid} = this.now.engine;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }

  private async close(): Promise<void> {
    await this.now.api.close();
    this.now.news.close();
    await this.now.otherSpool.stop(0);
    await this.now.store.stop(0);
  }

  /** Stops at once, whatever waits in the spools, and starts again. */
  async restart(): Promise<void> {
    await this.close();
    await this.open();
  }

  async stop(): Promise<void> {
    await this.close();
    await rm(this.directory, {recursive: true, force: true});
  }
}
