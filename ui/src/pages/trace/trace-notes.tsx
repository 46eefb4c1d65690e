import {IconArrowBackUp, IconArrowsMoveHorizontal, IconClockShare, IconLinkOff, IconList} from '@tabler/icons-react';
import type {ReactNode} from 'react';
import {useFormat, useText} from '../../i18n/index.ts';
import {spanOf, type TraceModel, traceText} from '../../timeline/index.ts';
import {writeZoom} from '../../urls/index.ts';
import classes from './trace-notes.module.css';
import type {TraceView} from './use-trace-view.ts';

/** What is odd about the trace, or about what the address asks of it: a calm line each, with what can be done about it. */
export function TraceNotes({
  model,
  view,
  arriving,
}: {
  readonly model: TraceModel;
  readonly view: TraceView;
  /** Spans may still be on their way. */
  readonly arriving: boolean;
}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const {trace, layout, skew, gap, endsBeforeStart} = model;
  const {url} = view;
  const timeline = url.tab === undefined;
  const backwards = endsBeforeStart.size;
  return (
    <>
      {url.span !== undefined && view.open === undefined && (
        <Note icon={<IconLinkOff size={15} />}>
          {arriving ? text.note.spanAwaited(url.span) : text.note.spanMissing(url.span)}
        </Note>
      )}
      {trace.omitted !== undefined && (
        <Note icon={<IconList size={15} />}>
          {text.note.omitted(format.count(layout.count), format.count(layout.count + trace.omitted))}
        </Note>
      )}
      {skew !== undefined && (
        <Note icon={<IconClockShare size={15} />}>
          <Clocks skew={skew} adjusted={model.adjusted} />
          <Action onClick={() => view.change({clocks: model.adjusted ? 'sent' : undefined})}>
            {model.adjusted ? text.showAsSent : text.showMoved}
          </Action>
        </Note>
      )}
      {backwards > 0 && (
        <Note icon={<IconArrowBackUp size={15} />}>
          <span>{text.note.endsBeforeStart(backwards, format.count(backwards))}</span>
          {timeline && <Action onClick={() => view.goTo(nextOf(model, view))}>{text.note.show}</Action>}
        </Note>
      )}
      {gap !== undefined && timeline && (
        <Note icon={<IconArrowsMoveHorizontal size={15} />}>
          <span>{text.note.gap(format.duration(gap.to - gap.from))}</span>
          <Action onClick={() => view.change({zoom: writeZoom({from: 0, to: gap.from})})}>{text.note.before}</Action>
          <Action onClick={() => view.change({zoom: writeZoom({from: gap.to, to: model.total})})}>
            {text.note.after}
          </Action>
          {url.zoom !== undefined && <Action onClick={() => view.change({zoom: undefined})}>{text.zoomAll}</Action>}
        </Note>
      )}
    </>
  );
}

/** Round and round through the spans that end before they start. */
function nextOf({layout, endsBeforeStart}: TraceModel, {standing}: TraceView): number {
  const at = standing === undefined ? -1 : layout.position[spanOf(standing)]!;
  const inOrder = [...endsBeforeStart.keys()].sort((a, b) => layout.position[a]! - layout.position[b]!);
  return inOrder.find((span) => layout.position[span]! > at) ?? inOrder[0]!;
}

function Note({icon, children}: {readonly icon: ReactNode; readonly children: ReactNode}) {
  return (
    <p className={classes.note}>
      <span className={classes.icon} aria-hidden="true">
        {icon}
      </span>
      {children}
    </p>
  );
}

function Action({onClick, children}: {readonly onClick: () => void; readonly children: ReactNode}) {
  return (
    <button type="button" className={classes.change} onClick={onClick}>
      {children}
    </button>
  );
}

/** Which clocks are wrong, and where their spans stand. */
function Clocks({skew, adjusted}: {readonly skew: NonNullable<TraceModel['skew']>; readonly adjusted: boolean}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const [worst, ...others] = skew.clocks;
  const moved = skew.clocks.reduce((sum, clock) => sum + clock.spans, 0);
  const by = format.duration(Math.abs(worst!.by));
  return (
    <span>
      {worst!.by > 0 ? text.clockBehind(worst!.name, by) : text.clockAhead(worst!.name, by)}
      {others.length > 0 && ` ${text.otherClocks(format.count(others.length))}`}
      {' · '}
      {adjusted ? text.clocksMoved(moved, format.count(moved)) : text.clocksAsSent}
    </span>
  );
}
