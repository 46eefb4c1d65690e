import {Link} from '@tanstack/react-router';
import {useEffect, useMemo, useState} from 'react';
import type {TempoSearchResponse} from '../../../api/index.ts';
import {nanosToMs} from '../../../format/index.ts';
import {markSeen, rememberList, thingOf, useSeen} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {type Column, DataTable, type MainProps} from '../../../table/index.ts';
import type {RangeUrl} from '../../../urls/index.ts';
import {ServiceName} from '../../../widgets/index.ts';
import {spanColumns} from '../span-columns.tsx';
import {spanText} from '../span-text/index.ts';
import {DurationBar, NowProvider, Started} from '../trace-columns.tsx';
import type {Asked, ChangeAsked} from '../use-explore-url.ts';
import {columnKeys, type FoundGroup, type FoundSpan, type FoundTrace, groupRows, spanRows, traceRows} from './found.ts';
import {SpansetBar, SpansetPlot, SpansetShares} from './spanset-head.tsx';
import {traceqlText} from './text/index.ts';
import classes from './traceql.module.css';
import type {Spansets} from './use-spansets.ts';

const TWO_LINES_BELOW = 620;
const height = {one: 30, two: 48};

interface SpansetProps {
  readonly data: TempoSearchResponse;
  readonly found: Spansets;
  readonly q: string;
  readonly url: Asked['url'];
  readonly range: RangeUrl;
  /** Key of the entry in the browser's history. */
  readonly entry: string;
  readonly live: boolean;
  readonly limit: number;
  readonly shown: string;
  readonly columns: readonly string[];
  readonly onChange: ChangeAsked;
}

/** Traces that fit, their spans, or these in groups: three views of one answer. */
export function SpansetResults({data: {traces}, found, live, limit, shown, columns, ...asked}: SpansetProps) {
  const {q, url, range, entry, onChange} = asked;
  const [hovered, setHovered] = useState<string | undefined>();
  const rows = useMemo(() => traceRows(traces), [traces]);
  useEffect(() => {
    rememberList({href: location.pathname + location.search, traceIds: rows.map(({id}) => id)});
  }, [rows]);
  const ofTraces = shown === 'traces';
  return (
    <NowProvider interval={live ? 1_000 : 10_000}>
      <div className={classes.answer}>
        {ofTraces && <SpansetPlot rows={rows} found={found} hovered={hovered} {...{q, url, range, onChange}} />}
        <SpansetBar
          count={traces.length}
          isMore={traces.length >= limit}
          found={found}
          shares={ofTraces}
          url={url}
          onChange={onChange}
        />
        {ofTraces && url.against !== undefined && (
          <SpansetShares against={url.against} {...{q, range, entry, onChange}} />
        )}
        {shown === 'spans' ? (
          <Spans traces={traces} selected={columns} />
        ) : shown === 'groups' ? (
          <Groups traces={traces} />
        ) : (
          <Traces rows={rows} fresh={found.fresh} onHover={setHovered} />
        )}
      </div>
    </NowProvider>
  );
}

type Traces = TempoSearchResponse['traces'];

function Traces({
  rows,
  fresh,
  onHover,
}: {
  readonly rows: readonly FoundTrace[];
  readonly fresh: ReadonlySet<string>;
  readonly onHover: (traceId: string | undefined) => void;
}) {
  const text = useText(traceqlText).results;
  const format = useFormat();
  const seen = useSeen();
  const names = useText(spanText).spans.columns;
  const columns = useMemo((): readonly Column<FoundTrace>[] => {
    const longest = rows.reduce((most, {durationNano}) => Math.max(most, durationNano), 1);
    const figure = (
      id: string,
      header: string,
      value: (row: FoundTrace) => number,
      hint?: string,
    ): Column<FoundTrace> => ({
      id,
      header,
      hint,
      value,
      align: 'end',
      width: {fixed: 76},
      draw: (row) => format.count(value(row)),
    });
    return [
      {
        id: 'trace',
        header: text.traces,
        width: {share: 6, min: 240},
        draw: (row, main) => <TraceName row={row} main={main} />,
      },
      {
        id: 'duration',
        header: names.duration,
        value: ({durationNano}) => durationNano,
        width: {share: 2, min: 96},
        draw: ({durationNano, errors}) => (
          <DurationBar duration={durationNano} longest={longest} tone={errors > 0 ? 'failed' : undefined} />
        ),
      },
      {
        id: 'start',
        header: names.start,
        value: ({start}) => nanosToMs(start),
        width: {fixed: 84},
        draw: ({start}) => <Started at={nanosToMs(start)} />,
      },
      figure('fit', text.fit, ({fit}) => fit, text.fitHint),
      {...figure('spans', text.groupSpans, ({spans}) => spans), rank: 2},
      {...figure('errors', text.errors, ({errors}) => errors), rank: 3},
    ];
  }, [rows, text, names, format]);
  return (
    <DataTable
      id="traceql-traces"
      label={text.traces}
      columns={columns}
      rows={rows}
      rowId={({id}) => id}
      height={height}
      twoLinesBelow={TWO_LINES_BELOW}
      {...useSorting()}
      pageKeys
      mark={({id, errors}) => ({seen: seen.has(id), fresh: fresh.has(id), tone: errors > 0 ? 'bad' : undefined})}
      onHover={(row) => onHover(row?.id)}
    />
  );
}

function useSorting() {
  const [sort, onSort] = useState<{readonly column: string; readonly up: boolean} | undefined>();
  return {sort, onSort};
}

function TraceName({row: {id, service, name}, main}: {readonly row: FoundTrace; readonly main: MainProps}) {
  const visible = useVisible();
  return (
    <Link
      {...main}
      to="/trace/$traceId"
      params={{traceId: id}}
      onClick={() => markSeen(id)}
      {...thingOf({kind: 'trace', traceId: id}, {button: false})}
    >
      <ServiceName name={service} strong titled={false} /> <bdi>{name === undefined ? '' : visible(name)}</bdi>
    </Link>
  );
}

function Spans({traces, selected}: {readonly traces: Traces; readonly selected: readonly string[]}) {
  const all = useText(spanText);
  const text = useText(traceqlText).results;
  const format = useFormat();
  const seen = useSeen();
  const rows = useMemo(() => spanRows(traces), [traces]);
  const matched = traces.flatMap(({spanSets}) => spanSets).reduce((sum, set) => sum + set.matched, 0);
  const isCut = traces.some(({spanSets}) => spanSets.some((set) => set.matched > set.spans.length));
  const columns = useMemo(() => {
    const longest = rows.reduce((most, {span}) => Math.max(most, Number(span.durationNano)), 1);
    return spanColumns(all, longest, columnKeys(rows, selected)).map((column): Column<FoundSpan> => {
      const value = sortedBy(column.id);
      const {sortable: _, ...rest} = column;
      return value === undefined ? rest : {...rest, value};
    });
  }, [rows, all, selected]);
  return (
    <>
      {isCut && <p className={classes.note}>{text.cut(format.count(rows.length), format.count(matched))}</p>}
      <DataTable
        id="traceql-spans"
        label={text.spans}
        columns={columns}
        rows={rows}
        rowId={({id}) => id}
        height={height}
        twoLinesBelow={TWO_LINES_BELOW}
        {...useSorting()}
        pageKeys
        mark={({id, span}) => ({seen: seen.has(id), tone: span.status.code === 'error' ? 'bad' : undefined})}
      />
    </>
  );
}

/** What a column is sorted by: numbers by their size. */
function sortedBy(column: string): Column<FoundSpan>['value'] {
  if (column === 'duration') return ({span}) => Number(span.durationNano);
  if (column === 'start') return ({span}) => nanosToMs(span.startUnixNano);
  if (!column.startsWith('attribute.')) return undefined;
  const key = decodeURIComponent(column.slice('attribute.'.length));
  return ({span}) => {
    const text = span.attributes[key];
    return text !== undefined && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  };
}

type GroupLine = FoundGroup | FoundSpan;

function Groups({traces}: {readonly traces: Traces}) {
  const text = useText(traceqlText).results;
  const format = useFormat();
  const visible = useVisible();
  const rows = useMemo(() => groupRows(traces), [traces]);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const columns = useMemo((): readonly Column<GroupLine>[] => {
    const longest = rows.reduce((most, {longestNano}) => Math.max(most, longestNano), 1);
    const names = rows[0]?.values.map(({by}) => by).join(', ') ?? text.group;
    const figure = (id: string, header: string, value: (group: FoundGroup) => number): Column<GroupLine> => ({
      id,
      header,
      align: 'end',
      width: {fixed: 84},
      value: (row) => ('span' in row ? undefined : value(row)),
      draw: (row) => ('span' in row ? undefined : format.count(value(row))),
    });
    return [
      {
        id: 'group',
        header: names,
        width: {share: 5, min: 220},
        draw: (row, main) =>
          'span' in row ? (
            <SpanName row={row} main={main} />
          ) : (
            <span {...main} className={`${main.className ?? ''} ${classes.name}`}>
              {row.values.map(({value}) => (value === undefined ? text.noGroup : visible(value))).join(' · ')}
            </span>
          ),
      },
      figure('spans', text.groupSpans, ({fit}) => fit),
      figure('traces', text.groupTraces, ({traces: of}) => of),
      {
        id: 'longest',
        header: text.longest,
        width: {share: 2, min: 96},
        value: (row) => ('span' in row ? Number(row.span.durationNano) : row.longestNano),
        draw: (row) => (
          <DurationBar
            duration={'span' in row ? Number(row.span.durationNano) : row.longestNano}
            longest={longest}
            tone={undefined}
          />
        ),
      },
      {
        id: 'mean',
        header: text.mean,
        align: 'end',
        rank: 1,
        width: {fixed: 90},
        value: (row) => ('span' in row ? undefined : row.meanNano),
        draw: (row) => ('span' in row ? undefined : format.duration(row.meanNano)),
      },
    ];
  }, [rows, text, format, visible]);
  return (
    <DataTable<GroupLine>
      id="traceql-groups"
      label={text.groups}
      columns={columns}
      rows={rows}
      rowId={({id}) => id}
      rowName={(row) => ('span' in row ? row.span.name : row.values.map(({value}) => value ?? text.noGroup).join(', '))}
      height={height}
      {...useSorting()}
      pageKeys
      expansion={{
        open,
        onToggle: (id, isOpen) => setOpen(new Set(isOpen ? [...open, id] : [...open].filter((one) => one !== id))),
        below: (row) => ('span' in row ? undefined : row.rows),
      }}
    />
  );
}

function SpanName({row: {id, span}, main}: {readonly row: FoundSpan; readonly main: MainProps}) {
  const visible = useVisible();
  const {traceId, spanId, service, name} = span;
  return (
    <Link
      {...main}
      to="/trace/$traceId"
      params={{traceId}}
      search={{span: spanId}}
      onClick={() => markSeen(id)}
      {...thingOf({kind: 'span', traceId, spanId}, {button: false})}
    >
      <ServiceName name={service} titled={false} /> <bdi>{visible(name)}</bdi>
    </Link>
  );
}
