import classes from './figure.module.css';

/** A number in a table, and before it, where there is room, its share of the largest or of a whole as a bar. */
export function Figure({
  share,
  tone = 'plain',
  children,
}: {
  readonly share: number;
  readonly tone?: 'plain' | 'bad' | 'strong';
  readonly children: string;
}) {
  return (
    <span className={classes.place}>
      <span className={classes.figure} data-tone={tone}>
        <span className={classes.track} aria-hidden="true">
          <span style={{width: `${Math.min(100, Math.max(share > 0 ? 1 : 0, share * 100))}%`}} />
        </span>
        <span>{children}</span>
      </span>
    </span>
  );
}
