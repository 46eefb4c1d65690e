/** Counts the edges of some minutes out of the stored spans themselves: see docs/decisions/0086-the-stored-service-graph.md. */
import {setImmediate as breathe} from 'node:timers/promises';
import {type TenantId, type TraceId, toHex} from '../base/index.ts';
import {arrayColumn, asFixed, dictionaryColumn, fixedColumn, readBlocks, textColumn} from '../native/index.ts';
import type {Budget} from '../query/index.ts';
import {type Link, Pairing} from './graph-pairs.ts';
import {readTemplate, textAt} from './graph-peers.ts';
import {GraphSpans} from './graph-spans.ts';
import {findPlaces, whereTraces} from './read-places.ts';
import type {Queries} from './read-query.ts';
import {bucketNanos} from './schema-spans.ts';
import type {ServiceGraph} from './service-graph.ts';

export interface GraphStretch {
  readonly tenants: readonly string[];
  /** Nanoseconds since 1970; `to` is excluded. */
  readonly from: bigint;
  readonly to: bigint;
  /** Nanoseconds of each graph. */
  readonly each: bigint;
  /** Spans in there, at a guess: how much is held at once. */
  readonly spans: number;
  /** Whether spans may stand for several. */
  readonly weighted: boolean;
  /** Of so many traces one is looked at. Default 1. */
  readonly share?: number;
  readonly budget: Budget;
  readonly settings?: Readonly<Record<string, number>>;
}

/** Spans that are held at once: some 80 bytes each. */
const spansAtOnce = 500_000;
/** Rows that are looked at without a pause. */
const rowsAtOnce = 32_768;
/** Traces whose spans are looked for beyond the stretch. */
const maxFarTraces = 1000;

/** By tenant, then by minute since `from`. A stretch without spans has none. */
export async function readGraphs(
  queries: Queries,
  stretch: GraphStretch,
): Promise<Map<string, (ServiceGraph | undefined)[]>> {
  const graphs = new Map<string, (ServiceGraph | undefined)[]>();
  const values = await haveValues(queries, stretch);
  const share = stretch.share ?? 1;
  const passes = Math.max(1, Math.ceil(stretch.spans / share / spansAtOnce));
  for (let pass = 0; pass < passes; pass++) {
    const {tenants, graphs: found} = await readPass(queries, stretch, {values, share, pass, passes});
    found.forEach((minutes, tenant) => {
      const name = tenants[tenant] as string;
      const known = graphs.get(name) ?? [];
      graphs.set(name, known);
      minutes.forEach((graph, minute) => {
        if (known[minute] === undefined) known[minute] = graph;
        else if (graph !== undefined) known[minute].add(graph);
      });
    });
  }
  return graphs;
}

interface Pass {
  readonly values: boolean;
  readonly share: number;
  readonly pass: number;
  readonly passes: number;
}

async function readPass(
  queries: Queries,
  stretch: GraphStretch,
  {values, share, pass, passes}: Pass,
): Promise<{tenants: readonly string[]; graphs: (ServiceGraph | undefined)[][]}> {
  const {from, to, each, weighted, budget, settings = {}} = stretch;
  const {where, parameters} = around(stretch);
  const terms = [
    where,
    ...(share > 1 ? [`cityHash64(trace_id) % ${share} = 0`] : []),
    // By other bits than the share. Hashed, since there are ids that all end in a 1.
    ...(passes > 1 ? [`intDiv(cityHash64(trace_id), 4294967296) % ${passes} = ${pass}`] : []),
  ];
  const ask = (columns: string, sql: string, more: typeof parameters = {}): Promise<Uint8Array> =>
    queries.native({
      sql: `SELECT ${columns} FROM spans_11 ${sql}`,
      parameters: {...parameters, ...more},
      settings,
      budget,
    });
  const columns = columnsOf(values, weighted);
  const spans = new GraphSpans({from, values, weights: weighted});
  const pairing = new Pairing({spans, length: Number(to - from), each: Number(each), weighted});
  const append = async (answer: Uint8Array): Promise<void> => {
    const blocks = [...readBlocks(answer)];
    spans.reserve(blocks.reduce((sum, {rows}) => sum + rows, spans.count + 1));
    for (const block of blocks) {
      spans.append(block);
      await breathe();
    }
  };
  await append(await ask(columns, `PREWHERE ${terms.join(' AND ')}`));
  const own = spans.count;
  const inSteps = async (take: (first: number, before: number) => void): Promise<void> => {
    for (let first = 0; first < own; first += rowsAtOnce) {
      take(first, Math.min(own, first + rowsAtOnce));
      await breathe();
    }
  };
  await inSteps((first, before) => pairing.pair(first, before));
  const linking = await ask(
    'tenant, service, trace_id, span_id, parent_span_id, links.trace_id, links.span_id',
    `PREWHERE ${terms.join(' AND ')} WHERE notEmpty(links.flags)`,
  );
  pairing.link(linksOf(linking, spans));
  if (pairing.orphans.length + pairing.missing.length > 0) {
    for (const [tenant, ids] of farTraces(pairing, spans)) {
      const places = await findPlaces(queries, tenant, ids, {budget});
      if (places === undefined) continue;
      const far = whereTraces(tenant, places);
      const outside = `(${far.sql})${passes === 1 && share === 1 ? ` AND NOT (bucket BETWEEN ${firstBucket(from)} AND ${lastBucket(to)})` : ''}`;
      const answer = await queries.native({
        sql: `SELECT ${columnsOf(values, true)} FROM spans_11 WHERE ${outside}`,
        parameters: far.parameters,
        settings,
        budget,
      });
      // A parent of long ago may stand for several though nothing around its child does.
      if (!weighted && haveStates(answer))
        return readPass(queries, {...stretch, weighted: true}, {values, share, pass, passes});
      await append(answer);
    }
    pairing.settle();
  }
  await inSteps((first, before) => pairing.addPeers(first, before));
  return {tenants: spans.tenants.list, graphs: pairing.graphs};
}

const columnsOf = (values: boolean, weighted: boolean): string =>
  'tenant, service, name, kind, status_code, start_time, duration_ns, trace_id, span_id, parent_span_id, attribute_template' +
  (values ? ', if(kind > 2, attribute_values, []) AS weft_values' : '') +
  (weighted ? ', trace_state' : '');

/** Spans around the stretch are looked at too: parents, and what is below clients. */
const firstBucket = (from: bigint): bigint => (from <= bucketNanos ? 0n : from / bucketNanos - 1n);
const lastBucket = (to: bigint): bigint => (to - 1n) / bucketNanos + 1n;

function around({tenants, from, to}: GraphStretch): {
  where: string;
  parameters: Record<string, readonly string[] | string>;
} {
  const [first] = tenants;
  const one = tenants.length === 1;
  return {
    where: `tenant ${one ? '= {tenant:String}' : 'IN {tenants:Array(String)}'} AND bucket BETWEEN ${firstBucket(from)} AND ${lastBucket(to)}`,
    parameters: one ? {tenant: first as string} : {tenants},
  };
}

/** Whether any span that may name another end does so in values of its own. */
async function haveValues(queries: Queries, stretch: GraphStretch): Promise<boolean> {
  const {where, parameters} = around(stretch);
  const sql = `SELECT DISTINCT attribute_template FROM spans_11 PREWHERE ${where} AND kind > 2`;
  const answer = await queries.native({sql, parameters, settings: stretch.settings ?? {}, budget: stretch.budget});
  for (const block of readBlocks(answer)) {
    const {keys, indexes} = dictionaryColumn(block, 'attribute_template');
    for (const index of indexes)
      if (readTemplate(textAt(block.bytes, keys.slices, index)).kind !== 'fixed') return true;
  }
  return false;
}

function haveStates(answer: Uint8Array): boolean {
  for (const block of readBlocks(answer)) {
    const {slices} = textColumn(block, 'trace_state');
    for (let row = 0; row < block.rows; row++) if ((slices[2 * row + 1] as number) > 0) return true;
  }
  return false;
}

function* linksOf(answer: Uint8Array, spans: GraphSpans): Generator<Link> {
  const seen = new Set<string>();
  for (const block of readBlocks(answer)) {
    const [tenants, services] = [dictionaryColumn(block, 'tenant'), dictionaryColumn(block, 'service')];
    const tenantNumbers = spans.tenants.numbersOf(block, tenants);
    const serviceNumbers = spans.services.numbersOf(block, services);
    const [traces, ids, parents] = [
      fixedColumn(block, 'trace_id'),
      fixedColumn(block, 'span_id'),
      fixedColumn(block, 'parent_span_id'),
    ];
    const to = arrayColumn(block, 'links.trace_id');
    const [toTraces, toSpans] = [asFixed(to.items), asFixed(arrayColumn(block, 'links.span_id').items)];
    for (let row = 0; row < block.rows; row++) {
      const child = spans.findRow({
        tenant: tenantNumbers[tenants.indexes[row] as number] as number,
        service: serviceNumbers[services.indexes[row] as number] as number,
        trace: words(traces.bytes, traces.at + 16 * row, 4),
        span: words(ids.bytes, ids.at + 8 * row, 2),
        parent: words(parents.bytes, parents.at + 8 * row, 2),
      });
      if (child < 0) continue;
      for (let i = row === 0 ? 0 : (to.ends[row - 1] as number); i < (to.ends[row] as number); i++) {
        const link = {
          child,
          trace: words(toTraces.bytes, toTraces.at + 16 * i, 4),
          span: words(toSpans.bytes, toSpans.at + 8 * i, 2),
        };
        // A span that was sent again may have others.
        const key = `${child} ${link.trace} ${link.span}`;
        if (seen.has(key)) continue;
        seen.add(key);
        yield link;
      }
    }
  }
}

const words = (bytes: Buffer, at: number, count: number): Uint32Array =>
  Uint32Array.from({length: count}, (_, i) => bytes.readUInt32LE(at + 4 * i));

/** Traces that miss a span, by tenant. */
function farTraces({orphans, missing}: Pairing, spans: GraphSpans): Map<TenantId, TraceId[]> {
  const found = new Map<number, Set<string>>();
  let count = 0;
  const add = (row: number, trace: Uint32Array): void => {
    const tenant = spans.tenant[row] as number;
    const ids = found.get(tenant) ?? new Set<string>();
    found.set(tenant, ids);
    const before = ids.size;
    ids.add(toHex(new Uint8Array(trace.buffer, trace.byteOffset, 16)));
    if (ids.size > before) count++;
  };
  for (const row of orphans) {
    if (count >= maxFarTraces) break;
    add(row, spans.ids.subarray(6 * row, 6 * row + 4));
  }
  for (const {child, trace} of missing) {
    if (count >= maxFarTraces) break;
    add(child, trace);
  }
  return new Map([...found].map(([tenant, ids]) => [spans.tenants.list[tenant] as TenantId, [...ids] as TraceId[]]));
}
