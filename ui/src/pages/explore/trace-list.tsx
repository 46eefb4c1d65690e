import {type RefObject, useEffect, useMemo, useRef} from 'react';
import type {TraceSummary} from '../../api/index.ts';
import {rememberList, useCommands, useSeen} from '../../frame/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {DataTable, type SortState, tableCommands} from '../../table/index.ts';
import type {Order} from '../../urls/index.ts';
import {exploreText} from './text/index.ts';
import {columnOf, NowProvider, orderOf, traceColumns} from './trace-columns.tsx';
import {useKeptPlace} from './use-kept-place.ts';
import {StatusProvider, useResponseStatuses} from './use-response-statuses.ts';

const rowHeight = {one: 30, two: 48};
const TWO_LINES_BELOW = 620;

/** The traces found, one row each. */
export function TraceList({
  scroller,
  traces,
  entry,
  old,
  fresh,
  live,
  order,
  down,
  onOrder,
  onScroll,
  onHover,
}: {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly traces: readonly TraceSummary[];
  readonly entry: string;
  /** They answer another search than the one that is being asked. */
  readonly old: boolean;
  readonly fresh: ReadonlySet<string>;
  readonly live: boolean;
  readonly order: Order;
  /** Leads from the fields above into the list. */
  readonly down: RefObject<() => void>;
  readonly onOrder: (order: Order) => void;
  readonly onScroll: () => void;
  readonly onHover: (traceId: string | undefined) => void;
}) {
  const text = useText(exploreText);
  const format = useFormat();
  const seen = useSeen();
  useKeptPlace(scroller, entry, old);
  useEffect(() => {
    if (!old) rememberList({href: location.pathname + location.search, traceIds: traces.map((one) => one.traceId)});
  }, [traces, old]);

  const wanted = useRef(false);
  const enter = (): void => {
    const first = scroller.current?.querySelector<HTMLElement>('[data-index="0"] [data-main]');
    wanted.current = old || first === null;
    if (!old) first?.focus();
  };
  useEffect(() => {
    down.current = enter;
    if (wanted.current && !old) enter();
  });
  // A step that was taken while an answer was awaited leads into that answer, not into the one before.
  useCommands(tableCommands, old ? {next: enter, previous: enter} : {});

  const columns = useMemo(() => {
    const longest = traces.reduce((most, trace) => Math.max(most, Number(trace.durationNano)), 1);
    return traceColumns(text, format, longest, order);
  }, [traces, text, format, order]);
  const onSort = ({column}: SortState): void => {
    const next = orderOf(column);
    if (next !== undefined) onOrder(next);
  };
  const statuses = useResponseStatuses(traces);
  return (
    <StatusProvider value={statuses}>
      <NowProvider interval={live ? 1_000 : 10_000}>
        <DataTable
          id="traces"
          label={text.results.listLabel}
          columns={columns}
          rows={traces}
          rowId={idOf}
          height={rowHeight}
          twoLinesBelow={TWO_LINES_BELOW}
          sort={{column: columnOf(order), up: false}}
          onSort={onSort}
          sorted
          pageKeys={!old}
          mark={({traceId, state, outcome}) => ({
            seen: seen.has(traceId),
            fresh: fresh.has(traceId),
            tone: state === 'arriving' ? 'quiet' : outcome === 'failed' ? 'bad' : undefined,
          })}
          onHover={(trace) => onHover(trace?.traceId)}
          scroller={scroller}
          onScroll={onScroll}
        />
      </NowProvider>
    </StatusProvider>
  );
}

const idOf = (trace: TraceSummary): string => trace.traceId;
