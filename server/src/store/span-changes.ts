/** What the thread that stores spans tells the one that answers questions, in memory that both see: whether anything is new. */
export interface SpanChanges {
  /** To be given to another thread's `spanChanges`. */
  readonly shared: SharedArrayBuffer;
  /** How many INSERTs of spans can be seen by questions. */
  readonly inserts: number;
  /** How often somebody made sure that all that was acknowledged can be found: it must be found from then on. */
  readonly flushes: number;
  /** Call it when an INSERT can be seen. */
  inserted(): void;
  /** Call it when a flush has ended, before its caller hears of it. */
  flushed(): void;
  /** Segments whose spans can be seen and are not summed up yet: neither the index of traces nor the rates know them. */
  readonly recent: readonly RecentSegment[];
  taken(token: string, segment: RecentSegment): void;
  summedUp(tokens: readonly string[]): void;
}

export interface RecentSegment {
  /** Its number in the table of spans. */
  readonly segment: number;
  /** The first and the last bucket of its spans. */
  readonly first: number;
  readonly last: number;
  readonly spans: number;
  /** Which one it is since the start: segments that were begun at the same moment share their number. */
  readonly serial: number;
}

/** While ClickHouse is away there may be more: these are found a little later. */
const maxRecent = 250;
const head = 4;
const wordsEach = 5;

/** Words: INSERTs, flushes, a version that is odd while the rest is written, how many segments there are, and these. */
export function spanChanges(shared = new SharedArrayBuffer(4 * (head + wordsEach * maxRecent))): SpanChanges {
  const words = new Int32Array(shared);
  const segments = new Map<string, RecentSegment>();
  const publish = (): void => {
    Atomics.add(words, 2, 1);
    const all = [...segments.values()].slice(-maxRecent);
    for (const [i, {segment, first, last, spans, serial}] of all.entries())
      words.set([segment, first, last, spans, serial], head + wordsEach * i);
    Atomics.store(words, 3, all.length);
    Atomics.add(words, 2, 1);
  };
  const read = (): RecentSegment[] =>
    Array.from({length: Atomics.load(words, 3)}, (_, i) => {
      const [segment = 0, first = 0, last = 0, spans = 0, serial = 0] = words.subarray(
        head + wordsEach * i,
        head + wordsEach * (i + 1),
      );
      return {segment: segment >>> 0, first: first >>> 0, last: last >>> 0, spans, serial};
    });
  return {
    shared,
    get inserts() {
      return Atomics.load(words, 0);
    },
    get flushes() {
      return Atomics.load(words, 1);
    },
    inserted: () => void Atomics.add(words, 0, 1),
    flushed: () => void Atomics.add(words, 1, 1),
    get recent() {
      // Writing takes microseconds: the other thread is never far behind.
      for (;;) {
        const version = Atomics.load(words, 2);
        const list = read();
        if (version % 2 === 0 && version === Atomics.load(words, 2)) return list;
      }
    },
    taken(token, segment) {
      segments.set(token, segment);
      publish();
    },
    summedUp(tokens) {
      for (const token of tokens) segments.delete(token);
      publish();
    },
  };
}
