const leastNormal = 2 ** -1022;

/** Whether numbers differ by no more than a share of themselves. */
export function isAlmost(a: number, b: number, tolerance: number): boolean {
  if (a === b) return true;
  const [sum, difference] = [Math.abs(a) + Math.abs(b), Math.abs(a - b)];
  if (a === 0 || b === 0 || sum < leastNormal) return difference < tolerance * leastNormal;
  return difference / Math.min(sum, Number.MAX_VALUE) < tolerance;
}
