/**
 * Which attributes the spans of some segments have, as a bloom filter for each owner: every key, and in each cell every key with every
 * value, wherever a search for it would find it. See docs/decisions/0063-filters-of-values.md. A hot path: `write-spans.bench.ts`.
 */
import {
  ArrayColumn,
  ByteSink,
  type DictionaryColumn,
  type NativeBlock,
  stringColumn,
  u8Column,
  u32Column,
  writeBlock,
} from '../native/index.ts';
import type {Block} from './block-writer.ts';
import {BlockPairs} from './derive-pairs.ts';
import {HashSet} from './hash-set.ts';
import {spanFilterTable} from './schema-filters.ts';
import {filterForm, filterOf} from './span-filter.ts';

/** Pairs and cells of one owner: of more, no filter is kept, and their spans are looked through. */
const maxPairs = 2 ** 20;
const maxCells = 4096;

interface Cell {
  readonly segment: number;
  first: number;
  last: number;
  spans: number;
}

interface Owned {
  readonly hashes: HashSet;
  /** Whether these are all. */
  complete: boolean;
  cells: Cell[];
  /** Of the last segment, by bucket. */
  readonly byBucket: Map<number, Cell>;
}

export class FilterRows {
  private readonly owned = new Map<number, Owned>();
  private readonly spare: HashSet[] = [];
  private readonly scratch = new ByteSink(64 * 1024);
  private readonly columns;
  /** Without rows: its indexes stand for the tenants. */
  private readonly tenants: DictionaryColumn;

  constructor(tenants: DictionaryColumn) {
    this.tenants = tenants;
    this.columns = {
      tenant: tenants,
      stray: u8Column(),
      last: u32Column(),
      segments: new ArrayColumn(u32Column()),
      firsts: new ArrayColumn(u32Column()),
      lasts: new ArrayColumn(u32Column()),
      counts: new ArrayColumn(u32Column()),
      form: u8Column(),
      bytes: u32Column(),
      words: stringColumn(),
    };
  }

  /** To be called before the blocks of a segment are added. */
  begin(): void {
    for (const {byBucket} of this.owned.values()) byBucket.clear();
  }

  /** Of each row its owner and its bucket. */
  add(block: NativeBlock, owners: Uint32Array, buckets: Uint32Array, segment: number): void {
    const {rows} = block;
    for (let from = 0; from < rows; ) {
      const owner = owners[from] as number;
      let to = from + 1;
      while (to < rows && owners[to] === owner) to++;
      const owned = this.of(owner);
      addCells(owned, buckets, from, to, segment);
      if (owned.complete) {
        new BlockPairs(block, owned.hashes, buckets, segment).add(from, to);
        if (owned.hashes.count > maxPairs) giveUp(owned);
      }
      from = to;
    }
  }

  private of(owner: number): Owned {
    const known = this.owned.get(owner);
    if (known !== undefined) return known;
    const hashes = this.spare.pop() ?? new HashSet();
    const made = {hashes, complete: true, cells: [], byBucket: new Map()};
    this.owned.set(owner, made);
    return made;
  }

  /** A row for each owner, or nothing; all of it is still there afterwards. */
  finish(): readonly Block[] {
    const {columns, owned} = this;
    for (const [owner, {hashes, complete, cells}] of owned) {
      this.tenants.push(owner >>> 1);
      columns.stray.data.u8(owner & 1);
      columns.last.data.u32(cells.reduce((last, cell) => Math.max(last, cell.last), 0));
      for (const cell of cells) {
        columns.segments.items.data.u32(cell.segment);
        columns.firsts.items.data.u32(cell.first);
        columns.lasts.items.data.u32(cell.last);
        columns.counts.items.data.u32(cell.spans);
      }
      for (const each of [columns.segments, columns.firsts, columns.lasts, columns.counts]) each.close(cells.length);
      columns.form.data.u8(filterForm);
      const filter = complete ? filterOf(hashes.slots, hashes.count) : new Uint8Array(0);
      columns.bytes.data.u32(filter.length);
      columns.words.data.string(filter, 0, filter.length);
    }
    const rows = owned.size;
    if (rows === 0) return [];
    const bytes = writeBlock(columns, rows, this.scratch);
    for (const column of Object.values(columns)) if (column !== this.tenants) column.reset();
    this.tenants.resetRows();
    return [{table: spanFilterTable, bytes, rows}];
  }

  reset(): void {
    for (const {hashes} of this.owned.values()) {
      hashes.reset();
      if (this.spare.length < 4) this.spare.push(hashes);
    }
    this.owned.clear();
  }
}

function addCells(owned: Owned, buckets: Uint32Array, from: number, to: number, segment: number): void {
  let cell: Cell | undefined;
  for (let row = from; row < to; row++) {
    const bucket = buckets[row] as number;
    if (cell?.first !== bucket) {
      cell = owned.byBucket.get(bucket);
      if (cell === undefined) {
        cell = {segment, first: bucket, last: bucket, spans: 0};
        owned.byBucket.set(bucket, cell);
        owned.cells.push(cell);
      }
    }
    cell.spans++;
  }
  if (owned.cells.length > maxCells) giveUp(owned);
}

/** Leaves one cell for each segment, and no filter. */
function giveUp(owned: Owned): void {
  owned.complete = false;
  owned.hashes.reset();
  const bySegment = new Map<number, Cell>();
  for (const {segment, first, last, spans} of owned.cells) {
    const known = bySegment.get(segment) ?? {segment, first, last, spans: 0};
    known.first = Math.min(known.first, first);
    known.last = Math.max(known.last, last);
    known.spans += spans;
    bySegment.set(segment, known);
  }
  owned.cells = [...bySegment.values()];
  owned.byBucket.clear();
}
