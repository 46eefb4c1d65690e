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
}

export function spanChanges(shared = new SharedArrayBuffer(8)): SpanChanges {
  const counts = new Int32Array(shared);
  return {
    shared,
    get inserts() {
      return Atomics.load(counts, 0);
    },
    get flushes() {
      return Atomics.load(counts, 1);
    },
    inserted: () => void Atomics.add(counts, 0, 1),
    flushed: () => void Atomics.add(counts, 1, 1),
  };
}
