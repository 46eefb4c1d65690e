/**
 * The filters of `span_filters` in the memory of the thread that answers questions: what was stored before is read, the newest first,
 * what comes is told by `SpanNews`. Only where nobody else stores spans in the same ClickHouse.
 */
import {type TenantId, utf8} from '../base/index.ts';
import {arrayColumn, asFixed, fixedColumn, type NativeBlock, readBlocks, textColumn} from '../native/index.ts';
import type {KeptOptions} from './kept-life.ts';
import {createKeptTable} from './kept-table.ts';
import {cellsSql, lostCells} from './lost-cells.ts';
import {spanFilterTable} from './schema-filters.ts';
import {filterForm} from './span-filter.ts';

/** Spans of a tenant in some cells, and what their filter has. */
export interface FilteredSpans {
  /** The last bucket of them. */
  readonly last: number;
  /** Of each cell. */
  readonly segments: Uint32Array;
  readonly firsts: Uint32Array;
  readonly lasts: Uint32Array;
  readonly counts: Uint32Array;
  /** Of `span-filter.ts`; empty where anything may be in them. */
  readonly words: Uint8Array;
}

export interface KeptFilters {
  /**
   * All spans of the tenant with buckets from `from` on, but for those that are not summed up yet. Undefined where no filter is known.
   */
  of(tenant: TenantId): {readonly from: number; readonly all: readonly FilteredSpans[]} | undefined;
}

interface Tenant {
  all: FilteredSpans[];
  /** Of older buckets there are spans without filters. */
  from: number;
}

/** Bytes of all of them: of spans that came fast, the last thirty million. */
const maxBytes = 64 * 1024 ** 2;
const stepBytes = 4 * 1024 ** 2;
/** Of what is kept beside the words. */
const bytesEach = 600;
const bytesOfCell = 16;
const bucketsAtOnce = 6;

/** `limit` in bytes. */
export function createKeptFilters(options: KeptOptions, limit = maxBytes): KeptFilters {
  const tenants = new Map<string, Tenant>();
  let bytes = 0;

  const tenantOf = (name: string): Tenant => {
    const known = tenants.get(name) ?? {all: [], from: 0};
    tenants.set(name, known);
    return known;
  };

  const add = (name: string, one: FilteredSpans): void => {
    const tenant = tenantOf(name);
    // Spans of an earlier version.
    if (one.segments.length === 0) tenant.from = Math.max(tenant.from, one.last + 1);
    else {
      tenant.all.push(one);
      bytes += sizeOf(one);
    }
  };

  /** Lets the oldest go until a tenth of the room is free. */
  const makeRoom = (): void => {
    const all = [...tenants.values()].flatMap((tenant) => tenant.all).sort((a, b) => a.last - b.last);
    let gone = 0;
    for (let i = 0, left = bytes; left > 0.9 * limit; i++) {
      const one = all[i] as FilteredSpans;
      left -= sizeOf(one);
      gone = one.last + 1;
    }
    for (const tenant of tenants.values()) tenant.all = tenant.all.filter(({last}) => last >= gone);
    bytes = all.reduce((sum, one) => sum + (one.last >= gone ? sizeOf(one) : 0), 0);
    kept.raise(gone);
  };

  const kept = createKeptTable(
    options,
    {
      name: spanFilterTable,
      sizes: `SELECT intDiv(last, ${bucketsAtOnce}) AS at, toFloat64(sum(bytes + ${bytesEach} + ${bytesOfCell} * length(segments))) AS size FROM ${spanFilterTable}`,
      rows: (from, to) =>
        `SELECT tenant, last, segments, firsts, lasts, counts, form, words FROM ${spanFilterTable} ` +
        `WHERE last BETWEEN ${from * bucketsAtOnce} AND ${to * bucketsAtOnce + bucketsAtOnce - 1}`,
      spans: {
        sql: (from, to) => cellsSql(from * bucketsAtOnce, to * bucketsAtOnce + bucketsAtOnce - 1),
        onSpans(answer) {
          for (const {tenant, spans} of lostCells(readBlocks(answer), tenants, options.queries.recent()))
            add(tenant, spans);
          if (bytes > limit) makeRoom();
        },
      },
      timeOf: (at) => at * bucketsAtOnce,
      add(blocks) {
        for (const block of readBlocks(blocks)) readRows(block, add);
        if (bytes > limit) makeRoom();
        return true;
      },
      clear() {
        tenants.clear();
        bytes = 0;
      },
    },
    {room: 0.9 * limit, step: stepBytes},
  );

  return {
    of(name) {
      if (kept.from === undefined) return undefined;
      const {all = [], from = 0} = tenants.get(name) ?? {};
      return {from: Math.max(kept.from, from), all};
    },
  };
}

const sizeOf = ({words, segments}: FilteredSpans): number => words.length + bytesOfCell * segments.length + bytesEach;

function readRows(block: NativeBlock, add: (tenant: string, one: FilteredSpans) => void): void {
  const {bytes, rows} = block;
  const tenant = textColumn(block, 'tenant').slices;
  const last = fixedColumn(block, 'last').at;
  const form = fixedColumn(block, 'form').at;
  const words = textColumn(block, 'words').slices;
  const cells = (name: string): ((row: number) => Uint32Array) => {
    const {ends, items} = arrayColumn(block, name);
    const {at} = asFixed(items);
    return (row) => {
      const from = row === 0 ? 0 : (ends[row - 1] as number);
      return new Uint32Array(Uint8Array.from(bytes.subarray(at + 4 * from, at + 4 * (ends[row] as number))).buffer);
    };
  };
  const [segments, firsts, lasts, counts] = [cells('segments'), cells('firsts'), cells('lasts'), cells('counts')];
  for (let row = 0; row < rows; row++) {
    const [start, length] = [words[2 * row] as number, words[2 * row + 1] as number];
    const isKnown = bytes[form + row] === filterForm;
    add(utf8(bytes, tenant[2 * row] as number, tenant[2 * row + 1] as number), {
      last: bytes.readUInt32LE(last + 4 * row),
      segments: segments(row),
      firsts: firsts(row),
      lasts: lasts(row),
      counts: counts(row),
      // Copied, so that an answer does not stay for one of its rows.
      words: isKnown ? Uint8Array.from(bytes.subarray(start, start + length)) : new Uint8Array(0),
    });
  }
}
