/**
 * The rates by the minute in the memory of the thread that answers questions: in which minutes stored spans may fit, told without a
 * statement.
 * Counts may be too high by what came while they were read, never too low.
 */

import type {TenantId} from '../base/index.ts';
import {fixedColumn, type NativeBlock, readBlocks, textColumn} from '../native/index.ts';
import {kindNames, type SpanCondition, type SpanFilter, statusNames} from '../query/index.ts';
import {durationStep} from '../red/index.ts';
import {GroupTable} from './group-table.ts';
import type {KeptFilters} from './kept-filters.ts';
import type {KeptOptions} from './kept-life.ts';
import {createKeptTable} from './kept-table.ts';
import {isLossy} from './lossy-text.ts';
import {spansByMinute} from './lost-cells.ts';
import {isStored} from './schema-spans.ts';

/** A minute in which spans may fit: how many there are at all, how many of them fit as far as the rates tell. */
export interface Minute {
  /** Seconds since 1970. */
  readonly minute: number;
  readonly total: number;
  readonly matching: number;
}

export interface KeptRates {
  /**
   * The tenant's minutes that begin in `first … before`, the end excluded, in seconds since 1970, and in which spans may fit; newest
   * first. It knows those from `from` on; undefined where it knows none, or does not know what is asked for.
   */
  minutes(
    tenant: TenantId,
    filter: SpanFilter,
    first: number,
    before: number,
  ): {readonly from: number; readonly list: readonly Minute[]} | undefined;
}

/** Words of a row: service, name, kind with status and step, spans. */
const width = 4;

interface MinuteRows {
  words: Uint32Array;
  count: number;
  /** Rows with which equal ones are summed up. */
  compactAt: number;
}

/** Rows of all tenants; 16 bytes each. */
const maxRows = 1_000_000;
const maxTexts = 200_000;
const maxTextBytes = 16 * 1024 ** 2;
const stepRows = 100_000;
const secondsAtOnce = 600;

export interface KeptRatesOptions extends KeptOptions {
  /** What else is known of stored spans: where rates were lost, it tells. */
  readonly cells?: KeptFilters['of'] | undefined;
}

export function createKeptRates(options: KeptRatesOptions, limit = maxRows): KeptRates {
  const tenants = new Map<string, Map<number, MinuteRows>>();
  /** Texts by their bytes, as characters. */
  const texts = new Map<string, number>();
  let textBytes = 0;
  let rows = 0;
  const sums = new GroupTable(3, 1);

  const textOf = (text: string): number => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, texts.size);
    textBytes += text.length;
    return texts.size - 1;
  };

  const add = (block: NativeBlock): void => {
    const of = (name: string): ((row: number) => number) => {
      const {slices} = textColumn(block, name);
      const known = new Map<number, number>();
      return (row) => {
        // Of a dictionary, rows with the same text have it at the same place.
        const [start, length] = [slices[2 * row] as number, slices[2 * row + 1] as number];
        const text = known.get(start) ?? textOf(block.bytes.toString('latin1', start, start + length));
        known.set(start, text);
        return text;
      };
    };
    const [service, name] = [of('service'), of('name')];
    const tenant = textColumn(block, 'tenant').slices;
    const [minute, spans, sampledOut] = ['minute', 'spans', 'sampled_out'].map((one) => fixedColumn(block, one).at) as [
      number,
      number,
      number,
    ];
    const [kind, status, step] = ['kind', 'status_code', 'duration_step'].map((one) => fixedColumn(block, one).at);
    const {bytes} = block;
    for (let row = 0; row < block.rows; row++) {
      if (bytes[sampledOut + row] !== 0) continue;
      const start = tenant[2 * row] as number;
      const of = rowsOf(
        bytes.toString('latin1', start, start + (tenant[2 * row + 1] as number)),
        bytes.readUInt32LE(minute + 4 * row),
      );
      if (width * (of.count + 1) > of.words.length) makeLarger(of);
      const at = width * of.count++;
      rows++;
      of.words[at] = service(row);
      of.words[at + 1] = name(row);
      of.words[at + 2] =
        (bytes[(kind as number) + row] as number) |
        ((bytes[(status as number) + row] as number) << 8) |
        ((bytes[(step as number) + row] as number) << 16);
      of.words[at + 3] =
        bytes.readUInt32LE(spans + 8 * row) + (bytes.readUInt32LE(spans + 8 * row + 4) > 0 ? 0xffff_ffff : 0);
    }
  };

  const rowsOf = (tenant: string, minute: number): MinuteRows => {
    const minutes = tenants.get(tenant) ?? new Map<number, MinuteRows>();
    tenants.set(tenant, minutes);
    const known = minutes.get(minute) ?? {words: new Uint32Array(8 * width), count: 0, compactAt: 64};
    minutes.set(minute, known);
    return known;
  };

  /** Where equal rows come again and again, as they do with every group of sums, they are summed up. */
  const makeLarger = (of: MinuteRows): void => {
    if (of.count >= of.compactAt) {
      sums.reset();
      for (let at = 0; at < width * of.count; at += width) {
        for (let i = 0; i < 3; i++) sums.key[i] = of.words[at + i] as number;
        const sum = sums.find() + 3;
        sums.words[sum] = Math.min(0xffff_ffff, (sums.words[sum] as number) + (of.words[at + 3] as number));
      }
      rows -= of.count - sums.count;
      of.count = sums.count;
      of.compactAt = 2 * sums.count;
      of.words = sums.words.slice(0, Math.max(width * (sums.count + 8), width * Math.ceil(1.25 * sums.count)));
    }
    if (width * (of.count + 1) <= of.words.length) return;
    const larger = new Uint32Array(2 * of.words.length);
    larger.set(of.words);
    of.words = larger;
  };

  const makeRoom = (): void => {
    const all = [...tenants.values()].flatMap((minutes) => [...minutes]).sort((a, b) => a[0] - b[0]);
    let gone = 0;
    for (let i = 0, left = rows; left > 0.9 * limit; i++) {
      const [minute, {count}] = all[i] as [number, MinuteRows];
      left -= count;
      gone = minute + 60;
    }
    rows = 0;
    for (const minutes of tenants.values()) {
      for (const [minute, {count}] of minutes) {
        if (minute < gone) minutes.delete(minute);
        else rows += count;
      }
    }
    kept.raise(gone);
  };

  const kept = createKeptTable(
    options,
    {
      name: 'span_rates',
      sizes: `SELECT intDiv(toUInt32(minute), ${secondsAtOnce}) AS at, toFloat64(count()) AS size FROM span_rates WHERE ${isStored}`,
      rows: (from, to) =>
        `SELECT tenant, minute, service, name, kind, status_code, duration_step, sampled_out, spans FROM span_rates ` +
        `WHERE ${isStored} AND minute >= toDateTime(${from * secondsAtOnce}, 'UTC') AND minute <= toDateTime(${(to + 1) * secondsAtOnce - 1}, 'UTC')`,
      timeOf: (at) => at * secondsAtOnce,
      add(blocks) {
        for (const block of readBlocks(blocks)) add(block);
        if (rows > limit) makeRoom();
        return texts.size <= maxTexts && textBytes <= maxTextBytes;
      },
      clear() {
        tenants.clear();
        lost.clear();
        texts.clear();
        textBytes = 0;
        rows = 0;
      },
    },
    {room: 0.9 * limit, step: stepRows},
  );

  /** Of each tenant, the spans of those minutes of which rates lack some; looked for once for what is known at a time. */
  const lost = new Map<TenantId, {readonly name: string; readonly of: ReadonlyMap<number, number>}>();

  const lostOf = (tenant: TenantId, minutes: ReadonlyMap<number, MinuteRows>): ReadonlyMap<number, number> => {
    const cells = options.cells?.(tenant);
    if (cells === undefined) return noMinutes;
    const name = `${kept.from} ${cells.from}`;
    const looked = lost.get(tenant);
    if (looked?.name === name) return looked.of;
    const of = new Map([...spansByMinute(cells)].filter(([minute, spans]) => spans > spansOf(minutes.get(minute))));
    lost.set(tenant, {name, of});
    return of;
  };

  return {
    minutes(tenant, filter, first, before) {
      if (kept.from === undefined) return undefined;
      const fits = rowTest(filter, (text) => texts.get(keyOf(text)) ?? -1);
      if (fits === undefined) return undefined;
      const minutes = tenants.get(keyOf(tenant)) ?? new Map<number, MinuteRows>();
      const from = Math.max(first, kept.from);
      const list: Minute[] = [];
      const unsure = lostOf(tenant, minutes);
      for (const [minute, total] of unsure)
        if (minute >= from - (from % 60) && minute < before) list.push({minute, total, matching: total});
      for (const [minute, {words, count}] of minutes) {
        if (minute < from - (from % 60) || minute >= before || unsure.has(minute)) continue;
        let [total, matching] = [0, 0];
        for (let at = 0; at < width * count; at += width) {
          const spans = words[at + 3] as number;
          total += spans;
          if (fits(words[at] as number, words[at + 1] as number, words[at + 2] as number)) matching += spans;
        }
        if (matching > 0) list.push({minute, total, matching});
      }
      return {from: kept.from, list: list.sort((a, b) => b.minute - a.minute)};
    },
  };
}

const noMinutes: ReadonlyMap<number, number> = new Map();

function spansOf(rows: MinuteRows | undefined): number {
  let sum = 0;
  for (let at = 0; at < width * (rows?.count ?? 0); at += width) sum += rows?.words[at + 3] as number;
  return sum;
}

/** A text's bytes as characters. */
const keyOf = (text: string): string => Buffer.from(text).toString('latin1');

/** Of the words of a row. */
type RowTest = (service: number, name: number, kindStatusStep: number) => boolean;

/** As `ratesCondition` of `read-windows.ts` has it in SQL. Undefined where texts are asked for as they are shown. */
function rowTest(filter: SpanFilter, idOf: (text: string) => number): RowTest | undefined {
  const {service, operation, minDurationNano, maxDurationNano} = filter;
  if ([service, operation].some((text) => text !== undefined && isLossy(text))) return undefined;
  const tests: RowTest[] = [];
  if (service !== undefined) tests.push(isField('service', idOf(service)));
  if (operation !== undefined) tests.push(isField('operation', idOf(operation)));
  const least = minDurationNano === undefined ? 0 : durationStep(minDurationNano) - 1;
  const most = maxDurationNano === undefined ? 255 : durationStep(maxDurationNano) + 1;
  if (least > 0 || most < 255) tests.push((_service, _name, word) => word >>> 16 >= least && word >>> 16 <= most);
  for (const condition of filter.conditions) {
    const test = conditionTest(condition, idOf);
    if (test === 'lossy') return undefined;
    if (test !== 'unknown') tests.push(test);
  }
  return (service, name, word) => tests.every((test) => test(service, name, word));
}

const isField = (field: 'service' | 'operation', id: number): RowTest =>
  field === 'service' ? (service) => service === id : (_service, name) => name === id;

function conditionTest(condition: SpanCondition, idOf: (text: string) => number): RowTest | 'unknown' | 'lossy' {
  switch (condition.type) {
    case 'any': {
      const tests = condition.of.map((one) => conditionTest(one, idOf));
      if (tests.includes('unknown')) return 'unknown';
      if (tests.includes('lossy')) return 'lossy';
      return (service, name, word) => (tests as RowTest[]).some((test) => test(service, name, word));
    }
    case 'not': {
      const test = conditionTest(condition.condition, idOf);
      return typeof test === 'string' ? test : (service, name, word) => !test(service, name, word);
    }
    case 'kind': {
      const kind = kindNames.indexOf(condition.kind);
      return (_service, _name, word) => (word & 0xff) === kind;
    }
    case 'status': {
      const status = statusNames.indexOf(condition.status);
      return (_service, _name, word) => ((word >>> 8) & 0xff) === status;
    }
    case 'field': {
      const {field, value} = condition;
      if (field !== 'service' && field !== 'operation') return 'unknown';
      return isLossy(value) ? 'lossy' : isField(field, idOf(value));
    }
    default:
      return 'unknown';
  }
}
