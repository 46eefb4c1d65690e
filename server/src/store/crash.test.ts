/**
 * `kill -9` under load, again and again: what was acknowledged is there once, whichever process died. At random moments, and at
 * the very one at which an INSERT has written its token and is about to commit its part.
 */
import {spawn} from 'node:child_process';
import {statSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as delay} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine, partsWithoutToken, readTables, tokensWithoutPart} from '../engine/index.ts';
import {createSpool} from '../spool/index.ts';
import {createTable, createView} from './schema.ts';

const rounds = Number(process.env.WEFT_CRASH_ROUNDS ?? 6);
const rowsPerBlock = 50;
/** More than a round can write, and the last that it says of may be far from the last that it wrote. */
const numbersARound = 1_000_000;

test(`store crash: ${rounds} kills lose nothing that was acknowledged and repeat nothing`, {
  timeout: 240_000 + rounds * 15_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weft-crash-'));
  const engine = createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog});
  try {
    await engine.start();
    for (const query of schema) await engine.client.command({query});
    await engine.stop();
    const acknowledged = new Set<number>();
    const halves = {tokens: new Set<string>(), parts: new Set<string>()};
    for (let round = 0; round < rounds; round++) {
      const numbers = await runAndKill(directory, round * numbersARound, victims[round % victims.length] as Victim);
      for (const table of readTables(join(directory, 'engine', 'data'))) {
        for (const {block} of tokensWithoutPart(table)) halves.tokens.add(table.directory + block);
        for (const {name} of partsWithoutToken(table)) halves.parts.add(table.directory + name);
      }
      for (const number of numbers) acknowledged.add(number);
    }
    expect(acknowledged.size).toBeGreaterThan(rounds);

    if (rounds > 6)
      console.log(`${rounds} kills left ${halves.tokens.size} tokens and ${halves.parts.size} parts without the other`);

    const last = createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog});
    const spool = createSpool({directory: join(directory, 'spool'), engine: last, log: silentLog});
    await last.start();
    await spool.start();
    await spool.flush();
    const answer = await last.client.query({
      query: `SELECT toUInt32(intDiv(n, ${rowsPerBlock})) AS block, toUInt32(count()) AS rows, toUInt32(uniqExact(n)) AS distinct
        FROM crash GROUP BY block`,
      format: 'JSONEachRow',
    });
    const blocks = await answer.json<{block: number; rows: number; distinct: number}>();
    const sums = await last.client.query({
      query: `SELECT (SELECT toUInt32(count()) FROM crash) AS rows, (SELECT toUInt32(sum(rows)) FROM crash_sums) AS summed,
        (SELECT toUInt32(sum(rows)) FROM crash_totals) AS total`,
      format: 'JSONEachRow',
    });
    const [{rows, summed, total}] = (await sums.json()) as [{rows: number; summed: number; total: number}];
    await spool.stop();
    await last.stop();
    expect({summed, total}).toEqual({summed: rows, total: rows});
    const whole = new Set(
      blocks.filter(({rows, distinct}) => rows === rowsPerBlock && distinct === rows).map(({block}) => block),
    );
    expect([...acknowledged].filter((number) => !whole.has(number))).toEqual([]);
    expect(blocks.filter(({block}) => !whole.has(block))).toEqual([]);
  } finally {
    await rm(directory, {recursive: true, force: true});
  }
});

/** As the real tables are made, with views that sum what arrives, one behind the other. */
const target = {database: 'default', cluster: undefined};
const summing = {engine: 'SummingMergeTree((rows))', partitionBy: 'tuple()', orderBy: 'part', shardBy: 'part'};
const sumColumns = {part: 'UInt8', rows: 'UInt64'};
const schema = [
  ...createTable(target, {
    name: 'crash',
    columns: {n: 'UInt64'},
    engine: 'MergeTree',
    partitionBy: 'n % 3',
    orderBy: 'n',
    shardBy: 'n',
  }),
  ...createTable(target, {name: 'crash_sums', columns: sumColumns, ...summing}),
  ...createTable(target, {name: 'crash_totals', columns: sumColumns, ...summing}),
  createView(target, {
    name: 'crash_to_sums',
    from: 'crash',
    to: 'crash_sums',
    select: 'toUInt8(n % 7) AS part, count() AS rows',
    groupBy: 'part',
  }),
  createView(target, {
    name: 'crash_to_totals',
    from: 'crash_sums',
    to: 'crash_totals',
    select: 'toUInt8(0) AS part, sum(rows) AS rows',
    groupBy: 'part',
  }),
];

/** `commit` is the engine too, at the moment between the two halves of a commit. */
type Victim = 'parent' | 'engine' | 'commit';
const victims: readonly Victim[] = ['parent', 'commit', 'engine', 'commit'];

/** Runs the writer for a while; resolves to the numbers of the blocks that it was told are safe. */
async function runAndKill(directory: string, first: number, victim: Victim): Promise<number[]> {
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'testing-crash.ts'), directory, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const numbers: number[] = [];
  let enginePid = 0;
  createInterface({input: writer.stdout}).on('line', (line) => {
    if (line.startsWith('engine ')) enginePid = Number(line.slice(7));
    else numbers.push(Number(line));
  });
  const ended = new Promise((resolve) => writer.once('close', resolve));
  while (enginePid === 0) await delay(10);
  await delay(200 + Math.random() * 800);
  if (victim === 'commit') killInCommit(enginePid, join(directory, 'engine', 'data'));
  else if (victim === 'engine') {
    process.kill(enginePid, 'SIGKILL');
    // It goes on with an engine of its own making, and dies in turn.
    await delay(Math.random() * 1500);
  }
  writer.kill('SIGKILL');
  await ended;
  return numbers;
}

/** At once when one of the logs grows: nothing that waits for an event is as quick. */
function killInCommit(pid: number, data: string): void {
  const logs = readTables(data).flatMap((table) => table.logs.map(({path}) => path));
  const path = logs[Math.floor(Math.random() * logs.length)] as string;
  const {size} = statSync(path);
  const deadline = performance.now() + 5000;
  while (statSync(path).size === size && performance.now() < deadline);
  process.kill(pid, 'SIGKILL');
}
