/**
 * Max-min fair shares of a budget: everyone gets what they ask for, or the same as all others who cannot have it; what some
 * leave goes to those who want more. Returns the share of each demand, in their order; the shares add up to the smaller of
 * the budget and all demands.
 *
 *     waterFill([1, 50, 200], 61)  // [1, 30, 30]
 */
export function waterFill(demands: readonly number[], budget: number): number[] {
  const shares = new Array<number>(demands.length).fill(0);
  const ascending = demands.map((_, index) => index).sort((a, b) => (demands[a] as number) - (demands[b] as number));
  let left = budget;
  for (const [position, index] of ascending.entries()) {
    const share = Math.min(demands[index] as number, left / (ascending.length - position));
    shares[index] = share;
    left -= share;
  }
  return shares;
}
