import {type RefObject, useEffect, useMemo, useRef} from 'react';
import type {TraceSummary} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {useFixedRows, useNow} from '../../widgets/index.ts';
import {stepTraces} from './step-traces.ts';
import {searchText} from './text/index.ts';
import classes from './trace-list.module.css';
import {TraceRow} from './trace-row.tsx';

const ROW = 30;

/** The traces found, one line each. */
export function TraceList({
  scroller,
  traces,
  fresh,
  live,
  onScroll,
  onHover,
}: {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly traces: readonly TraceSummary[];
  readonly fresh: ReadonlySet<string>;
  readonly live: boolean;
  readonly onScroll: () => void;
  readonly onHover: (traceId: string | undefined) => void;
}) {
  const text = useText(searchText).search;
  const now = useNow(live ? 1_000 : 10_000);
  const {first, end} = useFixedRows(scroller, traces.length, ROW);
  const longest = useMemo(
    () => traces.reduce((most, trace) => Math.max(most, Number(trace.durationNano)), 1),
    [traces],
  );

  const focused = useRef(false);
  // A trace that is no longer found takes the focus with it: keys go on from the first in view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever other traces are listed
  useEffect(() => {
    if (focused.current && document.activeElement === document.body) stepTraces(1);
  }, [traces]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing to operate, it only notices that the pointer has left
    <div ref={scroller} className={classes.scroller} onScroll={onScroll} onMouseLeave={() => onHover(undefined)}>
      <div className={classes.head} aria-hidden="true">
        <span>{text.columns.start}</span>
        <span>{text.columns.trace}</span>
        <span>{text.columns.services}</span>
        <span className={classes.right}>{text.columns.spans}</span>
        <span className={classes.right}>{text.columns.errors}</span>
        <span className={classes.duration}>
          <span>{text.columns.duration}</span>
        </span>
      </div>
      <ul
        className={classes.list}
        aria-label={text.listLabel}
        style={{height: traces.length * ROW}}
        onFocus={() => {
          focused.current = true;
        }}
        onBlur={() => {
          focused.current = false;
        }}
      >
        {traces.slice(first, end).map((trace, index) => (
          <li
            key={trace.traceId}
            className={classes.item}
            style={{transform: `translateY(${(first + index) * ROW}px)`}}
            data-fresh={fresh.has(trace.traceId)}
            onMouseEnter={() => onHover(trace.traceId)}
          >
            <TraceRow trace={trace} longest={longest} now={now} />
          </li>
        ))}
      </ul>
    </div>
  );
}
