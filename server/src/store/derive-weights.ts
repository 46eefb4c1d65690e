/** For how many spans each stored one stands, as its tracestate says. A hot path: `write-spans.bench.ts`. */
import {fixedColumn, type NativeBlock, textColumn} from '../native/index.ts';
import {spanWeight} from '../red/index.ts';
import {traceStateProbability} from '../sampling/index.ts';

const knownMask = 0xff;

export class SpanWeights {
  private weights = new Float64Array(0);
  /** By a few bytes of a tracestate: where one lies in the block, its length, and the probability that it says. */
  private readonly starts = new Uint32Array(knownMask + 1);
  private readonly lengths = new Uint32Array(knownMask + 1);
  private readonly probabilities = new Float64Array(knownMask + 1);

  /** The weight of each span of the block; undefined where none has a tracestate. The numbers are good until the next `read`. */
  read(block: NativeBlock): Float64Array | undefined {
    const {rows, bytes} = block;
    const {slices} = textColumn(block, 'trace_state');
    if (areEmpty(slices, rows)) return undefined;
    if (rows > this.weights.length) this.weights = new Float64Array(2 * rows);
    const {weights} = this;
    const {at, width} = fixedColumn(block, 'span_id');
    const spanIds = bytes.subarray(at, at + width * rows);
    const {starts, lengths, probabilities} = this;
    lengths.fill(0);
    for (let row = 0; row < rows; row++) {
      const [start, length] = [slices[2 * row] as number, slices[2 * row + 1] as number];
      if (length === 0) {
        weights[row] = 1;
        continue;
      }
      // Few samplers have few tracestates. With a randomness in them nearly all differ, and a look at the last bytes tells.
      const last = start + length - 1;
      const slot = (length * 7 + (bytes[last] as number) * 31 + (bytes[last - 1] as number) * 3) & knownMask;
      if (lengths[slot] !== length || !areEqual(bytes, start, starts[slot] as number, length)) {
        starts[slot] = start;
        lengths[slot] = length;
        probabilities[slot] = traceStateProbability(bytes, start, length);
      }
      weights[row] = spanWeight(probabilities[slot] as number, spanIds, row);
    }
    return weights;
  }
}

function areEqual(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  let i = length - 1;
  while (i >= 0 && bytes[a + i] === bytes[b + i]) i--;
  return i < 0;
}

/** Texts lie one after the other, and each has a byte of its length before it. */
const areEmpty = (slices: Uint32Array, rows: number): boolean =>
  slices[2 * rows - 1] === 0 && (slices[2 * rows - 2] as number) - (slices[0] as number) === rows - 1;
