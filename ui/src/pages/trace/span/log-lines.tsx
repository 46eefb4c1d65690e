import {IconArrowRight, IconChevronDown, IconChevronRight} from '@tabler/icons-react';
import {type ReactNode, useState} from 'react';
import type {LogLine} from '../../../api/index.ts';
import {visibleBody} from '../../../format/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {type TraceModel, timeOfLine, traceText} from '../../../timeline/index.ts';
import {IconAction, ServiceName} from '../../../widgets/index.ts';
import {AttributeTable} from './attribute-table.tsx';
import {valueText} from './attribute-text.ts';
import classes from './log-lines.module.css';

/** Log lines by their time since `since` (nanoseconds after the trace's start); each unfolds into all that was sent with it. */
export function LogLines({
  model,
  lines,
  since = 0,
  onGoTo,
}: {
  readonly model: TraceModel;
  readonly lines: readonly LogLine[];
  readonly since?: number;
  /** To a line's span; without it, all lines are of one span, and nothing is said of whose they are. */
  readonly onGoTo?: (span: number) => void;
}) {
  const text = useText(traceText).span;
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (line: number): void => {
    const next = new Set(open);
    if (!next.delete(line)) next.add(line);
    setOpen(next);
  };
  return (
    <ol className={classes.list} aria-label={text.logs}>
      {lines.map((line, index) => (
        <Line
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id, and stand in the order of their time
          key={index}
          line={line}
          at={timeOfLine(model, line) - since}
          open={open.has(index)}
          onToggle={() => toggle(index)}
          whose={onGoTo !== undefined && <Whose model={model} line={line} onGoTo={onGoTo} />}
        />
      ))}
    </ol>
  );
}

function Line({
  line,
  at,
  open,
  onToggle,
  whose,
}: {
  readonly line: LogLine;
  readonly at: number;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly whose: ReactNode;
}) {
  const text = useText(traceText);
  const format = useFormat();
  const visible = useVisible();
  const body = bodyOf(line);
  const severity = line.severity === 'unspecified' ? line.severityText : text.trace.logs.severities[line.severity];
  return (
    <li className={classes.item} data-severity={line.severity}>
      <div className={classes.row}>
        <button
          type="button"
          className={classes.line}
          aria-expanded={open}
          onClick={onToggle}
          data-row-stop="true"
          title={line.severityText === '' ? undefined : text.span.asSent(visible(line.severityText))}
        >
          <span className={classes.chevron}>
            {open ? <IconChevronDown size={12} /> : <IconChevronRight size={12} />}
          </span>
          <span className={classes.time}>{text.span.afterStart(format.duration(at))}</span>
          <span className={classes.severity}>{visible(severity)}</span>
          <bdi className={classes.body}>{visible(body.slice(0, 500))}</bdi>
        </button>
        {whose}
      </div>
      {open && (
        <div className={classes.opened}>
          <pre className={classes.whole}>{visibleBody(body)}</pre>
          {line.scope !== '' && <p className={classes.scope}>{visible(line.scope)}</p>}
          {(line.attributes.length > 0 || line.droppedAttributes > 0) && (
            // Traces are not looked for by what their log lines have: these attributes are only to be copied.
            <AttributeTable attributes={line.attributes} dropped={line.droppedAttributes} owner="span" />
          )}
        </div>
      )}
    </li>
  );
}

/** What a line says; one without a body has the name of its event. */
export const bodyOf = ({body, eventName}: LogLine): string =>
  body.type === 'empty' ? eventName : body.type === 'map' || body.type === 'array' ? compact(body) : valueText(body);

/** On one line. */
const compact = (body: LogLine['body']): string => JSON.stringify(JSON.parse(valueText(body)));

function Whose({
  model: {trace, layout},
  line: {spanId, service},
  onGoTo,
}: {
  readonly model: TraceModel;
  readonly line: LogLine;
  readonly onGoTo: (span: number) => void;
}) {
  const text = useText(traceText).trace.logs;
  const visible = useVisible();
  const span = layout.indexOf.get(spanId);
  return (
    <span className={classes.whose}>
      <ServiceName name={service} />
      {span === undefined ? (
        <span className={classes.noSpan} title={text.noSpan} />
      ) : (
        <IconAction
          label={text.toSpan(visible(trace.names[trace.spans.name[span]!]!))}
          icon={<IconArrowRight size={14} />}
          size={24}
          onClick={() => onGoTo(span)}
        />
      )}
    </span>
  );
}
