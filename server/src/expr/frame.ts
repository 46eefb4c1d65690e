/** What an expression works in while it runs. */
import {ExprError, type Value} from './value.ts';

/** Elements and characters that one evaluation may go through or make: what Go's engine allows it to make. */
const maxSteps = 1_000_000;

/** One serves all evaluations of an expression, of which none runs within another. */
export class Frame<Row> {
  row: Row | undefined;
  readonly variables: Value[] = [];
  /** `#`, `#index` and `#acc` of the innermost predicate. */
  item: Value;
  index = 0n;
  acc: Value;
  #steps = 0;

  enter(row: Row): void {
    this.row = row;
    this.#steps = 0;
  }

  /** Counts what is made or gone through, so that no expression holds the pipeline up. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps)
      throw new ExprError(`the expression goes through more than ${maxSteps} elements and characters`);
  }

  /** Asks about each element until `visit` says stop (true); what `#` was before it is afterwards too. */
  each(array: readonly Value[], visit: (item: Value, index: number) => boolean, isBackward = false): void {
    const {item, index, acc} = this;
    for (let step = 0; step < array.length; step++) {
      this.spend(1);
      const place = isBackward ? array.length - 1 - step : step;
      this.item = array[place];
      this.index = BigInt(place);
      if (visit(this.item, place)) break;
    }
    [this.item, this.index, this.acc] = [item, index, acc];
  }
}
