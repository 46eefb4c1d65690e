import {Link} from '@tanstack/react-router';
import type {ListedSpan} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {markSeen, thingOf} from '../../frame/index.ts';
import {type ShellText, useVisible} from '../../i18n/index.ts';
import type {Column, MainProps} from '../../table/index.ts';
import {ServiceName} from '../../widgets/index.ts';
import classes from './span-columns.module.css';
import type {SpanRow} from './span-list.tsx';
import type {SpanText} from './span-text/index.ts';
import {DurationBar, Started} from './trace-columns.tsx';

/** The column of an attribute: a key may have commas, which part the ids in an address. */
export const attributeColumn = (key: string): string => `attribute.${encodeURIComponent(key)}`;

/** What a span is, how long it took and when, and the attributes that a reader asks for. */
export function spanColumns(
  {spans: text}: ShellText & SpanText,
  longest: number,
  keys: readonly string[],
): readonly Column<SpanRow>[] {
  const {columns, statuses, kinds} = text;
  return [
    {
      id: 'span',
      header: columns.span,
      width: {share: 5, min: 200},
      draw: ({id, span}, main) => <Name span={span} id={id} main={main} />,
    },
    {
      id: 'duration',
      header: columns.duration,
      sortable: true,
      width: {share: 3, min: 96},
      draw: ({span}) => (
        <DurationBar
          duration={Number(span.durationNano)}
          longest={longest}
          tone={span.status.code === 'error' ? 'failed' : undefined}
        />
      ),
    },
    {
      id: 'start',
      header: columns.start,
      sortable: true,
      width: {fixed: 84},
      draw: ({span}) => <Started at={nanosToMs(span.startUnixNano)} />,
    },
    {
      id: 'status',
      header: columns.status,
      width: {fixed: 76},
      rank: 2,
      draw: ({span: {status}}) => (
        <span
          className={classes.quiet}
          data-status={status.code}
          title={status.message === '' ? undefined : status.message}
          {...thingOf({kind: 'field', field: 'status', value: status.code}, {button: false})}
        >
          {status.code === 'unset' ? '–' : statuses[status.code]}
        </span>
      ),
    },
    {
      id: 'kind',
      header: columns.kind,
      width: {fixed: 88},
      rank: 3,
      draw: ({span: {kind}}) => (
        <span className={classes.quiet} {...thingOf({kind: 'field', field: 'kind', value: kind}, {button: false})}>
          {kinds[kind]}
        </span>
      ),
    },
    {
      id: 'traceId',
      header: columns.traceId,
      hidden: true,
      width: {share: 2, min: 120},
      rank: 4,
      draw: ({span: {traceId}}) => (
        <span className={classes.mono} {...thingOf({kind: 'trace', traceId}, {button: false})}>
          {traceId}
        </span>
      ),
    },
    ...keys.map(
      (key): Column<SpanRow> => ({
        id: attributeColumn(key),
        header: key,
        width: {share: 2, min: 90},
        rank: 1,
        draw: ({span}) => <Value name={key} value={span.attributes[key]} />,
      }),
    ),
  ];
}

/** Whose span it is, and its name: the link to the span in its trace. */
function Name({span, id, main}: {readonly span: ListedSpan; readonly id: string; readonly main: MainProps}) {
  const visible = useVisible();
  const {traceId, spanId, service, name} = span;
  return (
    <Link
      {...main}
      to="/trace/$traceId"
      params={{traceId}}
      search={{span: spanId}}
      className={`${main.className ?? ''} ${classes.name}`}
      onClick={() => markSeen(id)}
      {...thingOf({kind: 'span', traceId, spanId}, {button: false})}
    >
      <span className={classes.of} {...thingOf({kind: 'service', service}, {button: false})}>
        <ServiceName name={service} strong titled={false} />
      </span>
      <bdi className={classes.operation}>{visible(name)}</bdi>
    </Link>
  );
}

function Value({name, value}: {readonly name: string; readonly value: string | undefined}) {
  const visible = useVisible();
  if (value === undefined) return <span className={classes.quiet}>–</span>;
  return (
    <bdi className={classes.mono} {...thingOf({kind: 'attribute', key: name, value, owner: 'span'}, {button: false})}>
      {visible(value)}
    </bdi>
  );
}
