import type {ReactNode} from 'react';
import classes from './panels.module.css';

/** A calm message in the middle of an otherwise empty view. */
export function QuietPanel({
  icon,
  title,
  hint,
  children,
}: {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly hint?: string | undefined;
  readonly children?: ReactNode;
}) {
  return (
    <div className={classes.panel}>
      {icon !== undefined && (
        <span className={classes.quietIcon} aria-hidden="true">
          {icon}
        </span>
      )}
      <h2 className={classes.title}>{title}</h2>
      {hint !== undefined && <p className={classes.hint}>{hint}</p>}
      {children}
    </div>
  );
}
