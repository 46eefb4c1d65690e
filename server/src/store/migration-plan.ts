/**
 * Which spans each INSERT of a migration copies. It is stored before the first of them: what a stretch holds, and so what its token
 * stands for, stays as it was when the process begins again with another bound on its memory, or parts have gone meanwhile.
 */
import {type Engine, insertSettings} from '../engine/index.ts';
import {createTable} from './schema.ts';

/** The spans of the buckets `since` until `before` whose trace's hash has the remainder `part` by `parts`. */
export interface Stretch {
  readonly since: number;
  readonly before: number;
  readonly parts: number;
  readonly part: number;
  /** About. */
  readonly spans: number;
}

export interface Plan {
  readonly engine: Engine;
  /** What is left to do, newest first. */
  readonly stretches: Stretch[];
}

/** To be dropped when all is copied, after the table that it was copied from. */
export const planTable = 'spans_11_plan';

export const stretchToken = ({since, before, parts, part}: Stretch): string =>
  `${planTable}-${since}-${before}-${part}-of-${parts}`;

/** Resolves to what an earlier run has left to do, or to a new plan that is stored. */
export async function loadPlan(engine: Engine, spansAtOnce: number): Promise<Plan> {
  for (const query of createTable(engine, table)) await engine.client.command({query});
  const answer = await engine.client.query({
    query: `SELECT since, before, parts, part, any(spans) AS spans, max(done) AS done FROM ${planTable}
      GROUP BY since, before, parts, part ORDER BY since DESC, parts, part`,
    format: 'JSONEachRow',
  });
  const stored = await answer.json<Stretch & {done: number}>();
  if (stored.length > 0) return {engine, stretches: stored.filter(({done}) => done === 0)};
  const stretches = await makePlan(engine, spansAtOnce);
  await store(engine, `${planTable}`, stretches, []);
  return {engine, stretches};
}

/** Records that the spans of a stretch are copied. */
export const finished = ({engine}: Plan, stretch: Stretch): Promise<void> =>
  store(engine, `${stretchToken(stretch)}-done`, [], [stretch]);

/** Records two stretches in the place of one, and returns them. */
export async function split({engine}: Plan, stretch: Stretch): Promise<[Stretch, Stretch]> {
  const parts = 2 * stretch.parts;
  const half = (part: number): Stretch => ({...stretch, parts, part, spans: stretch.spans / 2});
  const halves: [Stretch, Stretch] = [half(stretch.part), half(stretch.part + stretch.parts)];
  await store(engine, `${stretchToken(stretch)}-split`, halves, [stretch]);
  return halves;
}

/** Buckets are taken together, newest first, until they are enough; where the last of them has too many, all go in parts. */
async function makePlan(engine: Engine, spansAtOnce: number): Promise<Stretch[]> {
  const answer = await engine.client.query({
    query: `SELECT min(bucket) AS since, max(bucket) + 1 AS before, toFloat64(sum(n)) AS spans FROM (
        SELECT bucket, n, intDiv(sum(n) OVER (ORDER BY bucket DESC) - n, ${spansAtOnce}) AS stretch
        FROM (SELECT toUInt64(bucket) AS bucket, count() AS n FROM spans GROUP BY bucket)
      ) GROUP BY stretch ORDER BY stretch`,
    format: 'JSONEachRow',
    clickhouse_settings: {output_format_json_quote_64bit_integers: 0},
  });
  const ranges = await answer.json<{since: number; before: number; spans: number}>();
  return ranges.flatMap(({since, before, spans}) => {
    const parts = Math.ceil(spans / (1.5 * spansAtOnce));
    return Array.from({length: parts}, (_, part) => ({since, before, parts, part, spans: spans / parts}));
  });
}

/** In one block, under a token. */
async function store(engine: Engine, token: string, left: readonly Stretch[], done: readonly Stretch[]): Promise<void> {
  const values = [...left.map((one) => ({...one, done: 0})), ...done.map((one) => ({...one, done: 1}))];
  await engine.client.insert({
    table: planTable,
    values,
    columns: ['since', 'before', 'parts', 'part', 'spans', 'done'],
    format: 'JSONEachRow',
    clickhouse_settings: insertSettings(token),
  });
}

const table = {
  name: planTable,
  columns: {
    since: 'UInt32',
    // Beyond the last bucket.
    before: 'UInt64',
    parts: 'UInt32',
    part: 'UInt32',
    spans: 'Float64',
    done: 'UInt8',
  },
  engine: 'MergeTree',
  partitionBy: 'tuple()',
  orderBy: '(since, parts, part)',
  shardBy: 'since',
} as const;
