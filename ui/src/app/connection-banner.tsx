import {Button} from '@mantine/core';
import {IconPlugConnectedX} from '@tabler/icons-react';
import {connection} from '../api/index.ts';
import {RetryNote, useConnection, useFrameNotes} from '../frame/index.ts';
import {useFormat, useText} from '../i18n/index.ts';
import classes from './connection-banner.module.css';

/** Says for every view that Weft does not answer, since when, of when the data on show is, and when it is asked next. */
export function ConnectionBanner() {
  const text = useText().connection;
  const format = useFormat();
  const state = useConnection();
  const notes = useFrameNotes();
  if (state.kind === 'answering') return undefined;
  const shownAt = notes.shownAt ?? state.lastAnswer;
  return (
    <div className={classes.banner}>
      <IconPlugConnectedX size={17} aria-hidden="true" />
      <p role="alert">
        <strong>{text.gone(format.time(state.since))}</strong>{' '}
        {shownAt !== undefined && text.shown(format.time(shownAt))}
      </p>
      <span className={classes.next}>
        <RetryNote at={state.nextAt} busy={state.nextAt === undefined} />
      </span>
      <Button size="compact-xs" variant="default" disabled={state.nextAt === undefined} onClick={connection.tryNow}>
        {text.now}
      </Button>
    </div>
  );
}
