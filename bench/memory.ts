/**
 * How much memory what the API's thread keeps takes at its bounds: `npm run bench:memory`. Rows come as `SpanNews` tells them, made here,
 * far more than there is room for; what is in use and resident before and after each, of this process at rest.
 */
import {giveMemoryBack, systemClock, type TenantId, utf8Bytes} from '../server/src/base/index.ts';
import {
  ArrayColumn,
  ByteSink,
  DictionaryColumn,
  type NativeColumn,
  PlainColumn,
  stringColumn,
  u8Column,
  u32Column,
  u64Column,
  writeBlock,
} from '../server/src/native/index.ts';
import {createMemory} from '../server/src/store/memory.ts';
import {SeenLinks} from '../server/src/store/read-links.ts';
import {createPresence} from '../server/src/store/read-presence.ts';
import {spanFilterTable} from '../server/src/store/schema-filters.ts';
import {filterForm} from '../server/src/store/span-filter.ts';
import type {SpanNews} from '../server/src/store/span-news.ts';

const tenant = 'default' as TenantId;
const mebibyte = 1024 ** 2;
const nowSeconds = Math.floor(systemClock.now() / 1000);
/** What is promised of all of it together, in MiB in use. */
const promised = 210;

const listeners: ((news: SpanNews) => void)[] = [];
const tell = (news: SpanNews): void => {
  for (const listener of listeners) listener(news);
};
const presence = createPresence();
// An empty table: everything is told.
const memory = createMemory({
  queries: {
    memory: {},
    links: new SeenLinks(),
    recent: () => [],
    rows: async () => [],
    native: async () => new Uint8Array(0),
    open: () => Promise.reject(new Error('not asked')),
  },
  presence,
  clock: systemClock,
  news: {subscribe: (listener) => void listeners.push(listener), again() {}},
});

const random = (): number => Math.floor(Math.random() * 2 ** 32);

function blockOf(columns: Readonly<Record<string, NativeColumn>>, rows: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(writeBlock(columns, rows, new ByteSink()));
}

function insert(table: string, bytes: Uint8Array<ArrayBuffer>): void {
  tell({kind: 'summing up'});
  tell({kind: 'summed up', tokens: [], sums: [{table, bytes}]});
}

const tenantColumn = (rows: number): DictionaryColumn => {
  const column = new DictionaryColumn();
  const name = utf8Bytes(tenant);
  for (let i = 0; i < rows; i++) column.append(name, 0, name.length);
  return column;
};

/** Places of one segment, as a full one has them. */
function addPlaces(serial: number): number {
  const traces = 6250;
  const bucket = Math.floor(nowSeconds / 10);
  tell({
    kind: 'taken',
    token: `spans_11.${serial}-0`,
    segment: {segment: serial, first: bucket, last: bucket, spans: 50_000, serial},
    places: {
      keys: Uint32Array.from({length: traces}, random),
      buckets: new Uint32Array(traces).fill(bucket),
      blocks: Uint32Array.from({length: traces}, (_, i) => i % 10),
      starts: Uint32Array.from({length: 11}, (_, i) => i * 1_500_000),
    },
    // The last quarter of a gibibyte of segments has files.
    file: {paths: ['/nowhere/recent', '/nowhere/first'], checksums: new Uint32Array(10)},
  });
  if (serial > 20) tell({kind: 'gone', tokens: [`spans_11.${serial - 20}-0`]});
  return traces;
}

/** The filter of a group of 160,000 spans. */
function addFilter(group: number): number {
  const cells = 8;
  const bytes = 272_000;
  const first = Math.floor(nowSeconds / 10) + group;
  const columns = {
    tenant: tenantColumn(1),
    ...{last: u32Column(), segments: new ArrayColumn(u32Column()), firsts: new ArrayColumn(u32Column())},
    ...{lasts: new ArrayColumn(u32Column()), counts: new ArrayColumn(u32Column()), form: u8Column()},
    words: stringColumn(),
  };
  columns.last.data.u32(first);
  for (let i = 0; i < cells; i++) {
    columns.segments.items.data.u32(group * cells + i);
    columns.firsts.items.data.u32(first);
    columns.lasts.items.data.u32(first);
    columns.counts.items.data.u32(20_000);
  }
  for (const list of [columns.segments, columns.firsts, columns.lasts, columns.counts]) list.close(cells);
  columns.form.data.u8(filterForm);
  columns.words.data.string(Buffer.alloc(bytes, group), 0, bytes);
  insert(spanFilterTable, blockOf(columns, 1));
  return 1;
}

/** A minute of many operations: half of their names are new. */
function addRates(minute: number): number {
  const rows = 2000;
  const columns = {
    tenant: tenantColumn(rows),
    ...{minute: new PlainColumn("DateTime('UTC')"), service: new DictionaryColumn(), name: new DictionaryColumn()},
    ...{kind: u8Column(), status_code: u8Column(), duration_step: u8Column(), sampled_out: u8Column()},
    spans: u64Column(),
  };
  for (let i = 0; i < rows; i++) {
    columns.minute.data.u32(nowSeconds - (nowSeconds % 60) + 60 * minute);
    const service = utf8Bytes(`service-${i % 50}`);
    columns.service.append(service, 0, service.length);
    const name = utf8Bytes(
      `GET /api/v1/accounts/{account}/orders/${i < 300 ? (300 * minute + i) % 190_000 : i}/positions`,
    );
    columns.name.append(name, 0, name.length);
    columns.kind.data.u8(i % 6);
    columns.status_code.data.u8(i % 3);
    columns.duration_step.data.u8(i % 60);
    columns.sampled_out.data.u8(0);
    columns.spans.data.u64(1 + i, 0);
  }
  insert('span_rates', blockOf(columns, rows));
  return rows;
}

/** Traces of one row each. */
function addExtents(group: number): number {
  const rows = 20_000;
  const columns = {
    ...{tenant: tenantColumn(rows), bucket: u32Column(), trace_id: new PlainColumn('FixedString(16)')},
    ...{head: u64Column(), last: u64Column(), spans: u64Column(), errors: u64Column(), root: u8Column()},
    origins: new ArrayColumn(u64Column()),
  };
  const put = (column: PlainColumn, value: bigint): void =>
    column.data.u64(Number(value & 0xffff_ffffn), Number(value >> 32n));
  const start = BigInt(nowSeconds + group) * 1_000_000_000n;
  for (let i = 0; i < rows; i++) {
    columns.bucket.data.u32(Number(start / 10_000_000_000n));
    for (let word = 0; word < 4; word++) columns.trace_id.data.u32(random());
    put(columns.head, 2n * (start + BigInt(i)));
    put(columns.last, start + BigInt(50_000_000 + i));
    put(columns.spans, 8n);
    put(columns.errors, 0n);
    columns.root.data.u8(1);
    for (let origin = 0; origin < 4; origin++) put(columns.origins.items, BigInt(origin + (i % 50)));
    columns.origins.close(4);
  }
  insert('traces', blockOf(columns, rows));
  return rows;
}

/** Of the process at rest, in MiB: resident, and what of it is in use. */
async function resting(): Promise<{readonly resident: number; readonly used: number}> {
  await giveMemoryBack();
  const {rss, heapUsed, external} = process.memoryUsage();
  return {resident: rss / mebibyte, used: (heapUsed + external) / mebibyte};
}

const parts = [
  {what: 'places of traces', rows: 12 * mebibyte, add: addPlaces},
  {what: 'filters of values', rows: 300, add: addFilter},
  {what: 'rates by the minute', rows: 1_300_000, add: addRates},
  {what: 'extents of traces', rows: 2_000_000, add: addExtents},
] as const;

tell({kind: 'settled'});
memory.extents?.rows(tenant, 0n);
while (
  memory.places?.isLoaded !== true ||
  memory.filters?.of(tenant) === undefined ||
  memory.extents?.rows(tenant, 0n) === undefined
)
  await new Promise((resolve) => setTimeout(resolve, 10));

// What the code itself and the blocks of an INSERT take is there before.
for (const {add} of parts) add(0);
const begin = await resting();
const row = (what: string, used: number, resident: number, rest: string): void =>
  console.log(
    `${what.padEnd(20)} ${used.toFixed(0).padStart(4)} MiB in use, ${resident.toFixed(0).padStart(4)} resident  ${rest}`,
  );
let [before, most] = [begin, begin.resident];
for (const {what, rows, add} of parts) {
  let added = 0;
  for (let i = 1; added < rows; i++) {
    added += add(i);
    most = Math.max(most, process.memoryUsage.rss() / mebibyte);
  }
  const after = await resting();
  row(what, after.used - before.used, after.resident - before.resident, `after ${added.toLocaleString('en')} rows`);
  before = after;
}
const used = before.used - begin.used;
const onTheWay = (most - begin.resident).toFixed(0);
row(
  'together',
  used,
  before.resident - begin.resident,
  `(${promised} in use promised; ${onTheWay} resident at most on the way)`,
);
process.exitCode = used > promised ? 1 : 0;
