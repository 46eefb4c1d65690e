/** Blocks that are inserted in the life of the engine that made the schema, and replayed in the next one. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {type AddressInfo, connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {setTimeout as delay} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {
  createEmbeddedEngine,
  createRemoteEngine,
  type EmbeddedEngine,
  type Engine,
  type InsertShape,
} from '../engine/index.ts';
import {migrate} from './migrations.ts';
import {segmentNumber} from './schema-segments.ts';
import {segmentShape} from './segment-shape.ts';

const token = 'spans_11.000001766000123-0123456789abcdef';

test.each(['embedded', 'remote'] as const)(
  'schema: a segment that is replayed after a kill counts once (%s engine)',
  async (kind) => {
    const directory = await mkdtemp(join(tmpdir(), 'weft-replay-'));
    try {
      const counts: unknown[] = [];
      for (let life = 0; life < 2; life++) {
        const engine = createEmbeddedEngine({directory, log: silentLog});
        await engine.start();
        await migrate(engine, silentLog);
        const way = kind === 'embedded' ? undefined : await openRemote(engine);
        const segment = join(directory, 'segment.native');
        await insert(engine, way?.remote ?? engine, segment, token, 100);
        await insert(engine, way?.remote ?? engine, segment, `${token}.100-150`, 50);
        counts.push(await countAll(engine));
        await kill(engine);
        await way?.close();
      }
      expect(counts).toEqual(Array(2).fill({spans: 150, segments: [17660001]}));
    } finally {
      await rm(directory, {recursive: true, force: true});
    }
  },
);

test('schema: the pieces of a segment have its number', () => {
  expect([token, `${token}.0-50`, `${token}.50-100`].map(segmentNumber)).toEqual([17660001, 17660001, 17660001]);
});

/** As a segment of the spool is inserted. */
async function insert(source: EmbeddedEngine, engine: Engine, path: string, as: string, rows: number): Promise<void> {
  const of: Readonly<Record<string, string>> = {
    start_time: `toDateTime64('2026-01-02 03:04:05', 9, 'UTC')`,
    trace_id: `toFixedString(unhex(leftPad(hex(number + ${rows}), 32, '0')), 16)`,
  };
  const {columns} = segmentShape('spans_11', as) as InsertShape;
  const select = Object.entries(columns).map(
    ([name, type]) => `CAST(${of[name] ?? `defaultValueOfTypeName(${quote(type)})`}, ${quote(type)}) AS \`${name}\``,
  );
  const {stream} = await source.client.exec({query: `SELECT ${select.join(', ')} FROM numbers(${rows}) FORMAT Native`});
  await writeFile(path, await buffer(stream));
  await engine.insertFile('spans_11', path, as, new AbortController().signal, segmentShape('spans_11', as));
}

const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;

/** The way to a server, over TCP: the engine process answers behind it. */
async function openRemote(engine: EmbeddedEngine): Promise<{remote: Engine; close: () => Promise<void>}> {
  const proxy = createServer((socket) => {
    const inner = connect((engine.endpoint as {path: string}).path);
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => {}).on('close', () => inner.destroy());
    inner.on('error', () => {}).on('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const remote = createRemoteEngine({url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, log: silentLog});
  await remote.start();
  return {
    remote,
    async close() {
      await remote.stop();
      proxy.close();
    },
  };
}

async function kill(engine: EmbeddedEngine): Promise<void> {
  const {pid} = engine;
  process.kill(pid as number, 'SIGKILL');
  while (engine.pid === pid) await delay(1);
  await engine.stop(); // before it starts another
}

async function countAll(engine: EmbeddedEngine): Promise<unknown> {
  const answer = await engine.client.query({
    query: 'SELECT toUInt32(count()) AS spans, groupUniqArray(segment) AS segments FROM spans_11',
    format: 'JSONEachRow',
  });
  return (await answer.json())[0];
}
