import {IconChevronDown, IconChevronRight, IconCopy} from '@tabler/icons-react';
import {useLayoutEffect, useMemo, useRef, useState} from 'react';
import type {SpanEvent, SpanResponse} from '../../../api/index.ts';
import {nanosToMs, visibleBody} from '../../../format/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {traceText} from '../../../timeline/index.ts';
import {CopyAction} from '../../../widgets/index.ts';
import {AttributeTable} from './attribute-table.tsx';
import {fitsFilter, valueText} from './attribute-text.ts';
import classes from './span-events.module.css';
import {useWindow} from './use-window.ts';

/** Stacks longer than this many lines are shortened until asked for. */
const SHORT_STACK = 12;
const ROW = 28;
/** Exceptions are open from the start: as many as a person reads. */
const OPEN_EXCEPTIONS = 3;
/** Of a closed event, this many attributes are told in its line. */
const TOLD = 4;
/** Dots on the timeline: more cannot be told apart. */
const DOTS = 120;

/** The events on a small timeline of the span, then one by one; exceptions with their stack. */
export function SpanEvents({span, filter}: {readonly span: SpanResponse; readonly filter: string}) {
  const text = useText(traceText).span;
  const format = useFormat();
  const {events} = span;
  const start = BigInt(span.startUnixNano);
  const offsets = useMemo(() => events.map((event) => Number(BigInt(event.timeUnixNano) - start)), [events, start]);
  const [open, setOpen] = useState<ReadonlySet<number>>(() => firstExceptions(events));
  const shown = useMemo(() => events.flatMap((event, i) => (fits(event, filter) ? [i] : [])), [events, filter]);
  const list = useRef<HTMLOListElement>(null);
  const openRows = useMemo(() => new Set(shown.flatMap((event, row) => (open.has(event) ? [row] : []))), [shown, open]);
  const {first, end, before, after, measured} = useWindow(list, shown.length, ROW, openRows);
  const toggle = (event: number): void => {
    const next = new Set(open);
    if (!next.delete(event)) next.add(event);
    setOpen(next);
  };
  return (
    <>
      <Track events={events} offsets={offsets} length={Math.max(1, Number(span.durationNano))} />
      {shown.length === 0 && <p className={classes.none}>{text.noFit}</p>}
      <ol ref={list} className={classes.list}>
        {before > 0 && <li aria-hidden="true" style={{height: before}} />}
        {shown.slice(first, end).map((index, i) => (
          <EventRow
            key={index}
            event={events[index]!}
            offset={format.duration(offsets[index]!)}
            open={open.has(index)}
            onToggle={() => toggle(index)}
            onMeasured={(height) => measured(first + i, height)}
          />
        ))}
        {after > 0 && <li aria-hidden="true" style={{height: after}} />}
      </ol>
      {span.droppedEvents > 0 && <p className={classes.dropped}>{text.dropped(format.count(span.droppedEvents))}</p>}
    </>
  );
}

function firstExceptions(events: readonly SpanEvent[]): ReadonlySet<number> {
  const exceptions = events.flatMap(({name}, i) => (name === 'exception' ? [i] : []));
  // A single event has nothing to be picked from.
  return new Set(events.length === 1 ? [0] : exceptions.slice(0, OPEN_EXCEPTIONS));
}

const fits = (event: SpanEvent, filter: string): boolean =>
  filter === '' ||
  event.name.toLowerCase().includes(filter.toLowerCase()) ||
  event.attributes.some((attribute) => fitsFilter(attribute, filter));

function Track({
  events,
  offsets,
  length,
}: {
  readonly events: readonly SpanEvent[];
  readonly offsets: readonly number[];
  readonly length: number;
}) {
  const dots = useMemo(() => {
    const found = new Map<number, boolean>();
    events.forEach(({name}, i) => {
      const at = Math.round(Math.min(1, Math.max(0, offsets[i]! / length)) * DOTS);
      found.set(at, found.get(at) === true || name === 'exception');
    });
    return [...found];
  }, [events, offsets, length]);
  return (
    <div className={classes.track} aria-hidden="true">
      {dots.map(([at, exception]) => (
        <span key={at} data-exception={exception} style={{left: `${(at / DOTS) * 100}%`}} />
      ))}
    </div>
  );
}

function EventRow({
  event,
  offset,
  open,
  onToggle,
  onMeasured,
}: {
  readonly event: SpanEvent;
  readonly offset: string;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly onMeasured: (height: number) => void;
}) {
  const text = useText(traceText).span;
  const visible = useVisible();
  const row = useRef<HTMLLIElement>(null);
  // Its height is known from when it was last seen.
  useLayoutEffect(() => {
    if (row.current !== null) onMeasured(row.current.offsetHeight);
  });
  const empty = event.attributes.length === 0 && event.droppedAttributes === 0;
  const told = open
    ? ''
    : event.attributes
        .slice(0, TOLD)
        .map(({key, value}) => visible(`${key}=${valueText(value).slice(0, 60)}`))
        .join('  ');
  return (
    <li ref={row} data-exception={event.name === 'exception'} className={classes.event}>
      <button
        type="button"
        className={classes.line}
        aria-expanded={empty ? undefined : open}
        title={empty ? undefined : text.showEvent}
        disabled={empty}
        onClick={onToggle}
        tabIndex={-1}
        data-row-stop="true"
      >
        <span className={classes.chevron}>
          {!empty && (open ? <IconChevronDown size={12} /> : <IconChevronRight size={12} />)}
        </span>
        <span className={classes.offset}>{text.afterStart(offset)}</span>
        <strong>{visible(event.name)}</strong>
        {told !== '' && <span className={classes.told}>{told}</span>}
      </button>
      {open && !empty && <Event event={event} />}
    </li>
  );
}

function Event({event}: {readonly event: SpanEvent}) {
  const find = (key: string): string | undefined => {
    const found = event.attributes.find((attribute) => attribute.key === key);
    return found === undefined ? undefined : valueText(found.value);
  };
  const type = find('exception.type');
  const message = find('exception.message');
  const stack = find('exception.stacktrace');
  const shown = new Set(['exception.type', 'exception.message', 'exception.stacktrace']);
  const rest = event.attributes.filter((attribute) => !shown.has(attribute.key));
  return (
    <div className={classes.opened}>
      {(type !== undefined || message !== undefined) && (
        <p className={classes.exception}>
          {type !== undefined && <b>{visibleBody(type)}</b>}
          {type !== undefined && message !== undefined && ': '}
          {message !== undefined && visibleBody(message)}
        </p>
      )}
      {stack !== undefined && <Stack stack={stack} />}
      {(rest.length > 0 || event.droppedAttributes > 0) && (
        <AttributeTable
          attributes={rest}
          dropped={event.droppedAttributes}
          owner="span"
          at={nanosToMs(event.timeUnixNano)}
        />
      )}
    </div>
  );
}

function Stack({stack}: {readonly stack: string}) {
  const text = useText(traceText);
  const [whole, setWhole] = useState(false);
  const lines = stack.trimEnd().split('\n');
  const shown = whole ? lines : lines.slice(0, SHORT_STACK);
  return (
    <div className={classes.stack}>
      <pre>
        {shown.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text that never changes
          <span key={index} data-foreign={isForeign(line)}>
            {visibleBody(line)}
            {'\n'}
          </span>
        ))}
      </pre>
      <div className={classes.stackTools}>
        {lines.length > SHORT_STACK && (
          <button type="button" onClick={() => setWhole(!whole)}>
            {whole ? text.common.showLess : `${text.common.showMore} (${lines.length - SHORT_STACK})`}
          </button>
        )}
        <CopyAction label={text.span.copyStack} value={stack} icon={<IconCopy size={13} />} size={24} />
      </div>
    </div>
  );
}

/** Frames of libraries and runtimes, which are seldom where the fault is. */
export function isForeign(line: string): boolean {
  return /node:internal|node_modules|site-packages|\/lib\/python|\bat (java|javax|jdk|sun|org\.springframework|io\.netty)\.|\/usr\/local\/go\/src/.test(
    line,
  );
}
