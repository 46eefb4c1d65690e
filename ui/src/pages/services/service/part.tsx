import type {ReactNode} from 'react';
import {failureOf} from '../../../api/index.ts';
import {type Answer, contentOf, RetryNote, useConnection, useRetry} from '../../../frame/index.ts';
import {FailurePanel} from '../../../widgets/index.ts';
import classes from './service-page.module.css';

/** One part of the page, which loads and fails by itself: `children` is called with undefined until there is an answer. */
export function Part<T>({
  answer,
  label,
  empty,
  children,
}: {
  readonly answer: Answer<T>;
  readonly label: string;
  /** In place of an answer with nothing in it. */
  readonly empty?: ((data: T) => ReactNode | undefined) | undefined;
  readonly children: (data: T | undefined) => ReactNode;
}) {
  const gone = useConnection().kind === 'gone';
  const content = contentOf(answer, gone);
  const {nextAt, retry} = useRetry(answer);
  const data = content.kind === 'shown' ? content.data : undefined;
  return (
    <section
      className={classes.part}
      aria-label={label}
      aria-busy={content.kind === 'pending'}
      data-content={content.kind}
    >
      {content.kind === 'failed' ? (
        <FailurePanel
          failure={failureOf(content.error)}
          onRetry={retry}
          next={<RetryNote at={nextAt} busy={answer.isFetching} />}
        />
      ) : (
        (data !== undefined && empty?.(data)) || children(data)
      )}
    </section>
  );
}
