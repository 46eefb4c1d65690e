/** The origins of traces as numbers: most traces have one of a few sets of them, which are kept once. */
import type {ArrayValues, FixedValues} from '../native/index.ts';

/** What a row has whose origins are not known, all or some of them. */
export const unknownOrigins = 0;
/** More sets are not told apart. */
const maxSets = 20_000;
const maxOrigins = 200;

export class OriginSets {
  private readonly sets: (readonly bigint[])[] = [[]];
  private readonly ids = new Map<string, number>();
  /** By two numbers of sets, the smaller first. */
  private readonly unions = new Map<number, number>();

  /** Of each row of a column of `traces.origins`. */
  *of({ends, items}: ArrayValues): Generator<number> {
    const {bytes, at} = items as FixedValues;
    const known = new Map<string, number>();
    for (let row = 0, from = 0; row < ends.length; row++) {
      const end = ends[row] as number;
      const text = bytes.toString('latin1', at + 8 * from, at + 8 * end);
      let id = known.get(text);
      if (id === undefined) {
        const numbers = Array.from({length: end - from}, (_, i) => bytes.readBigUInt64LE(at + 8 * (from + i)));
        known.set(text, (id = this.idOf(numbers)));
      }
      yield id;
      from = end;
    }
  }

  /** Of both sets together. */
  readonly joined = (a: number, b: number): number => {
    if (a === b) return a;
    if (a === unknownOrigins || b === unknownOrigins) return unknownOrigins;
    const pair = Math.min(a, b) * maxSets + Math.max(a, b);
    let id = this.unions.get(pair);
    if (id === undefined) {
      id = this.idOf([...(this.sets[a] as readonly bigint[]), ...(this.sets[b] as readonly bigint[])]);
      if (this.unions.size >= maxSets) this.unions.clear();
      this.unions.set(pair, id);
    }
    return id;
  };

  /** Whether each set, by its number, has an origin that passes. */
  test(passes: (origin: bigint) => boolean): Uint8Array {
    return Uint8Array.from(this.sets, (set) => (set.some(passes) ? 1 : 0));
  }

  private idOf(numbers: readonly bigint[]): number {
    const set = [...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1));
    // 0 is a span of which it is not known.
    if (set.length === 0 || set.length > maxOrigins || set[0] === 0n) return unknownOrigins;
    const text = set.join();
    let id = this.ids.get(text);
    if (id !== undefined) return id;
    if (this.sets.length >= maxSets) return unknownOrigins;
    id = this.sets.push(set) - 1;
    this.ids.set(text, id);
    return id;
  }
}
