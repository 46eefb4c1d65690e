import type {ServiceRed} from '../../api/index.ts';
import classes from './services-page.module.css';

const HEIGHT = 18;

/** Requests over time as bars of their own scale, the failed part of each in red. What it shows in figures stands beside it. */
export function Sparkline({series: {requests, errors}}: {readonly series: NonNullable<ServiceRed['series']>}) {
  const most = Math.max(1, ...requests);
  const bars = (counts: readonly number[], colour: string) => (
    <path
      fill={colour}
      d={counts
        .map((count, at) => {
          if (count === 0) return '';
          const height = Math.max(1, (count / most) * HEIGHT);
          return `M${at + 0.1} ${HEIGHT}v${-height}h0.8v${height}z`;
        })
        .join('')}
    />
  );
  return (
    <svg
      className={classes.sparkline}
      viewBox={`0 0 ${requests.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {/* A time without requests is a time too. */}
      <rect y={HEIGHT - 1} width={requests.length} height="1" fill="var(--line)" />
      {bars(requests, 'var(--accent-line)')}
      {bars(errors, 'var(--error)')}
    </svg>
  );
}
