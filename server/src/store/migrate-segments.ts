/**
 * Copies the spans of earlier versions into the tables of version 11: `attributes` become templates in which every value varies,
 * and the maps of resources and scopes become origins, see `span-text.ts`.
 */
import {ClickHouseError, type ClickHouseSettings} from '@clickhouse/client';
import type {Log} from '../base/index.ts';
import {type Engine, insertSettings} from '../engine/index.ts';
import {formerOrigin, formerShape, formerTemplate, formerValues} from './former-span-text.ts';
import {finished, loadPlan, type Plan, type Stretch, split, stretchToken} from './migration-plan.ts';
import {spanColumns, spanTable, spanTextTable, traceIndexTable} from './schema-segments.ts';

/** Spans of one INSERT: at most these, and no more than fit into an eighth of the memory that a statement may take. */
const maxSpansAtOnce = 400_000;
const minSpansAtOnce = 1000;
const memoryShare = 8;
/** Where the server sets no bound to a statement. */
const unboundedMemory = 4 * 1024 ** 3;
/**
 * Of the texts of resources and scopes that are written out for each span on the way, a block of the query: it keeps every text once
 * afterwards, so that few large blocks take less than many small ones.
 */
const blockBytes = 16 * 1024 ** 2;
const maxBlockRows = 8192;
/** Keys and types of spans that have templates, of an INSERT; the others have the free form. */
const maxShapes = 1024;
/** Rows of one INSERT into the index. */
const indexRowsAtOnce = 2_000_000;
const toldEveryMs = 5000;

/** What a cluster reads is what it has just written. */
const sameReplica: ClickHouseSettings = {load_balancing: 'in_order'};

/**
 * Fills `spans_11`, `trace_index_11` and `span_texts` from the tables of earlier versions, newest spans first. An INSERT brings one
 * block under a token, and the table of the plan says which are done: a run that was cut short goes on where it ended and adds
 * nothing twice. Does nothing where the former tables are gone, or hold nothing.
 */
export async function fillSegments(engine: Engine, log: Log): Promise<void> {
  const tables = await select<{name: string}>(
    engine,
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN ('spans', 'trace_index')`,
  );
  const has = new Set(tables.map(({name}) => name));
  if (has.has('trace_index')) await copyIndex(engine);
  if (!has.has('spans')) return;
  const [{spans} = {spans: 0}] = await select<{spans: number}>(engine, 'SELECT toFloat64(count()) AS spans FROM spans');
  if (spans === 0) return;
  await copySpans(await loadPlan(engine, await spansAtOnce(engine)), log);
  await copyTexts(engine);
}

async function copySpans(plan: Plan, log: Log): Promise<void> {
  const {engine, stretches} = plan;
  const total = stretches.reduce((sum, {spans}) => sum + spans, 0);
  let copied = 0;
  let told = performance.now();
  for (let stretch = stretches.shift(); stretch !== undefined; stretch = stretches.shift()) {
    try {
      await copyStretch(engine, stretch);
    } catch (error) {
      if (!isShortOfMemory(error) || stretch.spans <= 1) throw error;
      stretches.unshift(...(await split(plan, stretch)));
      continue;
    }
    await finished(plan, stretch);
    copied += stretch.spans;
    if (performance.now() - told < toldEveryMs) continue;
    told = performance.now();
    log.info({copied: Math.round(copied), of: Math.round(total)}, 'copying spans to the tables of this version');
  }
}

async function copyStretch(engine: Engine, stretch: Stretch): Promise<void> {
  const where = spansOf(stretch);
  const [{longest, shapes} = {longest: 0, shapes: 0}] = await select<{longest: number; shapes: number}>(
    engine,
    `SELECT toFloat64(max(length(resource)) + max(length(scope))) AS longest, toFloat64(uniq(${formerShape})) AS shapes
      FROM spans WHERE ${where}`,
  );
  const rows = Math.min(maxBlockRows, Math.max(1, Math.floor(blockBytes / Math.max(longest, 1))));
  const among = shapes > maxShapes ? await commonShapes(engine, where) : undefined;
  const former: Readonly<Record<string, string>> = {
    attribute_template: formerTemplate(among),
    attribute_values: formerValues(among),
    origin: formerOrigin,
  };
  const names = Object.keys(spanColumns);
  await engine.client.command({
    query:
      `INSERT INTO ${spanTable} (${names.join(', ')}, segment) ` +
      `SELECT ${names.map((name) => former[name] ?? name).join(', ')}, toUInt32(0) FROM spans WHERE ${where}`,
    clickhouse_settings: {
      ...insertSettings(stretchToken(stretch)),
      ...sameReplica,
      max_block_size: String(rows),
      // Of large texts one block at a time.
      ...(rows < maxBlockRows && {max_threads: 1}),
      // All of them are one block, whatever its size: only then nothing, or everything, is stored.
      min_insert_block_size_bytes: '0',
    },
  });
}

/** The keys that most spans have: where nearly every span has its own, templates would be as many as spans. */
async function commonShapes(engine: Engine, where: string): Promise<string[]> {
  const found = await select<{shape: string}>(
    engine,
    `SELECT toString(${formerShape}) AS shape FROM spans WHERE ${where} GROUP BY shape ORDER BY count() DESC, shape LIMIT ${maxShapes}`,
  );
  return found.map(({shape}) => shape);
}

const spansOf = ({since, before, parts, part}: Stretch): string =>
  `bucket >= ${since} AND bucket < ${before}${parts > 1 ? ` AND sipHash64(trace_id) % ${parts} = ${part}` : ''}`;

/** MEMORY_LIMIT_EXCEEDED, CANNOT_ALLOCATE_MEMORY: the INSERT has stored nothing. */
const isShortOfMemory = (error: unknown): boolean =>
  error instanceof ClickHouseError && (error.code === '241' || error.code === '173');

async function spansAtOnce(engine: Engine): Promise<number> {
  const [{bytes, memory} = {bytes: 0, memory: 0}] = await select<{bytes: number; memory: number}>(
    engine,
    `SELECT sum(data_uncompressed_bytes) / greatest(sum(rows), 1) AS bytes, toFloat64(getSetting('max_memory_usage')) AS memory
      FROM system.parts WHERE active AND database = currentDatabase() AND table = '${localTable(engine, 'spans')}'`,
  );
  const fitting = Math.floor((memory || unboundedMemory) / memoryShare / Math.max(bytes, 1));
  return Math.min(maxSpansAtOnce, Math.max(minSpansAtOnce, fitting));
}

/** A set of rows: one that comes twice is one. */
async function copyIndex(engine: Engine): Promise<void> {
  const [{rows} = {rows: 0}] = await select<{rows: number}>(
    engine,
    'SELECT toFloat64(count()) AS rows FROM trace_index',
  );
  const parts = Math.ceil(rows / indexRowsAtOnce);
  const bound = (part: number): number => Math.floor((2 ** 32 * part) / parts);
  for (let part = 0; part < parts; part++) {
    await engine.client.command({
      query:
        `INSERT INTO ${traceIndexTable} (tenant, stray, trace_hash, bucket, segment) ` +
        'SELECT tenant, stray, trace_hash, bucket, toUInt32(0) FROM trace_index ' +
        `WHERE trace_hash >= ${bound(part)} AND trace_hash < ${bound(part + 1)}`,
      clickhouse_settings: {...insertSettings(`trace_index-${part}-of-${parts}`), ...sameReplica},
    });
  }
}

/** Every template and origin that was copied, as of today. One that comes twice is one. */
async function copyTexts(engine: Engine): Promise<void> {
  for (const text of ['attribute_template', 'origin']) {
    await engine.client.command({
      query:
        // By the text alone: ClickHouse then looks at an entry of a dictionary once, not at every span.
        `INSERT INTO ${spanTextTable} (tenant, day, text) SELECT arrayJoin(groupUniqArray(tenant)), today(), ${text} ` +
        `FROM ${spanTable} WHERE segment = 0 AND ${text} != '' GROUP BY ${text}`,
      // Each thread has the dictionary of a part in memory.
      clickhouse_settings: {...insertSettings(`span_texts-${text}`), ...sameReplica, max_threads: 1},
    });
  }
}

const localTable = ({cluster}: Engine, table: string): string => (cluster === undefined ? table : `${table}_local`);

async function select<T>(engine: Engine, query: string): Promise<T[]> {
  const answer = await engine.client.query({query, format: 'JSONEachRow', clickhouse_settings: sameReplica});
  return answer.json<T>();
}
