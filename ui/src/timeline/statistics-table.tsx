import {type ReactNode, useMemo} from 'react';
import type {TraceValuesResponse} from '../api/index.ts';
import {thingOf} from '../frame/index.ts';
import {useFormat, useText, useVisible} from '../i18n/index.ts';
import {type Column, DataTable} from '../table/index.ts';
import type {StatisticsColumn} from '../urls/index.ts';
import {Figure, ServiceName} from '../widgets/index.ts';
import {byOperation, byService, byValue, type Grouping, type GroupStatistics, groupStatistics} from './statistics.ts';
import {StatisticsBy} from './statistics-by.tsx';
import classes from './statistics-table.module.css';
import {traceText} from './text/index.ts';
import type {TraceModel} from './trace-model.ts';

/** What rows are of. */
interface By {
  /** `service`, the key of an attribute, or service and operation. */
  readonly by: string | undefined;
  /** Of an attribute: undefined until they have come. */
  readonly values: TraceValuesResponse['values'] | undefined;
}

interface StatisticsTableProps extends By {
  readonly model: TraceModel;
  /** Why the values have not come. */
  readonly failure: ReactNode;
  readonly column: StatisticsColumn;
  readonly up: boolean;
  readonly columns: string | undefined;
  readonly onBy: (by: string | undefined) => void;
  readonly onSort: (column: StatisticsColumn, up: boolean) => void;
  readonly onColumns: (columns: string | undefined) => void;
  readonly onOpen: (span: number) => void;
}

const none: readonly GroupStatistics[] = [];

/** The trace summed up. A row leads to its slowest span. */
export function StatisticsTable({model, by, values, failure, column, up, columns, ...on}: StatisticsTableProps) {
  const text = useText(traceText).statistics;
  const rows = useMemo(() => {
    const grouped = grouping(model, {by, values});
    return grouped && groupStatistics(model, grouped);
  }, [model, by, values]);
  const titleOf = useTitles(model, {by, values});
  const all = useStatisticsColumns(model, {by, values, rows, titleOf, onOpen: on.onOpen});
  return (
    <DataTable
      id="statistics"
      label={text.label}
      columns={all}
      rows={rows ?? (failure ? none : undefined)}
      rowId={titleOf}
      height={{one: 28, two: 48}}
      twoLinesBelow={620}
      sort={{column, up}}
      onSort={(next) => on.onSort(next.column as StatisticsColumn, next.up)}
      chosen={columns}
      onChosen={on.onColumns}
      title={<StatisticsBy by={by} onBy={on.onBy} />}
      empty={failure}
    />
  );
}

function grouping(model: TraceModel, {by, values}: By): Grouping | undefined {
  if (by === undefined) return byOperation(model);
  if (by === 'service') return byService(model);
  return values && byValue(model, values);
}

/** Names a row, and tells it from all others. */
function useTitles(model: TraceModel, {by, values}: By): (row: GroupStatistics) => string {
  const text = useText(traceText).statistics;
  return useMemo(() => {
    const {services, names} = model.trace;
    return ({group}) => {
      if (by === 'service') return services[group]!;
      if (by === undefined) return `${services[Math.floor(group / names.length)]} ${names[group % names.length]}`;
      // No value reads like the words for none.
      return values?.[group] === undefined ? text.without(by) : `${by}=${values[group].value}`;
    };
  }, [model, by, values, text]);
}

function useStatisticsColumns(
  model: TraceModel,
  {
    by,
    values,
    rows,
    titleOf,
    onOpen,
  }: By & {
    readonly rows: readonly GroupStatistics[] | undefined;
    readonly titleOf: (row: GroupStatistics) => string;
    readonly onOpen: (span: number) => void;
  },
): readonly Column<GroupStatistics>[] {
  const text = useText(traceText).statistics;
  const format = useFormat();
  return useMemo(() => {
    const allSelf = Math.max(1, rows?.reduce((sum, row) => sum + row.self, 0) ?? 0);
    const figure = (
      id: Exclude<StatisticsColumn, 'operation'>,
      rank: number,
      draw: Column<GroupStatistics>['draw'] = (row) => format.duration(row[id]),
    ): Column<GroupStatistics> => ({
      id,
      header: text[id],
      hint: text.hint[id],
      align: 'end',
      value: (row) => row[id],
      width: {share: id === 'self' ? 2 : 1, min: id === 'self' ? 128 : 66},
      rank,
      draw,
    });
    return [
      {
        id: 'operation',
        header: by === undefined ? text.operation : by === 'service' ? text.service : by,
        value: titleOf,
        up: true,
        width: {share: 5, min: 210},
        draw: (row, main) => (
          <button
            type="button"
            onClick={() => onOpen(row.slowest)}
            {...main}
            className={`${main.className} ${classes.open}`}
            {...thingOfRow(model, {by, values}, row)}
          >
            <RowTitle model={model} by={by} values={values} row={row} />
            <span className="visually-hidden">{text.slowest}</span>
          </button>
        ),
      },
      figure('count', 3, ({count}) => format.count(count)),
      figure('errors', 1, ({errors}) => (
        <span className={errors > 0 ? classes.errors : classes.quiet}>{format.count(errors)}</span>
      )),
      figure('total', 5),
      figure('self', 0, ({self}) => (
        <span className={classes.self}>
          <Figure share={self / allSelf}>{format.duration(self)}</Figure>
          <span className={classes.share}>{format.percent(self / allSelf)}</span>
        </span>
      )),
      figure('wall', 4),
      figure('average', 6),
      figure('max', 2),
    ];
  }, [model, rows, by, values, titleOf, onOpen, text, format]);
}

function thingOfRow({trace}: TraceModel, {by, values}: By, {group}: GroupStatistics): object {
  const plain = {button: false} as const;
  if (by === 'service') return thingOf({kind: 'service', service: trace.services[group]!}, plain);
  if (by !== undefined) {
    const value = values?.[group]?.value;
    // Of a longer value only the beginning is known: it cannot be looked for.
    return value === undefined || value.length >= 200
      ? {}
      : thingOf({kind: 'attribute', key: by, value, owner: 'span'}, plain);
  }
  const service = trace.services[Math.floor(group / trace.names.length)]!;
  return thingOf({kind: 'endpoint', service, operation: trace.names[group % trace.names.length]!}, plain);
}

function RowTitle({
  model: {trace},
  by,
  values,
  row: {group},
}: By & {readonly model: TraceModel; readonly row: GroupStatistics}) {
  const text = useText(traceText).statistics;
  const visible = useVisible();
  if (by === 'service') return <ServiceName name={trace.services[group]!} titled={false} />;
  if (by !== undefined) {
    const value = values?.[group]?.value;
    return value === undefined ? (
      <span className={classes.quiet}>{text.without(visible(by))}</span>
    ) : (
      <bdi className={classes.name}>{visible(value)}</bdi>
    );
  }
  return (
    <>
      <span className={classes.service}>
        <ServiceName name={trace.services[Math.floor(group / trace.names.length)]!} titled={false} />
      </span>
      <bdi className={classes.name}>{visible(trace.names[group % trace.names.length]!)}</bdi>
    </>
  );
}
