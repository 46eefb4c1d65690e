import {TextInput} from '@mantine/core';
import {IconArrowUpRight, IconBraces, IconFilter, IconX} from '@tabler/icons-react';
import {keepPreviousData, useQuery} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import {type ReactNode, type Ref, type RefObject, useMemo, useRef, useState} from 'react';
import {failureOf, type LogLine, queries, type SpanResponse} from '../../../api/index.ts';
import {nanosToMs} from '../../../format/index.ts';
import {thingOf} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {type TraceModel, traceText} from '../../../timeline/index.ts';
import {linkTo, type PaneEntry} from '../../../urls/index.ts';
import {CopyAction, FailurePanel, IconAction, LoadingLine, ServiceName, useRoving} from '../../../widgets/index.ts';
import {AttributeTable} from './attribute-table.tsx';
import {fitsFilter, plainAttributes} from './attribute-text.ts';
import {LogLines} from './log-lines.tsx';
import {SpanEvents} from './span-events.tsx';
import {SpanFacts} from './span-facts.tsx';
import {SpanLinks} from './span-links.tsx';
import classes from './span-pane.module.css';
import {useRowKeys} from './use-row-keys.ts';

interface SpanPaneProps {
  readonly ref: Ref<HTMLElement>;
  readonly model: TraceModel;
  /** The span's number in the model; undefined where it is of another trace, of which only its own details are known. */
  readonly span: number | undefined;
  /** Log lines of the trace that is shown. */
  readonly lines: readonly LogLine[] | undefined;
  readonly traceId: string;
  readonly spanId: string;
  /** The way here, where it was opened from another span. */
  readonly trail: ReactNode;
  readonly onOpen: (entry: PaneEntry) => void;
  readonly onClose: () => void;
  readonly onGoTo: (span: number) => void;
}

/** Everything that arrived with one span, fetched when it is looked at. */
export function SpanPane({ref, model, span, lines, traceId, spanId, trail, onOpen, onClose, onGoTo}: SpanPaneProps) {
  const text = useText(traceText);
  const query = useQuery({...queries.span(traceId, spanId), placeholderData: keepPreviousData});
  const details = query.data?.spanId === spanId ? query.data : undefined;
  const {trace} = model;
  const service = span === undefined ? details?.service : trace.services[trace.spans.service[span]!]!;
  const operation = span === undefined ? details?.name : trace.names[trace.spans.name[span]!]!;
  const start = span === undefined ? details?.startUnixNano : trace.startUnixNano;
  const at = start === undefined ? undefined : nanosToMs(start);
  const own = useMemo(
    () => (span === undefined ? [] : (lines ?? []).filter((line) => line.spanId === spanId)),
    [lines, span, spanId],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const rowKeys = useRowKeys(scroller);
  return (
    <section ref={ref} tabIndex={-1} className={classes.pane} aria-label={text.span.details} onKeyDown={rowKeys}>
      {trail}
      <header className={classes.head}>
        <h2 className={classes.title}>
          {service !== undefined && operation !== undefined && (
            <Title service={service} operation={operation} at={at} />
          )}
        </h2>
        {span === undefined && (
          <Link {...linkTo({kind: 'span', traceId, spanId})} className={classes.openTrace}>
            {text.span.openTrace}
            <IconArrowUpRight size={13} aria-hidden="true" />
          </Link>
        )}
        {details !== undefined && (
          <CopyAction
            label={text.span.copyAll}
            icon={<IconBraces size={15} />}
            value={() => JSON.stringify(details, undefined, 2)}
          />
        )}
        <IconAction label={text.span.close} icon={<IconX size={15} />} size={24} onClick={onClose} />
      </header>
      <Ways span={details} logs={own.length} scroller={scroller} />
      <LoadingLine active={query.isFetching && details === undefined} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <div ref={scroller} tabIndex={0} className={classes.scroller} data-scroller="true">
        <SpanFacts model={model} span={span} traceId={traceId} details={details} onGoTo={onGoTo} />
        {query.isError && <FailurePanel failure={failureOf(query.error)} onRetry={() => void query.refetch()} />}
        {details !== undefined && (
          <Sections
            key={details.spanId}
            span={details}
            logs={
              own.length > 0 &&
              span !== undefined && <LogLines model={model} lines={own} since={trace.spans.start[span]!} />
            }
            logCount={own.length}
            onOpen={onOpen}
          />
        )}
      </div>
    </section>
  );
}

function Title({
  service,
  operation,
  at,
}: {
  readonly service: string;
  readonly operation: string;
  readonly at: number | undefined;
}) {
  const text = useText(traceText);
  const visible = useVisible();
  const name = visible(operation);
  return (
    <>
      <Link
        {...linkTo({kind: 'service', service}, {at})}
        {...thingOf({kind: 'service', service}, {at, button: false})}
        className={classes.way}
        title={text.common.showTraces(visible(service))}
      >
        <ServiceName name={service} titled={false} />
      </Link>
      <Link
        {...linkTo({kind: 'endpoint', service, operation}, {at})}
        {...thingOf({kind: 'endpoint', service, operation}, {at, button: false})}
        className={classes.name}
        title={text.span.searchOperation(name)}
      >
        <bdi>{name}</bdi>
      </Link>
    </>
  );
}

type SectionName = 'events' | 'logs' | 'attributes' | 'links' | 'resource' | 'scope';

/** What went wrong comes before everything else; where nothing did, attributes say more than events. */
const hasException = (span: SpanResponse): boolean => span.events.some(({name}) => name === 'exception');

/** How much there is of each part, and a way to it: any of them may fill many screens. */
function Ways({
  span,
  logs,
  scroller,
}: {
  readonly span: SpanResponse | undefined;
  readonly logs: number;
  readonly scroller: RefObject<HTMLElement | null>;
}) {
  const text = useText(traceText).span;
  const format = useFormat();
  const bar = useRef<HTMLDivElement>(null);
  const roving = useRoving(bar);
  const counts: readonly (readonly [SectionName, number])[] =
    span === undefined
      ? []
      : [
          ['attributes', span.attributes.length],
          ['events', span.events.length + span.droppedEvents],
          ['logs', logs],
          ['links', span.links.length + span.droppedLinks],
          ['resource', span.resource.attributes.length],
        ];
  const goTo = (name: SectionName): void => {
    const section = scroller.current?.querySelector<HTMLDetailsElement>(`[data-section=${name}]`);
    if (section === null || section === undefined) return;
    section.open = true;
    section.scrollIntoView({block: 'start'});
  };
  return (
    <div ref={bar} role="toolbar" aria-label={text.sections} className={classes.ways} onKeyDown={roving}>
      {counts.map(
        ([name, count]) =>
          count > 0 && (
            <button key={name} type="button" className={classes.wayTo} onClick={() => goTo(name)}>
              {text[name]} <span className={classes.count}>{format.count(count)}</span>
            </button>
          ),
      )}
    </div>
  );
}

function Sections({
  span,
  logs,
  logCount,
  onOpen,
}: {
  readonly span: SpanResponse;
  /** What is drawn of its log lines, if it has any. */
  readonly logs: ReactNode;
  readonly logCount: number;
  readonly onOpen: (entry: PaneEntry) => void;
}) {
  const text = useText(traceText).span;
  const format = useFormat();
  const [filter, setFilter] = useState('');
  const wanted = filter.trim();
  const fits = (attributes: SpanResponse['attributes']) =>
    wanted === '' ? attributes : attributes.filter((attribute) => fitsFilter(attribute, wanted));
  const at = nanosToMs(span.startUnixNano);
  const attributes = fits(span.attributes);
  const resource = fits(span.resource.attributes);
  const events = span.events.length + span.droppedEvents > 0 && (
    <Section name="events" title={text.events} count={format.count(span.events.length)}>
      <SpanEvents span={span} filter={wanted} />
    </Section>
  );
  const lines = logCount > 0 && (
    <Section name="logs" title={text.logs} count={format.count(logCount)}>
      {logs}
    </Section>
  );
  const failed = hasException(span);
  return (
    <>
      {failed && events}
      {failed && lines}
      <TextInput
        size="xs"
        my={8}
        aria-label={text.filter}
        placeholder={text.filter}
        value={filter}
        spellCheck={false}
        leftSection={<IconFilter size={13} />}
        onChange={(event) => setFilter(event.currentTarget.value)}
      />
      <Section
        name="attributes"
        title={text.attributes}
        count={format.count(span.attributes.length)}
        copy={() => JSON.stringify(plainAttributes(span.attributes), undefined, 2)}
      >
        {attributes.length === 0 && (
          <p className={classes.none}>{span.attributes.length === 0 ? text.noAttributes : text.noFit}</p>
        )}
        <AttributeTable attributes={attributes} dropped={span.droppedAttributes} at={at} owner="span" />
      </Section>
      {!failed && events}
      {!failed && lines}
      {span.links.length + span.droppedLinks > 0 && (
        <Section name="links" title={text.links} count={format.count(span.links.length)}>
          <SpanLinks span={span} onOpen={onOpen} />
        </Section>
      )}
      <Section
        name="resource"
        title={text.resource}
        count={format.count(span.resource.attributes.length)}
        copy={() => JSON.stringify(plainAttributes(span.resource.attributes), undefined, 2)}
      >
        <AttributeTable attributes={resource} dropped={span.resource.droppedAttributes} at={at} owner="resource" />
        <Schema url={span.resource.schemaUrl} />
      </Section>
      <Section name="scope" title={text.scope}>
        <p className={classes.scope}>
          <code>{span.scope.name === '' ? '–' : span.scope.name}</code> {span.scope.version}
        </p>
        <AttributeTable attributes={span.scope.attributes} dropped={span.scope.droppedAttributes} owner="span" />
        <Schema url={span.scope.schemaUrl} />
      </Section>
    </>
  );
}

function Schema({url}: {readonly url: string}) {
  const text = useText(traceText).span;
  return (
    url !== '' && (
      <p className={classes.none}>
        {text.schema} <code>{url}</code>
      </p>
    )
  );
}

function Section({
  name,
  title,
  count,
  copy,
  children,
}: {
  readonly name: SectionName;
  readonly title: string;
  readonly count?: string;
  readonly copy?: () => string;
  readonly children: ReactNode;
}) {
  const text = useText().common;
  return (
    <div className={classes.section}>
      <details open data-section={name}>
        <summary>
          {title}
          {count !== undefined && <span className={classes.count}>{count}</span>}
        </summary>
        {children}
      </details>
      {copy !== undefined && (
        <span className={classes.copy}>
          <CopyAction label={`${text.copy}: ${title}`} value={copy} size={24} />
        </span>
      )}
    </div>
  );
}
