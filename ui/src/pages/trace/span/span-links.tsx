import {IconArrowUpRight} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import type {SpanResponse} from '../../../api/index.ts';
import {useFormat, useText} from '../../../i18n/index.ts';
import {traceText} from '../../../timeline/index.ts';
import {AttributeTable} from './attribute-table.tsx';
import classes from './span-links.module.css';

/** Spans of this or other traces that this one names. */
export function SpanLinks({span}: {readonly span: SpanResponse}) {
  const text = useText(traceText).span;
  const format = useFormat();
  return (
    <>
      <ul className={classes.list}>
        {span.links.map((link, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two links may be equal; they never change
          <li key={index}>
            <Link
              to="/trace/$traceId"
              params={{traceId: link.traceId}}
              search={{span: link.spanId}}
              className={classes.link}
              title={text.openLinked}
            >
              <code>{link.traceId === span.traceId ? text.sameTrace : link.traceId}</code>
              <span>
                {text.linkedSpan} <code>{link.spanId}</code>
              </span>
              <IconArrowUpRight size={13} aria-hidden="true" />
            </Link>
            {link.traceState !== '' && <code className={classes.state}>{link.traceState}</code>}
            <AttributeTable attributes={link.attributes} dropped={link.droppedAttributes} />
          </li>
        ))}
      </ul>
      {span.droppedLinks > 0 && <p className={classes.dropped}>{text.dropped(format.count(span.droppedLinks))}</p>}
    </>
  );
}
