import {Button} from '@mantine/core';
import {IconAlertTriangle, IconRefresh} from '@tabler/icons-react';
import type {Failure} from '../api/index.ts';
import {useText} from '../i18n/index.ts';
import classes from './panels.module.css';

/** Tells the failure, in the API's own words where it spoke, how to mend it, and offers to try again. */
export function FailurePanel({
  failure,
  onRetry,
}: {
  readonly failure: Failure;
  readonly onRetry?: (() => void) | undefined;
}) {
  const text = useText().failure;
  const common = useText().common;
  const [title, message, hint] =
    failure.kind === 'refused'
      ? [text.refused, failure.message, failure.hint]
      : failure.kind === 'unreachable'
        ? [text.unreachable, undefined, text.unreachableHint]
        : [text.foreign, failure.message, text.foreignHint];
  return (
    <div className={classes.panel} role="alert" data-failure={failure.kind}>
      <IconAlertTriangle size={22} className={classes.failureIcon} aria-hidden="true" />
      <h2 className={classes.title}>{title}</h2>
      {message !== undefined && <p className={classes.message}>{message}</p>}
      {hint !== undefined && <p className={classes.hint}>{hint}</p>}
      {failure.kind === 'refused' && (
        <p className={classes.details}>
          {text.code(failure.code)}
          {failure.parameter !== undefined && ` · ${text.parameter(failure.parameter)}`}
        </p>
      )}
      {onRetry !== undefined && (
        <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} onClick={onRetry}>
          {common.retry}
        </Button>
      )}
    </div>
  );
}
