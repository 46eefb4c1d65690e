import {type CSSProperties, type ReactNode, type RefObject, useDeferredValue, useMemo, useRef} from 'react';
import {useCommands} from '../frame/index.ts';
import {useFormat, useText} from '../i18n/index.ts';
import {useFixedRows, useWidth} from '../widgets/index.ts';
import type {Column} from './column.ts';
import classes from './data-table.module.css';
import {fitsWords} from './find-rows.ts';
import {fitColumns} from './fit-columns.ts';
import {FullText} from './full-text.tsx';
import {type Expansion, layOutRows} from './row-tree.ts';
import {Skeleton} from './skeleton.tsx';
import {type SortState, sortRows} from './sort-rows.ts';
import {tableCommands} from './table-commands.ts';
import {TableHead} from './table-head.tsx';
import {type RowMark, TableRow} from './table-row.tsx';
import {TableTools} from './table-tools.tsx';
import {useChosen} from './use-chosen.ts';
import {useRowFocus} from './use-row-focus.ts';

export interface DataTableProps<Row> {
  /** Names the table in this browser's memory of chosen columns. */
  readonly id: string;
  /** Says what the table is of. */
  readonly label: string;
  /** Stable while they are the same: every row is drawn anew when this list is another. */
  readonly columns: readonly Column<Row>[];
  /** Undefined while they are still being fetched. */
  readonly rows: readonly Row[] | undefined;
  /** The same for the same row whenever it comes again, and different from that of every other row. */
  readonly rowId: (row: Row) => string;
  /** Names a row where its buttons need a name of their own; its id where not given. */
  readonly rowName?: ((row: Row) => string) | undefined;
  /** Heights of a row in pixels, on one line and where it needs two. */
  readonly height: {readonly one: number; readonly two?: number};
  /** Pixels of the table's place below which a row has two lines. */
  readonly twoLinesBelow?: number | undefined;
  readonly sort?: SortState | undefined;
  readonly onSort?: ((sort: SortState) => void) | undefined;
  /** The rows come sorted. */
  readonly sorted?: boolean | undefined;
  /** Columns by the address, joined by commas; undefined where it names none. A table without `onChosen` offers no choice. */
  readonly chosen?: string | undefined;
  readonly onChosen?: ((chosen: string | undefined) => void) | undefined;
  readonly find?: Find<Row> | undefined;
  /** Stands before the field to find something. */
  readonly title?: ReactNode;
  /** Says how many rows there are, where their number alone does not. */
  readonly counted?: string | undefined;
  /** Stands before the choice of columns. */
  readonly tools?: ReactNode;
  readonly expansion?: Expansion<Row> | undefined;
  readonly mark?: ((row: Row) => RowMark) | undefined;
  readonly onHover?: ((row: Row | undefined) => void) | undefined;
  /** Shown where there is no row at all. */
  readonly empty?: ReactNode;
  readonly footer?: ReactNode;
  /** ↑ and ↓ from anywhere on the page lead into the table. */
  readonly pageKeys?: boolean | undefined;
  /** Where the table stands among other things that scroll with it; otherwise it scrolls by itself. */
  readonly within?: RefObject<HTMLElement | null> | undefined;
  /** The table's own scroller. */
  readonly scroller?: RefObject<HTMLDivElement | null> | undefined;
  readonly onScroll?: (() => void) | undefined;
}

export interface Find<Row> {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  readonly label: string;
  /** Words looked for must all be in this text. Without it the rows come as they fit. */
  readonly text?: ((row: Row) => string) | undefined;
}

/** How many rows stand in for those that are to come. */
const TO_COME = 12;

/**
 * The one table of the page: sorted by its heads, narrowed by a field, with columns of choice; drawn only where it is in view, so
 * that 100,000 rows cost as much as 100. It is never wider than its place: columns leave or rows take two lines.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const {columns, rows, rowId, rowName = rowId, height, sort, find, expansion, mark} = props;
  const text = useText();
  const format = useFormat();
  const ownScroller = useRef<HTMLDivElement>(null);
  const scroller = props.within ?? props.scroller ?? ownScroller;
  const table = useRef<HTMLTableElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const field = useRef<HTMLInputElement>(null);

  const choice = useChosen(props.id, columns, props.chosen, props.onChosen);
  const width = useWidth(table);
  const {twoLinesBelow = 0} = props;
  const fit = useMemo(() => fitColumns(choice.columns, width, twoLinesBelow), [choice.columns, width, twoLinesBelow]);
  const rowHeight = fit.lines === 2 ? (height.two ?? height.one) : height.one;

  const wanted = useDeferredValue(find?.value ?? '');
  const findText = find?.text;
  const fitting = useMemo(() => {
    if (rows === undefined || findText === undefined || wanted.trim() === '') return rows ?? [];
    const fits = fitsWords(wanted);
    return rows.filter((row) => fits(findText(row)));
  }, [rows, findText, wanted]);
  const value = props.sorted === true ? undefined : columns.find((column) => column.id === sort?.column)?.value;
  const up = sort?.up === true;
  const lines = useMemo(() => {
    const arrange = (some: readonly Row[]): readonly Row[] =>
      value === undefined ? some : sortRows(some, value, up, rowId);
    return layOutRows(arrange(fitting), rowId, expansion, arrange);
  }, [fitting, value, up, rowId, expansion]);

  const {first, end} = useFixedRows(scroller, lines.length, rowHeight, body);
  const bringIntoView = (index: number): void => {
    if (scroller.current === null || body.current === null || table.current === null) return;
    const view = scroller.current.getBoundingClientRect();
    const head = table.current.tHead?.offsetHeight ?? 0;
    const top = body.current.getBoundingClientRect().top + index * rowHeight;
    const above = view.top + head - top;
    const below = top + rowHeight - (view.top + scroller.current.clientHeight);
    if (above > 0) scroller.current.scrollTop -= above;
    else if (below > 0) scroller.current.scrollTop += below;
  };
  const focus = useRowFocus(lines, {
    body,
    page: () => Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - 60) / rowHeight)),
    bringIntoView,
    onToggle: expansion?.onToggle,
  });
  const pageKeys = props.pageKeys !== false && lines.length > 0;
  const enter = (by: 1 | -1) => (): void => focus.enter(by);
  useCommands(tableCommands, {
    next: pageKeys ? enter(1) : undefined,
    previous: pageKeys ? enter(-1) : undefined,
    find: find && (() => field.current?.select()),
  });

  const drawn = Array.from({length: Math.max(0, end - first)}, (_, index) => first + index);
  // The row that has the focus stays, wherever the view has gone.
  if (focus.index >= 0 && focus.index < first) drawn.unshift(focus.index);
  else if (focus.index >= end) drawn.push(focus.index);

  const hasTools = find !== undefined || props.tools !== undefined || choice.offered || props.title !== undefined;
  const loading = rows === undefined;
  const {onHover} = props;
  return (
    <div className={props.within === undefined ? classes.place : classes.within}>
      {hasTools && (
        <TableTools
          title={props.title}
          find={find}
          field={field}
          count={
            props.counted !== undefined
              ? props.counted
              : loading
                ? ''
                : fitting.length === rows.length
                  ? format.count(rows.length)
                  : text.table.counted(format.count(fitting.length), format.count(rows.length))
          }
          tools={props.tools}
          columns={columns}
          left={fit.left}
          choice={choice}
          onDown={() => focus.go(0)}
        />
      )}
      <div
        ref={props.within === undefined ? (scroller as RefObject<HTMLDivElement | null>) : undefined}
        className={classes.scroller}
        onScroll={props.onScroll}
      >
        {/* biome-ignore-start lint/a11y/noRedundantRoles: a table that is laid out otherwise loses its role in Safari */}
        <table
          ref={table}
          role="table"
          className={classes.table}
          aria-label={props.label}
          aria-rowcount={lines.length + 1}
          aria-busy={loading}
          data-lines={fit.lines}
          style={{'--columns': fit.template, '--row-height': `${rowHeight}px`} as CSSProperties}
        >
          <TableHead columns={fit.columns} sort={sort} onSort={props.onSort} />
          <tbody
            ref={body}
            role="rowgroup"
            className={classes.body}
            style={{height: (loading ? TO_COME : lines.length) * rowHeight}}
            onKeyDown={focus.onKeyDown}
            onFocus={focus.onFocus}
            onBlur={focus.onBlur}
            onMouseOver={onHover && (({target}) => onHover(lineUnder(target, lines)?.row))}
            onMouseLeave={onHover && (() => onHover(undefined))}
          >
            {loading && <Skeleton columns={fit.columns} rows={TO_COME} height={rowHeight} />}
            {drawn.map((index) => {
              const line = lines[index]!;
              const marked = mark?.(line.row);
              return (
                <TableRow
                  key={line.id}
                  line={line}
                  index={index}
                  top={index * rowHeight}
                  columns={fit.columns}
                  current={index === focus.index}
                  foldable={expansion !== undefined}
                  name={rowName}
                  onToggle={expansion?.onToggle}
                  seen={marked?.seen}
                  fresh={marked?.fresh}
                  chosen={marked?.chosen}
                  tone={marked?.tone}
                />
              );
            })}
          </tbody>
        </table>
        {/* biome-ignore-end lint/a11y/noRedundantRoles: see above */}
        {!loading && lines.length === 0 && (
          <div className={classes.nothing}>
            {rows.length > 0 || (find?.value ?? '') !== '' ? text.table.noFit : props.empty}
          </div>
        )}
      </div>
      {props.footer !== undefined && <div className={classes.footer}>{props.footer}</div>}
      <FullText body={body} />
    </div>
  );
}

function lineUnder<Line>(target: EventTarget, lines: readonly Line[]): Line | undefined {
  const row = (target as Element).closest<HTMLElement>('[data-index]');
  return row === null ? undefined : lines[Number(row.dataset.index)];
}
