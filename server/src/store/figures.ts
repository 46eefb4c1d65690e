import type {Engine} from '../engine/index.ts';

/** How much the store holds. Counts are those of the parts on disk, so they cost nothing to know. */
export interface StoreFigures {
  readonly spans: number;
  readonly logs: number;
  readonly metricPoints: number;
  readonly diskBytes: number;
}

/** On a cluster, of the server that is asked. All zero while the engine is away. */
export async function storeFigures(engine: Engine): Promise<StoreFigures> {
  const none = {spans: 0, logs: 0, metricPoints: 0, diskBytes: 0};
  if (engine.state.kind !== 'ready') return none;
  try {
    const answer = await engine.client.query({
      query: `SELECT toFloat64(sumIf(rows, table IN ('spans_11', 'spans_11_local'))) AS spans,
  toFloat64(sumIf(rows, table IN ('logs', 'logs_local'))) AS logs,
  toFloat64(sumIf(rows, table IN ('metric_points', 'metric_points_local'))) AS metricPoints,
  toFloat64(sum(bytes_on_disk)) AS diskBytes
FROM system.parts WHERE active AND database = {database:String}`,
      query_params: {database: engine.database},
      format: 'JSONEachRow',
      abort_signal: AbortSignal.timeout(figuresMs),
    });
    const [row] = await answer.json<StoreFigures>();
    return row ?? none;
  } catch {
    return none; // it has just gone away: its state will say so
  }
}

/** For an engine that hangs, of which nobody knows yet. */
const figuresMs = 5000;
