import classes from './sparkline.module.css';

const width = 300;
const height = 44;

/** How a rate went: the last point is now. Its figures stand beside it in words. */
export function Sparkline({points}: {readonly points: readonly number[]}) {
  const most = Math.max(1e-9, ...points);
  const step = width / Math.max(1, points.length - 1);
  const line = points
    .map((value, index) => `${(index * step).toFixed(1)} ${(height - 2 - (value / most) * (height - 6)).toFixed(1)}`)
    .join('L');
  if (points.length < 2) return undefined;
  return (
    <svg className={classes.spark} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path className={classes.area} d={`M0 ${height}L${line}L${width} ${height}Z`} />
      <path className={classes.line} d={`M${line}`} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
