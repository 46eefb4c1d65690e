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

/** Spans that are held at once: some 70 bytes each. */
const spansAtOnce = 1_500_000;
/** Spans of an answer, which is there as a whole. */
const spansOfAnswer = 200_000;
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
  for (const only of await passesOf(queries, stretch, Math.ceil(stretch.spans / share / spansAtOnce))) {
    const {tenants, graphs: found} = await readPass(queries, stretch, {values, share, only});
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
  /** Which traces; undefined for all. */
  readonly only: string | undefined;
}

/** One span in so many tells how the ids of traces lie. */
const sampleOf = 16_384;

/**
 * Conditions that part the traces of a stretch into about so many equal shares: ranges of ids, which lie together and so are read
 * without the others, or where too few ids are known, shares of a hash.
 */
async function passesOf(queries: Queries, stretch: GraphStretch, passes: number): Promise<(string | undefined)[]> {
  if (passes <= 1) return [undefined];
  const {where, parameters} = around(stretch);
  const answer = await queries.native({
    sql: `SELECT trace_id FROM spans_11 PREWHERE ${where} AND reinterpretAsUInt64(span_id) % ${sampleOf} = 0`,
    parameters,
    settings: stretch.settings ?? {},
    budget: stretch.budget,
  });
  const ids: string[] = [];
  for (const block of readBlocks(answer)) {
    const {bytes, at} = fixedColumn(block, 'trace_id');
    for (let row = 0; row < block.rows; row++) ids.push(toHex(bytes.subarray(at + 16 * row, at + 16 * row + 16)));
  }
  // By other bits than the share. Hashed, since there are ids that all end in a 1.
  const byHash = (_: unknown, pass: number): string => `intDiv(cityHash64(trace_id), 4294967296) % ${passes} = ${pass}`;
  ids.sort();
  const bounds = Array.from({length: passes - 1}, (_, i) => ids[Math.floor(((i + 1) * ids.length) / passes)] as string);
  if (ids.length < 16 * passes || new Set(bounds).size < bounds.length) return Array.from({length: passes}, byHash);
  const id = (hex: string): string => `toFixedString(unhex('${hex}'), 16)`;
  return Array.from({length: passes}, (_, i) => {
    const [from, before] = [bounds[i - 1], bounds[i]];
    return [
      ...(from === undefined ? [] : [`trace_id >= ${id(from)}`]),
      ...(before === undefined ? [] : [`trace_id < ${id(before)}`]),
    ].join(' AND ');
  });
}

async function readPass(
  queries: Queries,
  stretch: GraphStretch,
  {values, share, only}: Pass,
): Promise<{tenants: readonly string[]; graphs: (ServiceGraph | undefined)[][]}> {
  const {from, to, each, weighted, budget, settings = {}} = stretch;
  const {where, parameters} = around(stretch);
  const which = [
    ...(share > 1 ? [`cityHash64(trace_id) % ${share} = 0`] : []),
    ...(only === undefined ? [] : [only]),
  ].map((term) => ` AND ${term}`);
  const all = `PREWHERE ${where}${which.join('')}`;
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
    for (const block of readBlocks(answer)) {
      spans.append(block);
      await breathe();
    }
  };
  spans.reserve(Math.min(spansAtOnce, Math.ceil(stretch.spans / share)));
  for (const term of bucketsOf(stretch)) {
    await append(await ask(columns, `PREWHERE ${tenantTerm(stretch)} AND ${term}${which.join('')}`));
  }
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
    `${all} WHERE notEmpty(links.flags)`,
  );
  pairing.link(linksOf(linking, spans));
  if (pairing.orphans.length + pairing.missing.length > 0) {
    for (const [tenant, ids] of farTraces(pairing, spans)) {
      const places = await findPlaces(queries, tenant, ids, {budget});
      if (places === undefined) continue;
      const far = whereTraces(tenant, places);
      const outside = `(${far.sql})${only === undefined && share === 1 ? ` AND NOT (bucket BETWEEN ${firstBucket(from)} AND ${lastBucket(to)})` : ''}`;
      const answer = await queries.native({
        sql: `SELECT ${columnsOf(values, true)} FROM spans_11 WHERE ${outside}`,
        parameters: far.parameters,
        settings,
        budget,
      });
      // A parent of long ago may stand for several though nothing around its child does.
      if (!weighted && haveStates(answer))
        return readPass(queries, {...stretch, weighted: true}, {values, share, only});
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

function around(stretch: GraphStretch): {where: string; parameters: Record<string, readonly string[] | string>} {
  const {tenants, from, to} = stretch;
  return {
    where: `${tenantTerm(stretch)} AND bucket BETWEEN ${firstBucket(from)} AND ${lastBucket(to)}`,
    parameters: tenants.length === 1 ? {tenant: tenants[0] as string} : {tenants},
  };
}

const tenantTerm = ({tenants}: GraphStretch): string =>
  `tenant ${tenants.length === 1 ? '= {tenant:String}' : 'IN {tenants:Array(String)}'}`;

/** The buckets of a stretch, and as many at once as an answer may have spans. */
function* bucketsOf({from, to, spans, share = 1}: GraphStretch): Generator<string> {
  const [first, last] = [firstBucket(from), lastBucket(to)];
  const count = last - first + 1n;
  const held = Math.min(spans / share, spansAtOnce);
  const step = count / BigInt(Math.max(1, Math.ceil(held / spansOfAnswer))) || 1n;
  for (let at = first; at <= last; at += step) {
    const end = at + step - 1n;
    yield `bucket BETWEEN ${at} AND ${end < last ? end : last}`;
  }
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
    add(row, spans.traceOf(row));
  }
  for (const {child, trace} of missing) {
    if (count >= maxFarTraces) break;
    add(child, trace);
  }
  return new Map([...found].map(([tenant, ids]) => [spans.tenants.list[tenant] as TenantId, [...ids] as TraceId[]]));
}
