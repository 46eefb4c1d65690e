/** Sums that keep what rounding would lose, by Neumaier: the same to the last digits in whatever order. */
export class KahanSum {
  sum: number;
  rest = 0;

  constructor(start = 0) {
    this.sum = start;
  }

  add(value: number): void {
    const total = this.sum + value;
    if (!Number.isFinite(total)) this.rest = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.rest += this.sum - total + value;
    else this.rest += value - total + this.sum;
    this.sum = total;
  }

  get total(): number {
    return this.sum + this.rest;
  }
}

/** A mean that does not overflow where the sum would. */
export class Mean {
  readonly #sum: KahanSum;
  #count = 1;
  #isIncremental = false;

  constructor(first: number) {
    this.#sum = new KahanSum(first);
  }

  add(value: number): void {
    const count = ++this.#count;
    const sum = this.#sum;
    if (!this.#isIncremental) {
      const {sum: before, rest} = sum;
      sum.add(value);
      if (Math.abs(sum.sum) !== Number.POSITIVE_INFINITY) return;
      this.#isIncremental = true;
      sum.sum = before / (count - 1);
      sum.rest = rest / (count - 1);
    }
    const share = (count - 1) / count;
    sum.sum *= share;
    sum.rest *= share;
    sum.add(value / count);
  }

  get value(): number {
    const {sum, rest} = this.#sum;
    return this.#isIncremental ? sum + rest : sum / this.#count + rest / this.#count;
  }
}
