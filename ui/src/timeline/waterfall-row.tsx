import {
  IconAlertCircleFilled,
  IconChevronDown,
  IconChevronRight,
  IconClockExclamation,
  IconUnlink,
} from '@tabler/icons-react';
import {memo} from 'react';
import {useFormat, useText} from '../i18n/index.ts';
import {useServiceColour} from '../theme/index.ts';
import type {Zoom} from '../urls/index.ts';
import {barOf} from './bar-style.ts';
import {KindIcon, kindNames} from './kind-icon.tsx';
import {traceText} from './text/index.ts';
import {ERROR, hasChildren} from './trace-layout.ts';
import type {TraceModel} from './trace-model.ts';
import classes from './waterfall.module.css';

export const ROW_HEIGHT = 24;
/** Deeper rows are not indented further: the name must keep its place. */
export const DEEPEST_INDENT = 24;

export interface WaterfallRowProps {
  readonly model: TraceModel;
  readonly span: number;
  readonly row: number;
  readonly zoom: Zoom;
  readonly folded: boolean;
  readonly selected: boolean;
  readonly matched: boolean;
  readonly onToggle: (span: number) => void;
}

/** One span: its place in the tree on the left, its time on the right. Clicks are heard by the waterfall as a whole. */
export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const {model, span, row, folded, selected, matched} = props;
  const {trace, layout} = model;
  const text = useText(traceText).trace;
  const format = useFormat();
  const {spans} = trace;
  const parent = hasChildren(layout, span);
  const failed = spans.status[span] === ERROR;
  const service = trace.services[spans.service[span]!]!;
  const name = trace.names[spans.name[span]!]!;
  return (
    <div
      id={`span-${spans.spanId[span]}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={layout.depth[span]! + 1}
      aria-expanded={parent ? !folded : undefined}
      aria-selected={selected}
      aria-label={text.rowLabel(
        service,
        name,
        format.duration(spans.duration[span]!),
        format.duration(spans.start[span]!),
      )}
      className={classes.row}
      data-span={span}
      data-failed={failed}
      data-matched={matched}
      style={{top: row * ROW_HEIGHT}}
    >
      <NameCell {...props} service={service} name={name} parent={parent} failed={failed} />
      <TimeCell {...props} service={service} failed={failed} />
    </div>
  );
});

function NameCell({
  model: {trace, layout},
  span,
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
  const colour = useServiceColour();
  const indent = `calc(var(--indent) * ${Math.min(DEEPEST_INDENT, layout.depth[span]!)})`;
  return (
    <div className={classes.name} style={{paddingLeft: `calc(${indent} + 6px)`}}>
      <span className={classes.guides} style={{width: indent}} aria-hidden="true" />
      {parent ? (
        <button
          type="button"
          tabIndex={-1}
          className={classes.fold}
          aria-label={folded ? text.unfoldRow : text.foldRow}
          onClick={(event) => {
            event.stopPropagation();
            onToggle(span);
          }}
        >
          {folded ? <IconChevronRight size={13} /> : <IconChevronDown size={13} />}
        </button>
      ) : (
        <span className={classes.leaf} />
      )}
      <span className={classes.swatch} style={{background: colour(service)}} aria-hidden="true" />
      <span className={classes.service}>{service}</span>{' '}
      <span className={classes.operation} title={`${service}\n${name}`}>
        {name}
      </span>{' '}
      <span className={classes.signs}>
        {layout.orphan[span] === 1 && (
          <span title={text.orphanTip(trace.spans.parentSpanId[span]!)} className={classes.warn}>
            <IconUnlink size={13} />
          </span>
        )}
        {folded && parent && (
          <span className={classes.hidden}>{text.hidden(format.compact(layout.size[span]! - 1))}</span>
        )}
        <KindIcon kind={kindNames[trace.spans.kind[span]!] ?? 'unspecified'} />
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
      </span>
    </div>
  );
}

function TimeCell({
  model,
  span,
  zoom,
  service,
  failed,
}: WaterfallRowProps & {readonly service: string; readonly failed: boolean}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const colour = useServiceColour();
  const bar = barOf(model, span, zoom, colour(service));
  const duration = format.duration(model.trace.spans.duration[span]!);
  if (bar.style === undefined) {
    return (
      <div className={classes.time}>
        <span className={classes.away} data-side={bar.side}>
          {bar.side === 'left' ? '‹ ' : ''}
          {duration}
          {bar.side === 'right' ? ' ›' : ''}
        </span>
      </div>
    );
  }
  const outside = model.layout.outside[span] === 1;
  return (
    <div className={classes.time}>
      <span className={classes.bar} style={bar.style} data-failed={failed} data-outside={outside} />
      <span
        className={classes.label}
        data-at={bar.label}
        style={
          bar.label === 'before'
            ? {right: `calc(100% - ${bar.style.left})`}
            : {left: bar.label === 'after' ? `calc(${bar.style.left} + max(${bar.style.width}, 2px))` : 0}
        }
      >
        {duration}
        {outside && (
          <span title={text.outside} className={classes.warn}>
            <IconClockExclamation size={12} />
          </span>
        )}
      </span>
    </div>
  );
}
