import {TextInput} from '@mantine/core';
import {IconBraces, IconFilter, IconX} from '@tabler/icons-react';
import {keepPreviousData, useQuery} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import {type ReactNode, useState} from 'react';
import {failureOf, queries, type SpanResponse} from '../../../api/index.ts';
import {nanosToMs} from '../../../format/index.ts';
import {useFormat, useText} from '../../../i18n/index.ts';
import {type TraceModel, traceText} from '../../../timeline/index.ts';
import {rangeAround} from '../../../urls/index.ts';
import {CopyAction, FailurePanel, IconAction, LoadingLine, ServiceName} from '../../../widgets/index.ts';
import {AttributeTable} from './attribute-table.tsx';
import {fitsFilter, plainAttributes} from './attribute-text.ts';
import {SpanEvents} from './span-events.tsx';
import {SpanFacts} from './span-facts.tsx';
import {SpanLinks} from './span-links.tsx';
import classes from './span-pane.module.css';

/** Everything that arrived with one span, fetched when it is looked at. */
export function SpanPane({
  model,
  span,
  onClose,
  onGoTo,
}: {
  readonly model: TraceModel;
  readonly span: number;
  readonly onClose: () => void;
  readonly onGoTo: (span: number) => void;
}) {
  const text = useText(traceText);
  const {trace} = model;
  const service = trace.services[trace.spans.service[span]!]!;
  const operation = trace.names[trace.spans.name[span]!]!;
  const range = rangeAround(nanosToMs(trace.startUnixNano));
  const spanId = trace.spans.spanId[span]!;
  const query = useQuery({...queries.span(trace.traceId, spanId), placeholderData: keepPreviousData});
  const details = query.data?.spanId === spanId ? query.data : undefined;
  return (
    <section className={classes.pane} aria-label={text.span.details}>
      <header className={classes.head}>
        <h2 className={classes.title}>
          <Link to="/" search={{service, ...range}} className={classes.way} title={text.common.showTraces(service)}>
            <ServiceName name={service} />
          </Link>
          <Link
            to="/"
            search={{service, operation, ...range}}
            className={classes.name}
            title={text.span.searchOperation(operation)}
          >
            {operation}
          </Link>
        </h2>
        {details !== undefined && (
          <CopyAction
            label={text.span.copyAll}
            icon={<IconBraces size={15} />}
            value={() => JSON.stringify(details, undefined, 2)}
          />
        )}
        <IconAction label={text.span.close} keys="Esc" icon={<IconX size={15} />} size={24} onClick={onClose} />
      </header>
      <LoadingLine active={query.isFetching} />
      <div className={classes.scroller}>
        <SpanFacts model={model} span={span} details={details} onGoTo={onGoTo} />
        {query.isError && <FailurePanel failure={failureOf(query.error)} onRetry={() => void query.refetch()} />}
        {details !== undefined && <Sections span={details} />}
      </div>
    </section>
  );
}

function Sections({span}: {readonly span: SpanResponse}) {
  const text = useText(traceText).span;
  const format = useFormat();
  const [filter, setFilter] = useState('');
  const fits = (attributes: SpanResponse['attributes']) =>
    filter.trim() === '' ? attributes : attributes.filter((attribute) => fitsFilter(attribute, filter));
  const range = rangeAround(nanosToMs(span.startUnixNano));
  const attributes = fits(span.attributes);
  const resource = fits(span.resource.attributes);
  return (
    <>
      {span.events.length + span.droppedEvents > 0 && (
        <Section title={text.events} count={format.count(span.events.length)}>
          <SpanEvents span={span} />
        </Section>
      )}
      {span.links.length + span.droppedLinks > 0 && (
        <Section title={text.links} count={format.count(span.links.length)}>
          <SpanLinks span={span} />
        </Section>
      )}
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
        title={text.attributes}
        count={format.count(span.attributes.length)}
        copy={() => JSON.stringify(plainAttributes(span.attributes), undefined, 2)}
      >
        {attributes.length === 0 && (
          <p className={classes.none}>{span.attributes.length === 0 ? text.noAttributes : text.noFit}</p>
        )}
        <AttributeTable attributes={attributes} dropped={span.droppedAttributes} range={range} />
      </Section>
      <Section
        title={text.resource}
        count={format.count(span.resource.attributes.length)}
        copy={() => JSON.stringify(plainAttributes(span.resource.attributes), undefined, 2)}
      >
        <AttributeTable attributes={resource} dropped={span.resource.droppedAttributes} range={range} />
        {span.resource.schemaUrl !== '' && (
          <p className={classes.none}>
            {text.schema} <code>{span.resource.schemaUrl}</code>
          </p>
        )}
      </Section>
      <Section title={text.scope}>
        <p className={classes.scope}>
          <code>{span.scope.name === '' ? '–' : span.scope.name}</code> {span.scope.version}
        </p>
        <AttributeTable attributes={span.scope.attributes} dropped={span.scope.droppedAttributes} />
        {span.scope.schemaUrl !== '' && (
          <p className={classes.none}>
            {text.schema} <code>{span.scope.schemaUrl}</code>
          </p>
        )}
      </Section>
    </>
  );
}

function Section({
  title,
  count,
  copy,
  children,
}: {
  readonly title: string;
  readonly count?: string;
  readonly copy?: () => string;
  readonly children: ReactNode;
}) {
  const text = useText().common;
  return (
    <div className={classes.section}>
      <details open>
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
