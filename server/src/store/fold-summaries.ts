/**
 * What lists say of a trace, out of its spans. The sums of the table of extents (`schema-traces.ts`), made here: for the few spans
 * of a list, planning a GROUP BY costs ClickHouse more than reading them.
 */
import {type TraceId, utf8} from '../base/index.ts';
import {
  type DictionaryValues,
  dictionaryColumn,
  type FixedValues,
  fixedColumn,
  type NativeBlock,
} from '../native/index.ts';

export interface TraceSums {
  /** The root's; of several, the earliest one's. Without a root, the earliest span's. */
  readonly rootService: string;
  readonly rootName: string;
  /** 0 none has arrived, 1 those that have succeeded, 2 one failed. */
  readonly root: number;
  readonly failed: boolean;
  readonly start: bigint;
  readonly durationNano: bigint;
  readonly spans: number;
  readonly errors: number;
  /** By their earliest spans. */
  readonly services: readonly {readonly name: string; readonly spans: number; readonly errors: number}[];
  /** Spans beyond the first of their id in a service. */
  readonly repeated: number;
}

/** The earliest of the spans whose parent has not arrived. */
export interface HighestSpan {
  readonly service: string;
  readonly name: string;
}

export interface FoldedTraces {
  readonly spans: number;
  readonly sums: ReadonlyMap<TraceId, TraceSums>;
  /** Of traces that have such a span. */
  readonly highest: ReadonlyMap<TraceId, HighestSpan>;
}

/** The columns that a query must select. */
export const foldedColumns = 'trace_id, span_id, parent_span_id, start_time, duration_ns, service, name, status_code';
/** Each by itself. */
export const foldedNames = foldedColumns.split(', ');

/** Folds all spans of some traces, in any order. */
export function foldSpans(blocks: Iterable<NativeBlock>): FoldedTraces {
  const traces = new Map<TraceId, Fold>();
  let spans = 0;
  for (const block of blocks) {
    spans += block.rows;
    foldBlock(traces, block);
  }
  return {
    spans,
    sums: new Map([...traces].map(([id, fold]) => [id, sumsOf(fold)])),
    highest: new Map(
      [...traces].flatMap(([id, fold]) => {
        const span = highestOf(fold);
        return span === undefined ? [] : [[id, {service: span.service.name, name: nameOf(span)}] as const];
      }),
    ),
  };
}

interface Fold {
  /** By their bytes. */
  readonly services: Map<string, ServiceFold>;
  readonly ids: Set<string>;
  readonly withParent: FoldedSpan[];
  /** What stands for the trace: a root before all others, then the earliest. */
  first: FoldedSpan | undefined;
  last: bigint;
  root: number;
}

interface ServiceFold {
  readonly name: string;
  readonly ids: Set<string>;
  spans: number;
  errors: number;
  /** `spanHead`, the least. */
  head: bigint;
}

interface FoldedSpan {
  readonly service: ServiceFold;
  /** '' for a root. */
  readonly parent: string;
  readonly start: bigint;
  /** Where its name is. */
  readonly block: NativeBlock;
  readonly from: number;
  readonly to: number;
}

const noParent = '\0'.repeat(8);
const mostNanos = 2n ** 63n - 1n;

function foldBlock(traces: Map<TraceId, Fold>, block: NativeBlock): void {
  const trace = fixedColumn(block, 'trace_id');
  const span = fixedColumn(block, 'span_id');
  const parentSpan = fixedColumn(block, 'parent_span_id');
  const startTime = fixedColumn(block, 'start_time');
  const duration = fixedColumn(block, 'duration_ns');
  const status = fixedColumn(block, 'status_code');
  const service = dictionaryColumn(block, 'service');
  const name = dictionaryColumn(block, 'name');
  const serviceNames = namesOf(block, service);
  for (let row = 0; row < block.rows; row++) {
    const fold = foldOf(traces, textAt(trace, row, 'hex') as TraceId);
    const failed = status.bytes[status.at + row] === 2;
    const start = startTime.bytes.readBigInt64LE(startTime.at + 8 * row);
    // Numbers as ClickHouse has them: unsigned, beginning again at 0.
    const unsigned = BigInt.asUintN(64, start);
    const head = BigInt.asUintN(64, 2n * unsigned + (failed ? 1n : 0n));
    const of = serviceOf(fold, serviceNames[service.indexes[row] as number] as Name, head);
    of.spans++;
    if (failed) of.errors++;
    if (head < of.head) of.head = head;
    const id = textAt(span, row, 'latin1');
    of.ids.add(id);
    fold.ids.add(id);
    const length = duration.bytes.readBigInt64LE(duration.at + 8 * row);
    const end = least(BigInt.asUintN(64, unsigned + (length > 0n ? length : 0n)), mostNanos);
    if (end > fold.last) fold.last = end;
    const parent = textAt(parentSpan, row, 'latin1');
    const isRoot = parent === noParent;
    const nameAt = name.keys.slices[2 * (name.indexes[row] as number)] as number;
    const folded: FoldedSpan = {
      service: of,
      parent: isRoot ? '' : parent,
      start,
      block,
      from: nameAt,
      to: nameAt + (name.keys.slices[2 * (name.indexes[row] as number) + 1] as number),
    };
    if (isRoot) fold.root = Math.max(fold.root, failed ? 2 : 1);
    else fold.withParent.push(folded);
    if (fold.first === undefined || standsBefore(folded, fold.first)) fold.first = folded;
  }
}

function foldOf(traces: Map<TraceId, Fold>, id: TraceId): Fold {
  let fold = traces.get(id);
  if (fold === undefined) {
    fold = {services: new Map(), ids: new Set(), withParent: [], first: undefined, last: 0n, root: 0};
    traces.set(id, fold);
  }
  return fold;
}

function serviceOf({services}: Fold, {key, name}: Name, head: bigint): ServiceFold {
  let service = services.get(key);
  if (service === undefined) {
    service = {name, ids: new Set(), spans: 0, errors: 0, head};
    services.set(key, service);
  }
  return service;
}

function sumsOf({services, first, last, root}: Fold): TraceSums {
  const ordered = [...services.values()].sort(
    (a, b) => (a.head < b.head ? -1 : a.head > b.head ? 1 : 0) || (a.name < b.name ? -1 : 1),
  );
  const head = (ordered[0] as ServiceFold).head;
  const start = head / 2n;
  const sum = (of: (service: ServiceFold) => number): number => ordered.reduce((all, one) => all + of(one), 0);
  const span = first as FoldedSpan;
  return {
    rootService: span.service.name,
    rootName: nameOf(span),
    root,
    failed: root === 2 || (root === 0 && head % 2n === 1n),
    start,
    durationNano: BigInt.asIntN(64, last - start),
    spans: sum(({spans}) => spans),
    errors: sum(({errors}) => errors),
    services: ordered.map(({name, spans, errors}) => ({name, spans, errors})),
    repeated: sum(({spans, ids}) => spans - ids.size),
  };
}

function highestOf({withParent, ids}: Fold): FoldedSpan | undefined {
  let highest: FoldedSpan | undefined;
  for (const span of withParent) {
    if (!ids.has(span.parent) && (highest === undefined || isEarlier(span, highest))) highest = span;
  }
  return highest;
}

const standsBefore = (a: FoldedSpan, b: FoldedSpan): boolean =>
  (a.parent === '') === (b.parent === '') ? isEarlier(a, b) : a.parent === '';

/** Of equal starts, the lesser name in bytes. */
const isEarlier = (a: FoldedSpan, b: FoldedSpan): boolean =>
  a.start === b.start ? a.block.bytes.compare(b.block.bytes, b.from, b.to, a.from, a.to) < 0 : a.start < b.start;

const nameOf = ({block, from, to}: FoldedSpan): string => utf8(block.bytes, from, to - from);

const textAt = ({bytes, at, width}: FixedValues, row: number, encoding: 'hex' | 'latin1'): string =>
  bytes.toString(encoding, at + width * row, at + width * (row + 1));

/** Its bytes, and what is shown of them: bytes that are no UTF-8 may be shown alike. */
interface Name {
  readonly key: string;
  readonly name: string;
}

const namesOf = ({bytes}: NativeBlock, {keys: {slices}}: DictionaryValues): Name[] =>
  Array.from({length: slices.length / 2}, (_, i) => {
    const from = slices[2 * i] as number;
    const length = slices[2 * i + 1] as number;
    return {key: bytes.toString('latin1', from, from + length), name: utf8(bytes, from, length)};
  });

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
