import {Button} from '@mantine/core';
import {IconAlertTriangle, IconRefresh} from '@tabler/icons-react';
import {Fragment, type ReactNode} from 'react';
import type {Failure} from '../api/index.ts';
import {useText} from '../i18n/index.ts';
import {useFailureText} from './failure-text.ts';
import classes from './panels.module.css';

/** Tells the failure in the reader's language, what exactly was wrong, how to mend it, and offers to try again. */
export function FailurePanel({
  failure,
  onRetry,
  next,
  onward,
}: {
  readonly failure: Failure;
  readonly onRetry?: (() => void) | undefined;
  /** When it is tried again by itself. */
  readonly next?: ReactNode;
  /** A way to go from here where trying again may not help. */
  readonly onward?: ReactNode;
}) {
  const text = useText();
  const {title, detail, hint, others = []} = useFailureText(failure);
  return (
    <div className={classes.panel} role="alert" data-failure={failure.kind}>
      <IconAlertTriangle size={22} className={classes.failureIcon} aria-hidden="true" />
      <h2 className={classes.title}>{title}</h2>
      {detail !== undefined && <p className={classes.message}>{detail}</p>}
      {hint !== undefined && <p className={classes.hint}>{hint}</p>}
      {others.map((other) => (
        <Fragment key={`${other.detail} ${other.hint}`}>
          <p className={classes.message}>{other.detail}</p>
          {other.hint !== undefined && <p className={classes.hint}>{other.hint}</p>}
        </Fragment>
      ))}
      {failure.kind === 'refused' && (
        <p className={classes.details}>
          {text.failure.code(failure.code)}
          {failure.parameter !== undefined && ` · ${text.failure.parameter(failure.parameter)}`}
        </p>
      )}
      {next !== undefined && <p className={classes.details}>{next}</p>}
      {onRetry !== undefined && (
        <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} onClick={onRetry}>
          {text.common.retry}
        </Button>
      )}
      {onward}
    </div>
  );
}
