/** How long each signal is kept: a TTL on its tables, whole parts at a time. */
import type {Log} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import {localName, onCluster} from './schema.ts';
import {filterTime, spanFilterTable} from './schema-filters.ts';
import {graphTable, graphTime} from './schema-graph.ts';
import {spanTable, spanTextTable, traceIndexTable} from './schema-segments.ts';
import {bucketTime} from './schema-spans.ts';

/** Milliseconds; undefined keeps for ever. */
export interface Retention {
  readonly traces: number | undefined;
  readonly logs: number | undefined;
  readonly metrics: number | undefined;
}

/** Each table's signal and the time that it is kept by. */
const keptBy: Readonly<Record<string, readonly [signal: keyof Retention, time: string]>> = {
  [spanTable]: ['traces', 'start_time'],
  [traceIndexTable]: ['traces', bucketTime],
  // Its day is at least that of the latest span that has it, and a span may be of tomorrow.
  [spanTextTable]: ['traces', 'day + INTERVAL 2 DAY'],
  [spanFilterTable]: ['traces', filterTime],
  [graphTable]: ['traces', graphTime],
  traces: ['traces', bucketTime],
  span_rates: ['traces', 'minute'],
  operations: ['traces', 'day + INTERVAL 1 DAY'],
  logs: ['logs', 'time'],
  metric_points: ['metrics', 'time'],
  metric_series: ['metrics', 'time + INTERVAL 1 DAY'],
};

/** The expression of a table's TTL; undefined where it is kept for ever. */
export function ttlOf(retention: Retention, table: string): string | undefined {
  const [signal, time] = keptBy[table] ?? [];
  const milliseconds = signal && retention[signal];
  if (milliseconds === undefined) return undefined;
  const seconds = secondsOf(milliseconds);
  // A DateTime ends in 2106 and begins again: what would be kept longer is kept until then.
  const end = `toDateTime(least(toDateTime64('2106-01-01', 9, 'UTC') - INTERVAL ${seconds} SECOND, toDateTime64(${time}, 9, 'UTC')))`;
  return `${end} + INTERVAL ${seconds} SECOND`;
}

const secondsOf = (milliseconds: number): string => String(Math.ceil(milliseconds / 1000));

/** Sets the TTL of the tables that do not have the wanted one yet. Rows that have expired by then go within minutes. */
export async function setRetention(engine: Engine, retention: Retention, log: Log): Promise<void> {
  const answer = await engine.client.query({
    query: 'SELECT name, create_table_query AS ddl FROM system.tables WHERE database = {database:String}',
    query_params: {database: engine.database},
    format: 'JSONEachRow',
  });
  const tables = new Map((await answer.json<{name: string; ddl: string}>()).map(({name, ddl}) => [name, ddl]));
  for (const [table, [signal]] of Object.entries(keptBy)) {
    const ddl = tables.get(engine.cluster === undefined ? table : `${table}_local`) ?? '';
    const present = /toIntervalSecond\((\d+)\)/.exec(ddl)?.[1];
    const milliseconds = retention[signal];
    const wanted = milliseconds === undefined ? undefined : secondsOf(milliseconds);
    // Before, the sum could pass the end of DateTime: rows went at once that were to be kept for a century.
    const wraps = ddl.includes(`least(toDateTime64('2105-01-01'`) && Number(wanted) > 366 * 86_400;
    if (present === wanted && !wraps) continue;
    const alter = `ALTER TABLE ${localName(engine, table)}${onCluster(engine)}`;
    const ttl = ttlOf(retention, table);
    const query = ttl === undefined ? `${alter} REMOVE TTL` : `${alter} MODIFY TTL ${ttl}`;
    await engine.client.command({query});
    log.info({table, seconds: wanted === undefined ? 'for ever' : Number(wanted)}, 'retention changed');
  }
}
