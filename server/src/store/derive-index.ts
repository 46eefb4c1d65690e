/** Where the traces of a segment lie: for the table `trace_index_11`, and for indexes in memory. */
import type {NativeBlock} from '../native/index.ts';
import {type DerivedRows, trace} from './derive-blocks.ts';
import {placeKey} from './place-key.ts';

/** Of the spans of one segment. A trace has a row for each of its buckets and each block that has spans of it in there. */
export interface TracePlaces {
  /** Each a `placeKey`. */
  readonly keys: Uint32Array<ArrayBuffer>;
  readonly buckets: Uint32Array<ArrayBuffer>;
  /** The numbers of blocks in the file of the segment, from 0. */
  readonly blocks: Uint32Array<ArrayBuffer>;
  /** Where each block begins in the file, and where the last one ends. */
  readonly starts: Uint32Array<ArrayBuffer>;
}

const width = 3;

export class IndexRows {
  private readonly derived: DerivedRows;
  /** Blocks since the last `reset`, and those before this segment. */
  private block = 0;
  private before = 0;
  private rows = new Uint32Array(0);
  private count = 0;
  starts = new Uint32Array(0);

  constructor(derived: DerivedRows) {
    this.derived = derived;
  }

  begin(blocks: readonly NativeBlock[] = []): void {
    this.before = this.block;
    this.count = 0;
    this.starts = Uint32Array.from([...blocks.map(({from}) => from), blocks.at(-1)?.to ?? 0]);
  }

  /** `traceAt` says of each span of a block where in `traces` its trace is, `mixes` has the `tenantMix` of each tenant. */
  add(traceAt: Uint32Array, rows: number, segment: number, mixes: readonly number[]): void {
    const block = ++this.block;
    const {before} = this;
    const {index, traces} = this.derived;
    const {words} = traces;
    index.words = withRoom(index.words, (index.count + rows) * index.width);
    this.rows = withRoom(this.rows, (this.count + rows) * width);
    for (let row = 0; row < rows; row++) {
      const at = traceAt[row] as number;
      const last = words[at + trace.lastBlock] as number;
      if (last === block) continue;
      words[at + trace.lastBlock] = block;
      const owner = words[at + trace.owner] as number;
      const hash = words[at + trace.id + 3] as number;
      const bucket = words[at + trace.bucket] as number;
      const place = this.count++ * width;
      this.rows[place] = placeKey(mixes[owner >>> 1] as number, hash);
      this.rows[place + 1] = bucket;
      this.rows[place + 2] = block - before - 1;
      // A trace of this segment once: its spans in other segments have rows of their own.
      if (last > before) continue;
      const to = index.count++ * index.width;
      index.words[to] = owner;
      index.words[to + 1] = hash;
      index.words[to + 2] = bucket;
      index.words[to + 3] = segment;
    }
  }

  /** Of the blocks since `begin`: the caller's own. */
  places(): TracePlaces {
    const {rows, count} = this;
    const column = (from: number) => {
      const values = new Uint32Array(count);
      for (let row = 0; row < count; row++) values[row] = rows[row * width + from] as number;
      return values;
    };
    return {keys: column(0), buckets: column(1), blocks: column(2), starts: this.starts.slice()};
  }

  reset(): void {
    this.block = 0;
    this.begin();
  }
}

function withRoom(words: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  if (words.length >= length) return words;
  const larger = new Uint32Array(2 * length);
  larger.set(words);
  return larger;
}
