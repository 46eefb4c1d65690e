import {
  IconAlertCircleFilled,
  IconArrowBackUp,
  IconChevronDown,
  IconChevronRight,
  IconClockExclamation,
  IconRepeat,
  IconUnlink,
} from '@tabler/icons-react';
import {type CSSProperties, memo, type ReactNode} from 'react';
import {useFormat, useText, useVisible} from '../i18n/index.ts';
import {useServicePaint, useServiceSwatch} from '../theme/index.ts';
import type {Zoom} from '../urls/index.ts';
import {type Bar, barOf, labelWidth, partStyle, pathLine} from './bar-style.ts';
import type {Gap} from './gaps.ts';
import {KindIcon, kindNames} from './kind-icon.tsx';
import {type LogMark, marksInView, worstOf} from './log-marks.ts';
import {type TraceText, traceText} from './text/index.ts';
import {ERROR, hasChildren, ORPHAN, RING} from './trace-layout.ts';
import type {TraceModel} from './trace-model.ts';
import classes from './waterfall.module.css';

export const ROW_HEIGHT = 24;
/** Deeper rows are not indented further: the name must keep its place. */
export const DEEPEST_INDENT = 24;

export interface WaterfallRowProps {
  readonly model: TraceModel;
  readonly span: number;
  readonly row: number;
  readonly level: number;
  readonly zoom: Zoom;
  /** Pixels that bars have. */
  readonly timeWidth: number;
  readonly folded: boolean;
  readonly standing: boolean;
  readonly selected: boolean;
  /** When it was waited for, where the critical path is selected. */
  readonly path: readonly (readonly [from: number, to: number])[] | undefined;
  /** Waits within it. */
  readonly gaps: readonly Gap[] | undefined;
  /** Log lines of it. */
  readonly logs: readonly LogMark[] | undefined;
  readonly onToggle: (row: number) => void;
}

/** One span: its place in the tree on the left, its time on the right. Clicks are heard by the waterfall as a whole. */
export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const {model, span, row, level, folded, standing, selected, path, gaps, logs} = props;
  const {trace, layout} = model;
  const text = useText(traceText).trace;
  const format = useFormat();
  const visible = useVisible();
  const {spans} = trace;
  const parent = hasChildren(layout, span);
  const failed = spans.status[span] === ERROR;
  const service = visible(trace.services[spans.service[span]!]!);
  const name = visible(trace.names[spans.name[span]!]!);
  const onPath = path?.reduce((sum, [from, to]) => sum + to - from, 0);
  return (
    <div
      id={`span-${spans.spanId[span]}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={level + 1}
      aria-expanded={parent ? !folded : undefined}
      aria-selected={standing}
      aria-label={[
        text.rowLabel(service, name, format.duration(spans.duration[span]!), format.duration(spans.start[span]!)),
        ...(onPath === undefined ? [] : [text.pathPart(format.duration(onPath))]),
        ...(logs === undefined ? [] : [markText(logs, text.logs, format)]),
        ...(gaps ?? []).map(({from, to, cause}) => text.gap(text.gapCauses[cause], format.duration(to - from))),
      ].join(', ')}
      className={classes.row}
      data-row={span}
      data-failed={failed}
      data-selected={selected}
      style={{top: row * ROW_HEIGHT}}
    >
      <NameCell {...props} service={service} name={name} parent={parent} failed={failed} />
      <TimeCell {...props} failed={failed} />
    </div>
  );
});

function NameCell({
  model: {trace, layout, skew, adjusted, endsBeforeStart},
  span,
  level,
  folded,
  service,
  name,
  parent,
  failed,
  onToggle,
}: WaterfallRowProps & {
  readonly service: string;
  readonly name: string;
  readonly parent: boolean;
  readonly failed: boolean;
}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const {spans} = trace;
  const up = layout.parent[span]!;
  return (
    <RowName
      service={service}
      raw={trace.services[spans.service[span]!]!}
      named={up < 0 || spans.service[up] !== spans.service[span]}
      name={name}
      level={level}
      open={parent ? !folded : undefined}
      toggleText={folded ? text.unfoldRow : text.foldRow}
      onToggle={() => onToggle(span)}
    >
      {layout.orphan[span] === RING && (
        <span
          title={
            spans.parentSpanId[span] === spans.spanId[span] ? text.ownParent : text.ringTip(spans.parentSpanId[span]!)
          }
          className={classes.warn}
        >
          <IconRepeat size={13} />
        </span>
      )}
      {endsBeforeStart.has(span) && (
        <span title={text.endsBeforeStart(format.duration(endsBeforeStart.get(span)!))} className={classes.warn}>
          <IconArrowBackUp size={13} />
        </span>
      )}
      {layout.orphan[span] === ORPHAN && (
        <span title={text.orphanTip(spans.parentSpanId[span]!)} className={classes.quietSign}>
          <IconUnlink size={13} />
        </span>
      )}
      {!adjusted && skew?.contradicts[span] === 1 && (
        <span title={text.contradicts} className={classes.warn}>
          <IconClockExclamation size={13} />
        </span>
      )}
      {folded && parent && (
        <span className={classes.hidden}>{text.hidden(format.compact(layout.size[span]! - 1))}</span>
      )}
      <KindIcon kind={kindNames[spans.kind[span]!] ?? 'unspecified'} />
      {failed ? (
        <IconAlertCircleFilled size={14} className={classes.error} />
      ) : (
        folded &&
        layout.errorsBelow[span]! > 0 && (
          <span title={text.errorBelow} className={classes.errorBelow}>
            <IconAlertCircleFilled size={14} />
          </span>
        )
      )}
    </RowName>
  );
}

/** The left part of a row: how deep, whose, what; a service is named where it changes, and shown by its colour everywhere. */
export function RowName({
  service,
  raw,
  named,
  name,
  level,
  open,
  toggleText,
  onToggle,
  times,
  children,
}: {
  readonly service: string;
  /** The service's name as it was sent, which has the colour. */
  readonly raw: string;
  readonly named: boolean;
  readonly name: string;
  readonly level: number;
  /** Undefined where nothing can be folded. */
  readonly open: boolean | undefined;
  readonly toggleText: string;
  readonly onToggle: () => void;
  /** How many there are of it. */
  readonly times?: string;
  readonly children: ReactNode;
}) {
  const swatch = useServiceSwatch();
  const indent = `calc(var(--indent) * ${Math.min(DEEPEST_INDENT, level)})`;
  return (
    <div className={classes.name} style={{paddingLeft: `calc(${indent} + 6px)`}}>
      <span className={classes.guides} style={{width: indent}} aria-hidden="true" />
      {open === undefined ? (
        <span className={classes.leaf} />
      ) : (
        <button
          type="button"
          tabIndex={-1}
          className={classes.fold}
          aria-label={toggleText}
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          {open ? <IconChevronDown size={13} /> : <IconChevronRight size={13} />}
        </button>
      )}
      <span className={classes.swatch} style={{background: swatch(raw)}} aria-hidden="true" />
      {named && <bdi className={classes.service}>{service}</bdi>}{' '}
      <bdi className={classes.operation} title={`${service}\n${name}`}>
        {name}
      </bdi>{' '}
      {times !== undefined && <span className={classes.times}>{times}</span>}
      <span className={classes.signs}>{children}</span>
    </div>
  );
}

function TimeCell({
  model,
  span,
  zoom,
  timeWidth,
  path,
  gaps,
  logs,
  failed,
}: WaterfallRowProps & {readonly failed: boolean}) {
  const format = useFormat();
  const paint = useServicePaint();
  const {spans} = model.trace;
  const label = format.duration(spans.duration[span]!);
  const service = paint(model.trace.services[spans.service[span]!]!);
  const bar = barOf(model, span, zoom, service, labelWidth(label) / timeWidth);
  return (
    <RowTime
      bar={bar}
      failed={failed}
      line={path === undefined ? undefined : pathLine(path, zoom)}
      gaps={gaps?.map((gap) => <GapMark key={gap.from} gap={gap} zoom={zoom} timeWidth={timeWidth} />)}
      logs={logs !== undefined && <LogTicks marks={logs} zoom={zoom} />}
      label={label}
    />
  );
}

/** A wait, hatched over the bar; said in words where there is room, and to the pointer. */
function GapMark({
  gap: {from, to, cause},
  zoom,
  timeWidth,
}: {
  readonly gap: Gap;
  readonly zoom: Zoom;
  readonly timeWidth: number;
}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const style = partStyle([from, to], zoom);
  if (style === undefined) return undefined;
  const name = text.gapCauses[cause];
  const room = (Number.parseFloat(String(style.width)) / 100) * timeWidth;
  return (
    <span
      className={classes.gap}
      style={style}
      data-gap={cause}
      title={text.gap(name, format.duration(to - from))}
      aria-hidden="true"
    >
      {/* Drawn, and no text of the row: the row's own name says it in another place. */}
      {room > labelWidth(name) && <b data-name={name} />}
    </span>
  );
}

/** Log lines at their time, the worse the more to be seen; how many there are is said to the pointer. */
function LogTicks({marks, zoom}: {readonly marks: readonly LogMark[]; readonly zoom: Zoom}) {
  const text = useText(traceText).trace.logs;
  const format = useFormat();
  const title = markText(marks, text, format);
  return marksInView(marks, zoom).map(([share, severity]) => (
    <span
      key={share}
      className={classes.log}
      style={{left: `${share * 100}%`}}
      data-log={severity}
      title={title}
      aria-hidden="true"
    />
  ));
}

function markText(
  marks: readonly LogMark[],
  text: TraceText['trace']['logs'],
  format: ReturnType<typeof useFormat>,
): string {
  const worst = worstOf(marks);
  return marks.length === 1
    ? text.one
    : text.mark(format.count(marks.length), worst === 'unspecified' ? '' : text.severities[worst]);
}

/** The right part of a row. */
export function RowTime({
  bar,
  failed,
  line,
  gaps,
  logs,
  label,
}: {
  readonly bar: Bar;
  readonly failed: boolean;
  readonly line?: CSSProperties | undefined;
  readonly gaps?: ReactNode;
  readonly logs?: ReactNode;
  readonly label: ReactNode;
}) {
  if (bar.style === undefined) {
    return (
      <div className={classes.time}>
        <span className={classes.away} data-side={bar.side}>
          {bar.side === 'left' ? '‹ ' : ''}
          {label}
          {bar.side === 'right' ? ' ›' : ''}
        </span>
        {logs}
      </div>
    );
  }
  return (
    <div className={classes.time}>
      <span className={classes.bar} style={bar.style} data-failed={failed} />
      {gaps}
      {line !== undefined && <span className={classes.path} style={line} />}
      {logs}
      <span
        className={classes.label}
        data-at={bar.label}
        style={
          bar.label === 'end'
            ? {right: 0}
            : bar.label === 'before'
              ? {right: `calc(100% - ${bar.style.left})`}
              : {
                  left:
                    bar.label === 'after' ? `calc(${bar.style.left} + max(${bar.style.width}, 2px))` : bar.style.left,
                }
        }
      >
        {label}
      </span>
    </div>
  );
}
