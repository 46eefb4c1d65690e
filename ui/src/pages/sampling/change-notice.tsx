import {Button} from '@mantine/core';
import {IconAlertTriangle, IconArrowBackUp, IconCheck, IconX} from '@tabler/icons-react';
import {failureOf} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {type FailureWords, IconAction, Keycap, useFailureText} from '../../widgets/index.ts';
import classes from './change-notice.module.css';
import {samplingText} from './text/index.ts';
import type {Changes} from './use-changes.ts';

/** Tells the last change, with the way back, or why it failed. */
export function ChangeNotice({changes}: {readonly changes: Changes}) {
  const words = useText(samplingText);
  const text = words.sampling;
  const failure = changes.error === undefined ? undefined : failureOf(changes.error);
  const told = useFailureText(failure);
  if (failure === undefined && changes.last === undefined) return undefined;
  return (
    <div className={classes.notice} data-bad={failure !== undefined} role={failure === undefined ? 'status' : 'alert'}>
      {failure === undefined ? (
        <>
          <IconCheck size={16} className={classes.done} aria-hidden="true" />
          <span className={classes.words}>{changes.last}</span>
          <Button
            size="compact-xs"
            variant="light"
            leftSection={<IconArrowBackUp size={14} />}
            disabled={changes.busy}
            onClick={changes.undo}
          >
            {text.undo} <Keycap>z</Keycap>
          </Button>
        </>
      ) : (
        <>
          <IconAlertTriangle size={16} className={classes.failed} aria-hidden="true" />
          <span className={classes.words}>
            <strong>{failure.kind === 'unreachable' ? words.failure.unreachable : text.notChanged}</strong>{' '}
            {failure.kind === 'unreachable' || told === undefined ? text.notChangedUnreachable : joined(told)}
          </span>
        </>
      )}
      <IconAction label={words.common.close} icon={<IconX size={14} />} size={22} onClick={changes.hush} />
    </div>
  );
}

const joined = ({title, detail, hint, others = []}: FailureWords): string =>
  [title, detail, hint, ...others.flatMap((other) => [other.detail, other.hint])]
    .filter((part) => part !== undefined)
    .join(' · ');
