import {IconChevronRight} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {type Ref, useState} from 'react';
import {type LogLine, queries} from '../../../api/index.ts';
import {useText, useVisible} from '../../../i18n/index.ts';
import {recall, remember} from '../../../theme/index.ts';
import {type TraceModel, traceText} from '../../../timeline/index.ts';
import {type PaneEntry, readPaneEntry, writePaneEntry} from '../../../urls/index.ts';
import {ResizeHandle} from '../../../widgets/index.ts';
import classes from './details-pane.module.css';
import {SpanPane} from './span-pane.tsx';

/**
 * What is known of the span that is open, and of what was opened from there: each lies on the one before, with the way back above.
 * `stack` is without the span of this trace.
 */
export function DetailsPane({
  ref,
  model,
  span,
  lines,
  stack,
  onStack,
  onClose,
  onLeave,
  onGoTo,
}: {
  readonly ref: Ref<HTMLElement>;
  readonly model: TraceModel;
  readonly span: number;
  /** Log lines of the trace. */
  readonly lines: readonly LogLine[] | undefined;
  readonly stack: readonly string[];
  readonly onStack: (stack: readonly string[]) => void;
  readonly onClose: () => void;
  /** Back to where the keyboard was. */
  readonly onLeave: () => void;
  readonly onGoTo: (span: number) => void;
}) {
  const text = useText(traceText).trace;
  const [width, setWidth] = useState(() => Number(recall('detail-width')) || 430);
  const entries = stack.map(readPaneEntry).filter((entry) => entry !== undefined);
  const top = entries.at(-1);
  const {trace} = model;
  const own =
    top === undefined ? span : top.traceId === trace.traceId ? model.layout.indexOf.get(top.spanId) : undefined;
  const open = (entry: PaneEntry): void => {
    const known = entry.traceId === trace.traceId ? model.layout.indexOf.get(entry.spanId) : undefined;
    // A span that is in the timeline is shown there.
    if (known !== undefined) onGoTo(known);
    else onStack([...stack, writePaneEntry(entry)]);
  };
  return (
    <aside
      className={classes.details}
      style={{width}}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        if (stack.length > 0) onStack(stack.slice(0, -1));
        else onLeave();
      }}
    >
      <ResizeHandle
        label={text.resizeDetail}
        value={width}
        min={300}
        max={900}
        reversed
        className={classes.edge ?? ''}
        onResize={(pixels) => {
          setWidth(pixels);
          remember('detail-width', String(pixels));
        }}
      />
      <SpanPane
        key={top === undefined ? '' : writePaneEntry(top)}
        ref={ref}
        model={model}
        span={own}
        lines={lines}
        traceId={top?.traceId ?? trace.traceId}
        spanId={top?.spanId ?? trace.spans.spanId[span]!}
        trail={entries.length > 0 && <Trail model={model} span={span} entries={entries} onStack={onStack} />}
        onOpen={open}
        onClose={onClose}
        onGoTo={onGoTo}
      />
    </aside>
  );
}

function Trail({
  model: {trace},
  span,
  entries,
  onStack,
}: {
  readonly model: TraceModel;
  readonly span: number;
  readonly entries: readonly PaneEntry[];
  readonly onStack: (stack: readonly string[]) => void;
}) {
  const text = useText(traceText).span;
  const visible = useVisible();
  return (
    <nav className={classes.trail} aria-label={text.trail}>
      <button type="button" className={classes.step} title={text.backToSpan} onClick={() => onStack([])}>
        {visible(trace.names[trace.spans.name[span]!]!)}
      </button>
      {entries.map((entry, index) => (
        <Step
          key={writePaneEntry(entry)}
          entry={entry}
          onGo={
            index === entries.length - 1
              ? undefined
              : () => onStack(entries.slice(0, index + 1).map((one) => writePaneEntry(one)))
          }
        />
      ))}
    </nav>
  );
}

function Step({entry, onGo}: {readonly entry: PaneEntry; readonly onGo: (() => void) | undefined}) {
  const visible = useVisible();
  const {data} = useQuery(queries.span(entry.traceId, entry.spanId));
  const name = data === undefined ? entry.spanId : visible(data.name);
  return (
    <>
      <IconChevronRight size={12} aria-hidden="true" />
      {onGo === undefined ? (
        <span className={classes.here} aria-current="true">
          {name}
        </span>
      ) : (
        <button type="button" className={classes.step} onClick={onGo}>
          {name}
        </button>
      )}
    </>
  );
}
