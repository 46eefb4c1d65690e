import {Button} from '@mantine/core';
import {IconPlugConnectedX, IconSparkles} from '@tabler/icons-react';
import {useState} from 'react';
import {connection} from '../api/index.ts';
import {RetryNote, useConnection, useShownAt} from '../frame/index.ts';
import {useFormat, useText} from '../i18n/index.ts';
import classes from './connection-banner.module.css';
import {useNewerPage} from './use-newer-page.ts';

/** Says for every view that Weft does not answer, since when, of when the data on show is, and when it is asked next. */
export function ConnectionBanner() {
  const text = useText().connection;
  const format = useFormat();
  const state = useConnection();
  const shownAt = useShownAt();
  const newer = useNewerPage();
  if (state.kind === 'answering') return newer === undefined ? undefined : <UpgradeBanner newer={newer} />;
  return (
    <div className={classes.banner} data-tone="bad">
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

/** Weft came back as another version: the page of the version before still works, as far as its code has been fetched. */
function UpgradeBanner({newer}: {readonly newer: string}) {
  const text = useText();
  const [later, setLater] = useState<string | undefined>();
  if (newer === later) return undefined;
  return (
    <div className={classes.banner} data-tone="news">
      <IconSparkles size={17} aria-hidden="true" />
      <p role="status">{text.connection.upgraded}</p>
      <span className={classes.next} />
      <Button size="compact-xs" variant="subtle" onClick={() => setLater(newer)}>
        {text.connection.later}
      </Button>
      <Button size="compact-xs" onClick={() => location.reload()}>
        {text.failure.reload}
      </Button>
    </div>
  );
}
