/** A store over the real embedded engine, and what befalls it. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Clock, silentLog, type TenantId} from '../../server/src/base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine} from '../../server/src/engine/index.ts';
import {createSpool, type Spool} from '../../server/src/spool/index.ts';
import {createReader, createStoreSink, migrate} from '../../server/src/store/index.ts';
import type {Reader} from '../../server/src/store/reader.ts';
import {batchOf, type Span} from './span.ts';

const writerCount = 2;

export class World {
  private readonly directory: string;
  private readonly clock: Clock;
  private engine: EmbeddedEngine;
  private writers: readonly {spool: Spool; sink: ReturnType<typeof createStoreSink>}[] = [];

  private constructor(directory: string, now: bigint) {
    this.directory = directory;
    this.clock = {now: () => Number(now / 1_000_000n)};
    this.engine = this.createEngine();
  }

  /** Everything is asked and stored at the moment `now`, in nanoseconds. */
  static async start(now: bigint): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'weft-answers-')), now);
    await world.open();
    return world;
  }

  private createEngine(): EmbeddedEngine {
    return createEmbeddedEngine({directory: join(this.directory, 'engine'), log: silentLog});
  }

  private async open(): Promise<void> {
    await this.engine.start();
    await migrate(this.engine, silentLog);
    const {engine, clock} = this;
    this.writers = Array.from({length: writerCount}, (_, i) => {
      const spool = createSpool({
        directory: join(this.directory, `spool-${i}`),
        engine,
        log: silentLog,
        segmentMs: 20,
        backoffMs: {first: 20, last: 200},
      });
      return {spool, sink: createStoreSink(spool, {clock})};
    });
    for (const {spool} of this.writers) await spool.start();
  }

  /** A new one remembers nothing of the answers before. */
  reader(): Reader {
    return createReader({client: this.engine.queries, clock: this.clock});
  }

  /** Resolves when all of it is acknowledged. The spans go to the writers in turn, some at a time. */
  async send(spans: readonly Span[], atOnce: number): Promise<void> {
    const tenants = new Map<TenantId, Span[]>();
    for (const span of spans) tenants.set(span.tenant, [...(tenants.get(span.tenant) ?? []), span]);
    let turn = 0;
    const sent: Promise<void>[] = [];
    for (const [tenant, list] of tenants) {
      for (let from = 0; from < list.length; from += atOnce) {
        const {sink} = this.writers[turn++ % writerCount] as (typeof this.writers)[number];
        sent.push(sink.consume(batchOf(list.slice(from, from + atOnce)), {tenant}));
      }
    }
    await Promise.all(sent);
  }

  /** Resolves when all that was acknowledged can be found. */
  async flush(): Promise<void> {
    for (const {spool} of this.writers) await spool.flush(60_000);
  }

  /** Joins all parts of every table. */
  async merge(): Promise<void> {
    const answer = await this.engine.client.query({
      query: `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`,
      format: 'JSONEachRow',
    });
    for (const {name} of await answer.json<{name: string}>()) {
      await this.engine.client.command({query: `OPTIMIZE TABLE \`${name}\` FINAL`});
    }
  }

  /** Kills the engine, which starts again by itself. */
  kill(): void {
    if (this.engine.pid !== undefined) process.kill(this.engine.pid, 'SIGKILL');
  }

  /** Stops at once, whatever waits in the spool, and starts again. */
  async restart(): Promise<void> {
    for (const {spool} of this.writers) await spool.stop(0);
    await this.engine.stop();
    this.engine = this.createEngine();
    await this.open();
  }

  async stop(): Promise<void> {
    for (const {spool} of this.writers) await spool.stop(0);
    await this.engine.stop();
    await rm(this.directory, {recursive: true, force: true});
  }
}
