/**
 * The series of one set of labels, over all resources: how many spans, how long they took, and examples of them. Everything lies in
 * columns by the number of the series; counting a span of a known series allocates nothing.
 */
import {enlarged} from '../base/index.ts';
import type {KeyValue, NewExemplar} from '../model/index.ts';
import {
  DurationColumns,
  type DurationShape,
  type Durations,
  KeyTable,
  type KeyWriter,
  moveColumn,
  moveList,
} from '../red/index.ts';

/** The keys of all series together; a span of a new series beyond that counts as overflow. */
const maxKeyBytes = 64 << 20;

export interface SeriesShape {
  readonly durations: DurationShape;
  /** The most examples of a series between two flushes. */
  readonly exemplars: number;
  readonly maxSeries: number;
}

/** What a series has counted, taken out of the columns. */
export interface Taken {
  readonly count: number;
  readonly durations: Durations;
}

export class SeriesTable {
  readonly shape: SeriesShape;
  readonly keys = new KeyTable();
  /** The number of the series' resource. */
  groups = new Uint32Array(0);
  counts = new Float64Array(0);
  /** Milliseconds since 1970: since when it counts, and when it last did. */
  starts = new Float64Array(0);
  seen = new Float64Array(0);
  readonly attributes: (readonly KeyValue[])[] = [];
  readonly durations: DurationColumns;
  private exampleCounts = new Uint8Array(0);
  private exampleValues = new Float64Array(0);
  private exampleIds = new Uint8Array(0);

  constructor(shape: SeriesShape) {
    this.shape = shape;
    this.durations = new DurationColumns(shape.durations);
  }

  get count(): number {
    return this.keys.count;
  }

  get isFull(): boolean {
    return this.keys.count >= this.shape.maxSeries || this.keys.keyBytes >= maxKeyBytes;
  }

  find({bytes, length}: KeyWriter): number {
    return this.keys.find(bytes, 0, length);
  }

  /** Adds the series that `find` has just not found. */
  add({bytes, length}: KeyWriter, group: number, now: number, attributes: readonly KeyValue[]): number {
    const id = this.keys.add(bytes, 0, length);
    if (id === this.groups.length) this.grow(Math.max(64, 2 * id));
    this.groups[id] = group;
    this.starts[id] = now;
    this.attributes[id] = attributes;
    this.exampleCounts[id] = 0;
    this.counts[id] = 0;
    this.durations.zero(id);
    return id;
  }

  observe(id: number, weight: number, duration: number, now: number): void {
    this.counts[id] = (this.counts[id] as number) + weight;
    this.seen[id] = now;
    this.durations.observe(id, duration, weight);
  }

  /** Keeps the span as an example, unless there are enough. The ids of all spans lie in `traceIds` and `spanIds`. */
  exemplify(id: number, duration: number, traceIds: Uint8Array, spanIds: Uint8Array, row: number): void {
    const {exemplars} = this.shape;
    const has = this.exampleCounts[id] as number;
    if (has >= exemplars) return;
    this.exampleCounts[id] = has + 1;
    const at = id * exemplars + has;
    this.exampleValues[at] = duration;
    for (let i = 0; i < 16; i++) this.exampleIds[24 * at + i] = traceIds[16 * row + i] as number;
    for (let i = 0; i < 8; i++) this.exampleIds[24 * at + 16 + i] = spanIds[8 * row + i] as number;
  }

  /** The examples since the last call. */
  takeExemplars(id: number, time: bigint): NewExemplar[] {
    const has = this.exampleCounts[id] as number;
    const first = id * this.shape.exemplars;
    this.exampleCounts[id] = 0;
    return Array.from({length: has}, (_, i) => {
      const at = 24 * (first + i);
      return {
        time,
        value: this.exampleValues[first + i] as number,
        traceId: this.exampleIds.slice(at, at + 16),
        spanId: this.exampleIds.slice(at + 16, at + 24),
      };
    });
  }

  /** What the series has counted: a view of the columns. */
  read(id: number): Taken {
    return {count: this.counts[id] as number, durations: this.durations.read(id)};
  }

  /** The same to keep; the series counts from nothing again. */
  take(id: number): Taken {
    const taken = {count: this.counts[id] as number, durations: this.durations.take(id)};
    this.counts[id] = 0;
    return taken;
  }

  /** Gives back what was taken and did not arrive. */
  giveBack(id: number, {count, durations}: Taken): void {
    this.counts[id] = (this.counts[id] as number) + count;
    this.durations.giveBack(id, durations);
  }

  /** Forgets the series for which `keep` does not say so; the others get new numbers. */
  retain(keep: (id: number) => boolean): void {
    const moved = this.keys.retain(keep);
    if (moved === undefined) return;
    const {exemplars} = this.shape;
    for (const column of [this.groups, this.counts, this.starts, this.seen, this.exampleCounts]) {
      moveColumn(column, moved);
    }
    moveColumn(this.exampleValues, moved, exemplars);
    moveColumn(this.exampleIds, moved, 24 * exemplars);
    moveList(this.attributes, moved, this.keys.count);
    this.durations.move(moved, this.keys.count);
  }

  private grow(capacity: number): void {
    const {exemplars} = this.shape;
    this.groups = enlarged(this.groups, capacity);
    this.counts = enlarged(this.counts, capacity);
    this.starts = enlarged(this.starts, capacity);
    this.seen = enlarged(this.seen, capacity);
    this.durations.grow(capacity);
    this.exampleCounts = enlarged(this.exampleCounts, capacity);
    this.exampleValues = enlarged(this.exampleValues, capacity * exemplars);
    this.exampleIds = enlarged(this.exampleIds, 24 * capacity * exemplars);
  }
}
