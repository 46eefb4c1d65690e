export interface Line {
  readonly slope: number;
  /** Standard error of the slope, the points taken as independent: a lower bound where they are not. */
  readonly error: number;
}

/** Least squares. */
export function slopeOf(points: readonly {readonly x: number; readonly y: number}[]): Line {
  const count = points.length;
  const mean = (of: 'x' | 'y'): number => points.reduce((sum, point) => sum + point[of], 0) / count;
  const [meanX, meanY] = [mean('x'), mean('y')];
  const spread = points.reduce((sum, {x}) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, {x, y}) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const rest = points.reduce((sum, {x, y}) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return {slope, error: Math.sqrt(rest / (count - 2) / spread)};
}
