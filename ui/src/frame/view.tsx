import {Button} from '@mantine/core';
import {IconClockExclamation, IconRefresh} from '@tabler/icons-react';
import {type ReactNode, useRef} from 'react';
import {failureOf} from '../api/index.ts';
import {useFormat, useText} from '../i18n/index.ts';
import {FailurePanel, LoadingLine, useFailureText, useTitle} from '../widgets/index.ts';
import {AddressNote} from './address-note.tsx';
import {type Answer, type Content, contentOf} from './answer.ts';
import {useNotedShownAt} from './frame-context.ts';
import {RetryNote} from './retry-note.tsx';
import {useConnection} from './use-connection.ts';
import {useFocusOnArrival} from './use-focus-on-arrival.ts';
import {useRetry} from './use-retry.ts';
import classes from './view.module.css';

interface ViewProps<T> {
  /** The page's heading, and the browser tab's title unless `tabTitle` says another. */
  readonly title: string;
  readonly tabTitle?: string | undefined;
  /** `hidden`: for screen readers only. `own`: the content brings its `h1`. */
  readonly heading?: 'shown' | 'hidden' | 'own';
  /** A few quiet words beside the heading. */
  readonly note?: ReactNode;
  /** Buttons at the end of the heading's line. */
  readonly actions?: ReactNode;
  /** Below the heading: fields and the like, which are there before any data. */
  readonly bar?: ReactNode;
  readonly answer: Answer<T>;
  /** In place of the answer where nothing is asked, and says why. */
  readonly unasked?: ReactNode;
  /** Where to go from a failure. */
  readonly onward?: ReactNode;
  /** True while the reader waits for something asked for by hand; a question that has changed is noticed by itself. */
  readonly busy?: boolean;
  /** In place of the content until the first answer; as high as that will be, so that nothing jumps. */
  readonly skeleton?: ReactNode;
  /** In place of an answer with nothing in it: undefined where there is something. */
  readonly empty?: (data: T) => ReactNode | undefined;
  readonly children: (data: T) => ReactNode;
}

/**
 * The frame of every page's content: title, actions, the line that moves while an answer is awaited, the answer before kept and
 * dimmed, failure and emptiness. Pages draw answers and decide nothing of this by themselves.
 */
export function View<T>({
  title,
  tabTitle = `${title} · Weft`,
  heading = 'shown',
  note,
  actions,
  bar,
  answer,
  unasked,
  onward,
  busy = false,
  skeleton,
  empty,
  children,
}: ViewProps<T>) {
  useTitle(tabTitle);
  const section = useRef<HTMLElement>(null);
  useFocusOnArrival(section);
  const gone = useConnection().kind === 'gone';
  const content: Content<T> = unasked === undefined ? contentOf(answer, gone) : {kind: 'unasked'};
  const pending = content.kind === 'pending' || (content.kind === 'shown' && content.old === 'another');
  // An answer to another question says nothing of when this one is answered.
  const shownAt = content.kind === 'shown' && content.old !== 'another' ? answer.dataUpdatedAt : undefined;
  useNotedShownAt(shownAt);
  return (
    <section ref={section} className={classes.view} data-content={content.kind}>
      {heading === 'hidden' && (
        <h1 className="visually-hidden" tabIndex={-1}>
          {title}
        </h1>
      )}
      {heading === 'shown' && (
        <header className={classes.head}>
          <h1 className={classes.title} tabIndex={-1}>
            {title}
          </h1>
          {note !== undefined && <div className={classes.note}>{note}</div>}
          {actions !== undefined && <div className={classes.actions}>{actions}</div>}
        </header>
      )}
      {bar}
      <AddressNote />
      <LoadingLine active={answer.isFetching && (pending || busy)} />
      {/* While Weft is gone the shell's banner says so, for every view. */}
      {content.kind === 'shown' && content.old === 'failed' && !gone && <OldNote answer={answer} />}
      {content.kind === 'unasked' ? (
        unasked
      ) : (
        <Body content={content} answer={answer} onward={onward} skeleton={skeleton} empty={empty} draw={children} />
      )}
    </section>
  );
}

function Body<T>({
  content,
  answer,
  onward,
  skeleton,
  empty,
  draw,
}: {
  readonly content: Exclude<Content<T>, {kind: 'unasked'}>;
  readonly answer: Answer<T>;
  readonly onward: ReactNode;
  readonly skeleton: ReactNode;
  readonly empty: ((data: T) => ReactNode | undefined) | undefined;
  readonly draw: (data: T) => ReactNode;
}) {
  const {nextAt, retry} = useRetry(answer);
  if (content.kind === 'failed')
    return (
      <FailurePanel
        failure={failureOf(content.error)}
        onRetry={retry}
        next={<RetryNote at={nextAt} busy={answer.isFetching} />}
        onward={onward}
      />
    );
  const shown = content.kind === 'shown' ? content : undefined;
  return (
    <div className={classes.body} data-old={shown?.old} aria-busy={shown === undefined || shown.old === 'another'}>
      {/* In one place: what is the same in both, such as a field being written in, stays when the answer comes. */}
      {shown === undefined ? skeleton : (empty?.(shown.data) ?? draw(shown.data))}
    </div>
  );
}

/** Says of when the answer on show is, and why there is none of now. */
function OldNote({answer}: {readonly answer: Answer<unknown>}) {
  const text = useText();
  const format = useFormat();
  const {nextAt, retry} = useRetry(answer);
  const reason = useFailureText(answer.error === null ? undefined : failureOf(answer.error));
  return (
    <p className={classes.old} role="status">
      <IconClockExclamation size={15} aria-hidden="true" />
      <strong>{text.failure.asOf(format.time(answer.dataUpdatedAt))}</strong>
      {reason !== undefined && (
        <>
          <span title={reason.detail}>{reason.title}</span>
          <RetryNote at={nextAt} busy={answer.isFetching} />
          <Button size="compact-xs" variant="subtle" leftSection={<IconRefresh size={13} />} onClick={retry}>
            {text.common.retry}
          </Button>
        </>
      )}
    </p>
  );
}
