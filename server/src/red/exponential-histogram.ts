/**
 * The exponential histogram of OpenTelemetry for values that are not negative: bucket `i` holds what is above base^i and at most
 * base^(i + 1), with base = 2^(2^-scale). It begins at the finest scale and halves its resolution when a value would need more
 * than `maxSize` buckets.
 */
const maxScale = 20;
/** Two buckets then hold all doubles, down to the ones that are not normal. */
const minScale = -11;

export class ExponentialHistogram {
  readonly maxSize: number;
  scale = maxScale;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  zeroCount = 0;
  /** The index of the first of `size` buckets; `counts` may be longer. */
  offset = 0;
  size = 0;
  counts = new Float64Array(4);

  constructor(maxSize: number) {
    this.maxSize = Math.max(2, maxSize);
  }

  /** Counts a value `times` times. */
  record(value: number, times: number): void {
    this.count += times;
    this.sum += value * times;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value <= 0) this.zeroCount += times;
    else this.addAt(exponentialIndex(value, this.scale), times);
  }

  /** Adds what another one of the same kind has counted. */
  merge(other: ExponentialHistogram): void {
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.zeroCount += other.zeroCount;
    if (other.scale < this.scale) this.downscale(this.scale - other.scale);
    for (let i = 0; i < other.size; i++) {
      const times = other.counts[i] as number;
      if (times > 0) this.addAt((other.offset + i) >> (other.scale - this.scale), times, other.scale, other.offset + i);
    }
  }

  /** The counts of its buckets, from `offset` on. */
  get buckets(): Float64Array {
    return this.counts.subarray(0, this.size);
  }

  /** `from` and `at`: the scale and index that `index` was made of, for when the scale changes on the way. */
  private addAt(index: number, times: number, from = this.scale, at = index): void {
    const first = this.size === 0 ? index : Math.min(index, this.offset);
    const last = this.size === 0 ? index : Math.max(index, this.offset + this.size - 1);
    let shift = 0;
    while ((last >> shift) - (first >> shift) >= this.maxSize && this.scale - shift > minScale) shift++;
    if (shift > 0) {
      this.downscale(shift);
      return this.addAt(at >> (from - this.scale), times, from, at);
    }
    if (index < this.offset || index >= this.offset + this.size) this.extend(first, last);
    const place = index - this.offset;
    this.counts[place] = (this.counts[place] as number) + times;
  }

  private extend(first: number, last: number): void {
    const size = last - first + 1;
    const shift = this.size === 0 ? 0 : this.offset - first;
    if (size > this.counts.length || shift > 0) {
      const old = this.counts;
      this.counts = new Float64Array(Math.min(this.maxSize, Math.max(size, 2 * this.size)));
      this.counts.set(old.subarray(0, this.size), shift);
    }
    this.offset = first;
    this.size = size;
  }

  private downscale(by: number): void {
    this.scale -= by;
    if (this.size === 0) return;
    const first = this.offset >> by;
    const old = this.counts.slice(0, this.size);
    const size = ((this.offset + this.size - 1) >> by) - first + 1;
    this.counts.fill(0);
    for (let i = 0; i < old.length; i++) {
      const place = ((this.offset + i) >> by) - first;
      this.counts[place] = (this.counts[place] as number) + (old[i] as number);
    }
    this.offset = first;
    this.size = size;
  }
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The bucket of a value above 0. Exact at powers of two, where rounding of the logarithm would be seen. */
export function exponentialIndex(value: number, scale: number): number {
  double[0] = value;
  const high = words[1] as number;
  const exponent = (high >>> 20) - 1023;
  const isPower = (high & 0xfffff) === 0 && words[0] === 0;
  // Below 2^-1022 the exponent is not normal.
  if (exponent === -1023)
    return scale > 0 ? Math.ceil(Math.log2(value) * 2 ** scale) - 1 : (Math.ceil(Math.log2(value)) - 1) >> -scale;
  if (scale <= 0) return (isPower ? exponent - 1 : exponent) >> -scale;
  if (isPower) return exponent * 2 ** scale - 1;
  const index = Math.ceil(Math.log2(value) * 2 ** scale) - 1;
  const [least, most] = [exponent * 2 ** scale, (exponent + 1) * 2 ** scale - 1];
  return index < least ? least : index > most ? most : index;
}
