/**
 * The spans of the last minutes, read from the files that the spool keeps of its last segments, where ClickHouse would have to be asked.
 * Says nothing rather than less than the tables have. See docs/decisions/0062-places-of-traces-in-memory.md.
 */
import {closeSync, openSync, readSync} from 'node:fs';
import {crc32} from 'node:zlib';
import {type TenantId, type TraceId, utf8Bytes} from '../base/index.ts';
import {
  type DictionaryValues,
  dictionaryColumn,
  fixedColumn,
  gatherRows,
  type NativeBlock,
  pickRows,
  readLeading,
  type TypeCache,
} from '../native/index.ts';
import {hashOf, placeKey, tenantMixOf} from './place-key.ts';
import {lowerBound, orderOf, type PlaceRun, type StretchOf} from './place-runs.ts';
import type {SegmentTaken, SpanNews} from './span-news.ts';
import {orderOfSpans} from './span-order.ts';

export interface RecentFiles {
  apply(news: SpanNews): void;
  /** What the table has of what was stored before. */
  loaded(run: PlaceRun): void;
  clear(): void;
  /**
   * All spans of these traces, in the order of their starts and ids: their `columns`, as blocks of segments have them, and `start_time`
   * and `span_id`. Undefined where not every place is in a file that can be read, or it is too much.
   */
  read(
    tenant: TenantId,
    places: ReadonlyMap<TraceId, readonly StretchOf[]>,
    columns?: readonly string[],
  ): NativeBlock | undefined;
}

interface File {
  readonly number: number;
  readonly paths: readonly [string, string];
  /** Rows of `TracePlaces`, by ascending key. */
  readonly keys: Uint32Array;
  readonly buckets: Uint32Array;
  readonly blocks: Uint32Array;
  readonly starts: Uint32Array;
  readonly checksums: Uint32Array;
}

/** Of blocks that are read for one question: of more, the table has the spans in less time. */
const maxBytes = 8 * 1024 ** 2;
const maxKept = 1024 ** 2;
/** A large trace is put in order by the table. */
const maxRows = 10_000;

/** What every reader of them needs. */
const leastColumns = ['start_time', 'span_id'];
const searchedColumns: ReadonlySet<string> = new Set(['tenant', 'trace_id']);

export function createRecentFiles(): RecentFiles {
  const types: TypeCache = new Map();
  /** For the blocks of one question after another: what is answered is copied out of it. */
  let kept = Buffer.alloc(0);
  const scratch = (length: number): Buffer => {
    if (length > maxKept) return Buffer.allocUnsafeSlow(length);
    if (length > kept.length) kept = Buffer.allocUnsafeSlow(maxKept);
    return kept;
  };
  const files = new Map<string, File>();
  /** By the numbers of their segments; undefined where there is none, or several segments have the same. */
  const byNumber = new Map<number, File | undefined>();
  /** Up to this number segments may have been stored that nothing is known of: a clock that was set back may give it again. */
  let last = -1;

  const take = ({token, segment: {segment: number}, places, file}: SegmentTaken): void => {
    if (byNumber.has(number)) return void byNumber.set(number, undefined);
    if (places === undefined || file === undefined) {
      if (files.size === 0) last = Math.max(last, number);
      else byNumber.set(number, undefined);
      return;
    }
    const order = orderOf(places.keys);
    const taken: File = {
      number,
      paths: file.paths,
      keys: places.keys.map((_, i) => places.keys[order[i] as number] as number),
      buckets: places.keys.map((_, i) => places.buckets[order[i] as number] as number),
      blocks: places.keys.map((_, i) => places.blocks[order[i] as number] as number),
      starts: places.starts,
      checksums: file.checksums,
    };
    files.set(token, taken);
    byNumber.set(number, taken);
  };

  /** The blocks that have the spans of a place; undefined where no file is known to have all of them. */
  const blocksOf = (key: number, {bucket, segment}: StretchOf): readonly [File, Set<number>] | undefined => {
    const file = segment > last ? byNumber.get(segment) : undefined;
    if (file === undefined) return undefined;
    const {keys, buckets, blocks} = file;
    const found = new Set<number>();
    for (let i = lowerBound(keys, key); keys[i] === key; i++) if (buckets[i] === bucket) found.add(blocks[i] as number);
    return found.size === 0 ? undefined : [file, found];
  };

  const drop = (tokens: readonly string[]): void => {
    for (const token of tokens) {
      const file = files.get(token);
      files.delete(token);
      if (file !== undefined) last = Math.max(last, file.number);
    }
    for (const number of byNumber.keys()) if (number <= last) byNumber.delete(number);
  };

  return {
    apply(news) {
      if (news.kind === 'taken') take(news);
      else if (news.kind === 'files') for (const one of news.taken.filter(({token}) => !files.has(token))) take(one);
      else if (news.kind === 'gone') drop(news.tokens);
    },
    loaded({keys, buckets, segments}) {
      for (let i = 0; i < keys.length; i++) {
        const number = segments[i] as number;
        if (number <= last) continue;
        if (!byNumber.has(number)) last = number;
        // Not a place of the segment with this number that was told.
        else if (blocksOf(keys[i] as number, {bucket: buckets[i] as number, segment: number}) === undefined)
          byNumber.set(number, undefined);
      }
    },
    clear() {
      files.clear();
      byNumber.clear();
      last = -1;
    },
    read(tenant, places, columns) {
      if (files.size === 0) return undefined;
      const mix = tenantMixOf(tenant);
      const wanted = new Map<File, Set<number>>();
      for (const [id, stretches] of places) {
        const key = placeKey(mix, hashOf(id));
        for (const stretch of stretches) {
          const found = blocksOf(key, stretch);
          if (found === undefined) return undefined;
          const [file, blocks] = found;
          const known = wanted.get(file) ?? new Set<number>();
          for (const block of blocks) known.add(block);
          wanted.set(file, known);
        }
      }
      const read = readAll(wanted, scratch);
      return read && rowsOf(read, tenant, places, types, columns);
    },
  };
}

/** Blocks one after another, and where each begins. */
interface Read {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
}

/** The blocks one after another; undefined where they are too much, or one is not there any more or not as it was. */
function readAll(
  wanted: ReadonlyMap<File, ReadonlySet<number>>,
  scratch: (length: number) => Buffer,
): Read | undefined {
  let total = 0;
  for (const [{starts}, blocks] of wanted)
    for (const block of blocks) total += (starts[block + 1] as number) - (starts[block] as number);
  if (total > maxBytes) return undefined;
  const bytes = scratch(total);
  const begins: number[] = [];
  let at = 0;
  for (const [{paths, starts, checksums}, blocks] of wanted) {
    const file = openFirst([...paths, paths[0]]);
    if (file === undefined) return undefined;
    try {
      for (const block of blocks) {
        const [start, end] = [starts[block] as number, starts[block + 1] as number];
        if (readSync(file, bytes, at, end - start, start) < end - start) return undefined;
        if (crc32(bytes.subarray(at, at + end - start)) !== checksums[block]) return undefined;
        begins.push(at);
        at += end - start;
      }
    } catch {
      return undefined;
    } finally {
      closeSync(file);
    }
  }
  return {bytes, starts: begins};
}

/** It may be moved from the second path to the first at any moment. */
function openFirst(paths: readonly string[]): number | undefined {
  for (const path of paths) {
    try {
      return openSync(path, 'r');
    } catch {} // removed, or elsewhere
  }
  return undefined;
}

function rowsOf(
  {bytes, starts}: Read,
  tenant: TenantId,
  places: ReadonlyMap<TraceId, unknown>,
  types: TypeCache,
  columns: readonly string[] | undefined,
): NativeBlock | undefined {
  const only = columns && new Set([...leastColumns, ...columns]);
  const ids = Map.groupBy(
    [...places.keys()].map((id) => Buffer.from(id, 'hex')),
    (id) => id.readUInt32LE(12),
  );
  const tenantBytes = utf8Bytes(tenant);
  const blocks: NativeBlock[] = [];
  let count = 0;
  for (const from of starts) {
    const wanted = rowsOfTraces(readLeading(bytes, from, searchedColumns, types), tenantBytes, ids);
    count += wanted.length;
    if (count > maxRows) return undefined;
    if (wanted.length > 0) blocks.push(pickRows(bytes, from, wanted, types, only));
  }
  // Copied, since the bytes are read into again.
  return count === 0 ? undefined : gatherRows(blocks, orderOfSpans(blocks));
}

function rowsOfTraces(
  block: NativeBlock,
  tenant: Uint8Array,
  ids: ReadonlyMap<number, readonly Buffer[]>,
): Uint32Array {
  const tenants = dictionaryColumn(block, 'tenant');
  const isTenant = keysThatAre(block, tenants, tenant);
  const {bytes, at} = fixedColumn(block, 'trace_id');
  const rows: number[] = [];
  for (let row = 0; row < block.rows; row++) {
    const end = at + 16 * row + 12;
    const hash =
      ((bytes[end] as number) |
        ((bytes[end + 1] as number) << 8) |
        ((bytes[end + 2] as number) << 16) |
        ((bytes[end + 3] as number) << 24)) >>>
      0;
    const some = ids.get(hash);
    if (some === undefined || !isTenant[tenants.indexes[row] as number]) continue;
    if (some.some((id) => bytes.compare(id, 0, 16, at + 16 * row, at + 16 * (row + 1)) === 0)) rows.push(row);
  }
  return Uint32Array.from(rows);
}

const keysThatAre = ({bytes}: NativeBlock, {keys: {slices}}: DictionaryValues, text: Uint8Array): boolean[] =>
  Array.from({length: slices.length / 2}, (_, i) => {
    const from = slices[2 * i] as number;
    return bytes.compare(text, 0, text.length, from, from + (slices[2 * i + 1] as number)) === 0;
  });
