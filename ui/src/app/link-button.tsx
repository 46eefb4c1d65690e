import {IconChevronDown, IconLink} from '@tabler/icons-react';
import {useRef, useState} from 'react';
import {useText} from '../i18n/index.ts';
import {Floating, Keycap} from '../widgets/index.ts';
import classes from './context-bar.module.css';

/** Copies the link to what is on show; beside it the choice of one that goes with the time. */
export function LinkButton({onCopy}: {readonly onCopy: (kind: 'fixed' | 'live') => void}) {
  const text = useText().context;
  const [opened, setOpened] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const copy = (kind: 'fixed' | 'live') => (): void => {
    setOpened(false);
    onCopy(kind);
  };
  return (
    <span className={classes.link}>
      <button
        type="button"
        className={classes.copy}
        aria-label={text.copyLink}
        title={text.copyLinkHint}
        onClick={copy('fixed')}
      >
        <IconLink size={15} aria-hidden="true" />
        <span className={classes.word}>{text.copyLink}</span>
      </button>
      <button
        ref={anchor}
        type="button"
        className={classes.kinds}
        aria-label={text.linkKinds}
        aria-expanded={opened}
        onClick={() => setOpened(!opened)}
      >
        <IconChevronDown size={12} aria-hidden="true" />
      </button>
      {opened && (
        <Floating anchor={anchor} end label={text.linkKinds} onClose={() => setOpened(false)}>
          {(['fixed', 'live'] as const).map((kind) => (
            <button key={kind} type="button" className={classes.kind} onClick={copy(kind)}>
              <span>
                {kind === 'fixed' ? text.copyLink : text.copyLiveLink}
                <small>{kind === 'fixed' ? text.copyLinkHint : text.copyLiveLinkHint}</small>
              </span>
              <Keycap>{kind === 'fixed' ? 'y' : 'Y'}</Keycap>
            </button>
          ))}
        </Floating>
      )}
    </span>
  );
}
