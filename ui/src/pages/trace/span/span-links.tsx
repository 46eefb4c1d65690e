import {IconLayersLinked} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import type {SpanResponse} from '../../../api/index.ts';
import {thingOf} from '../../../frame/index.ts';
import {useFormat, useText} from '../../../i18n/index.ts';
import {traceText} from '../../../timeline/index.ts';
import {linkTo, type PaneEntry} from '../../../urls/index.ts';
import {AttributeTable} from './attribute-table.tsx';
import classes from './span-links.module.css';

/** Spans of this or other traces that this one names. A click lays the other span on this one; its trace is one step further. */
export function SpanLinks({span, onOpen}: {readonly span: SpanResponse; readonly onOpen: (entry: PaneEntry) => void}) {
  const text = useText(traceText).span;
  const format = useFormat();
  return (
    <>
      <ul className={classes.list}>
        {span.links.map((link, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two links may be equal; they never change
          <li key={index}>
            <Link
              {...linkTo({kind: 'span', traceId: link.traceId, spanId: link.spanId})}
              {...thingOf({kind: 'span', traceId: link.traceId, spanId: link.spanId}, {button: false})}
              className={classes.link}
              title={text.openLinked}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                onOpen({kind: 'span', traceId: link.traceId, spanId: link.spanId});
              }}
            >
              <IconLayersLinked size={14} aria-hidden="true" />
              <code>{link.traceId === span.traceId ? text.sameTrace : link.traceId}</code>
              <span>
                {text.linkedSpan} <code>{link.spanId}</code>
              </span>
            </Link>
            {link.traceState !== '' && <code className={classes.state}>{link.traceState}</code>}
            <AttributeTable attributes={link.attributes} dropped={link.droppedAttributes} owner="span" />
          </li>
        ))}
      </ul>
      {span.droppedLinks > 0 && <p className={classes.dropped}>{text.dropped(format.count(span.droppedLinks))}</p>}
    </>
  );
}
