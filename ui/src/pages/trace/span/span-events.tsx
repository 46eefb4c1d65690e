import {IconCopy} from '@tabler/icons-react';
import {useState} from 'react';
import type {SpanEvent, SpanResponse} from '../../../api/index.ts';
import {useFormat, useText} from '../../../i18n/index.ts';
import {traceText} from '../../../timeline/index.ts';
import {CopyAction} from '../../../widgets/index.ts';
import {AttributeTable} from './attribute-table.tsx';
import {valueText} from './attribute-text.ts';
import classes from './span-events.module.css';

/** Stacks longer than this many lines are shortened until asked for. */
const SHORT_STACK = 12;

/** The events on a small timeline of the span, then one by one; exceptions with their stack. */
export function SpanEvents({span}: {readonly span: SpanResponse}) {
  const text = useText(traceText).span;
  const format = useFormat();
  const start = BigInt(span.startUnixNano);
  const length = Math.max(1, Number(span.durationNano));
  const offset = (event: SpanEvent): number => Number(BigInt(event.timeUnixNano) - start);
  return (
    <>
      <div className={classes.track} aria-hidden="true">
        {span.events.map((event, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: events have no name of their own and never change
            key={index}
            data-exception={event.name === 'exception'}
            style={{left: `${Math.min(100, Math.max(0, (offset(event) / length) * 100))}%`}}
          />
        ))}
      </div>
      <ol className={classes.list}>
        {span.events.map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no name of their own and never change
          <li key={index} data-exception={event.name === 'exception'}>
            <span className={classes.offset}>{text.afterStart(format.duration(offset(event)))}</span>
            <strong>{event.name}</strong>
            <Event event={event} />
          </li>
        ))}
      </ol>
      {span.droppedEvents > 0 && <p className={classes.dropped}>{text.dropped(format.count(span.droppedEvents))}</p>}
    </>
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
    <>
      {(type !== undefined || message !== undefined) && (
        <p className={classes.exception}>
          {type !== undefined && <b>{type}</b>}
          {type !== undefined && message !== undefined && ': '}
          {message}
        </p>
      )}
      {stack !== undefined && <Stack stack={stack} />}
      {(rest.length > 0 || event.droppedAttributes > 0) && (
        <AttributeTable attributes={rest} dropped={event.droppedAttributes} />
      )}
    </>
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
            {line}
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
        <CopyAction label={text.span.copyStack} value={stack} icon={<IconCopy size={13} />} size={20} />
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
