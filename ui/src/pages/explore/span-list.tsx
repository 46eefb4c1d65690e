import {type RefObject, useEffect, useMemo, useRef, useState} from 'react';
import type {ListedSpan, SpanListResponse} from '../../api/index.ts';
import {rememberList, useSeen, View} from '../../frame/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {DataTable} from '../../table/index.ts';
import {Segmented} from '../../widgets/index.ts';
import {ColumnPicker} from './column-picker.tsx';
import {GroupPicker} from './group-picker.tsx';
import {NoMatch} from './no-match.tsx';
import type {ResultsProps} from './result-kinds.ts';
import {attributeColumn, spanColumns} from './span-columns.tsx';
import {spanText} from './span-text/index.ts';
import {NowProvider} from './trace-columns.tsx';
import {useKeptPlace} from './use-kept-place.ts';
import {spanOrder, useSpans} from './use-spans.ts';
import {useUnasked} from './use-unasked.tsx';
import {WhileReading} from './while-reading.tsx';

const TWO_LINES_BELOW = 620;

/** A span, and what tells its row from every other: two spans may have the same ids. */
export interface SpanRow {
  readonly id: string;
  readonly span: ListedSpan;
}

/** The first spans that fit, each leading to itself in its trace. */
export function SpanList({asked, entry, title, bar, down, onChange}: ResultsProps) {
  const [hold, setHold] = useState(false);
  const query = useSpans(asked, entry, hold);
  const table = {asked, entry, down, onChange};
  const unasked = useUnasked(asked.question, onChange);
  return (
    <View
      title={title}
      heading="hidden"
      bar={bar}
      unasked={unasked}
      answer={query}
      busy={asked.context.live !== true}
      // As what follows it, so that a menu opened before the answer stays open when it comes.
      skeleton={
        <WhileReading old={false} onHold={setHold}>
          <SpanTable {...table} data={undefined} old />
        </WhileReading>
      }
      empty={({spans}) =>
        spans.length === 0 && !query.isPlaceholderData ? (
          <NoMatch of="spans" asked={asked} onChange={onChange} />
        ) : undefined
      }
    >
      {(data) => (
        <WhileReading old={query.isPlaceholderData} onHold={setHold}>
          <SpanTable {...table} data={data} old={query.isPlaceholderData} />
        </WhileReading>
      )}
    </View>
  );
}

function SpanTable({
  asked,
  entry,
  down,
  data,
  old,
  onChange,
}: Pick<ResultsProps, 'asked' | 'entry' | 'down' | 'onChange'> & {
  readonly data: SpanListResponse | undefined;
  readonly old: boolean;
}) {
  const all = useText(spanText);
  const text = all.spans;
  const format = useFormat();
  const seen = useSeen();
  const scroller = useRef<HTMLDivElement>(null);
  const {url, context} = asked;
  const order = spanOrder(asked);
  const rows = useMemo(() => data && rowsOf(data.spans), [data]);
  useKeptPlace(scroller, entry, old);
  useEffect(() => {
    if (old || data === undefined) return;
    const traceIds = [...new Set(data.spans.map(({traceId}) => traceId))];
    rememberList({href: location.pathname + location.search, traceIds});
  }, [data, old]);
  useDown(down, scroller);

  const keys = url.column ?? none;
  const columns = useMemo(() => {
    const longest = rows?.reduce((most, {span}) => Math.max(most, Number(span.durationNano)), 1) ?? 1;
    return spanColumns(all, longest, keys);
  }, [rows, all, keys]);
  const chosen = [
    ...(url.columns?.split(',') ?? columns.filter(({hidden}) => hidden !== true).map(({id}) => id)),
    ...keys.map(attributeColumn),
  ].join();
  const choose = (ids: string | undefined): void => {
    const left = ids?.split(',');
    const own = left?.filter((id) => !keys.map(attributeColumn).includes(id)).join();
    onChange({columns: own, column: left && keys.filter((key) => left.includes(attributeColumn(key)))}, 'replace');
  };
  return (
    <NowProvider interval={context.live ? 1_000 : 10_000}>
      <DataTable
        id="spans"
        label={text.list}
        columns={columns}
        rows={rows}
        rowId={rowId}
        height={{one: 30, two: 48}}
        twoLinesBelow={TWO_LINES_BELOW}
        sort={{column: order === 'longest' ? 'duration' : 'start', up: false}}
        onSort={({column}) => onChange({sort: column === 'duration' ? 'longest' : undefined}, 'replace')}
        sorted
        chosen={chosen}
        onChosen={choose}
        pageKeys={!old}
        mark={({id, span}) => ({seen: seen.has(id), tone: span.status.code === 'error' ? 'bad' : undefined})}
        scroller={scroller}
        counted={
          data === undefined
            ? ''
            : data.more
              ? text.first[order](format.count(data.spans.length))
              : all.common.spans(data.spans.length, format.count(data.spans.length))
        }
        tools={
          <>
            <Segmented
              label={text.order}
              value={order}
              choices={(['newest', 'longest'] as const).map((value) => ({value, label: text.orders[value]}))}
              onChange={(value) => onChange({sort: value === 'longest' ? value : undefined}, 'replace')}
            />
            <GroupPicker asked={asked} onChange={onChange} />
            <ColumnPicker asked={asked} onChange={onChange} />
          </>
        }
      />
    </NowProvider>
  );
}

const none: readonly string[] = [];
const rowId = ({id}: SpanRow): string => id;

function rowsOf(spans: readonly ListedSpan[]): readonly SpanRow[] {
  const times = new Map<string, number>();
  return spans.map((span) => {
    const id = `${span.traceId}-${span.spanId}`;
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    return {id: before === 0 ? id : `${id}-${before}`, span};
  });
}

/** Leads from the query bar into the first row. */
export function useDown(down: RefObject<() => void>, scroller: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    down.current = () => scroller.current?.querySelector<HTMLElement>('[data-index="0"] [data-main]')?.focus();
  }, [down, scroller]);
}
