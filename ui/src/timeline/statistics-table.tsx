import {useMemo} from 'react';
import {thingOf} from '../frame/index.ts';
import {useFormat, useText, useVisible} from '../i18n/index.ts';
import {type Column, DataTable} from '../table/index.ts';
import type {StatisticsColumn} from '../urls/index.ts';
import {Figure, ServiceName} from '../widgets/index.ts';
import {type OperationStatistics, operationStatistics} from './statistics.ts';
import classes from './statistics-table.module.css';
import {traceText} from './text/index.ts';
import type {TraceModel} from './trace-model.ts';

/** The trace summed up by service and operation. A row leads to its slowest span. */
export function StatisticsTable({
  model,
  column,
  up,
  onSort,
  onOpen,
}: {
  readonly model: TraceModel;
  readonly column: StatisticsColumn;
  readonly up: boolean;
  readonly onSort: (column: StatisticsColumn, up: boolean) => void;
  readonly onOpen: (span: number) => void;
}) {
  const text = useText(traceText).statistics;
  const rows = useMemo(() => operationStatistics(model.trace, model.layout), [model]);
  const columns = useStatisticsColumns(model, rows, onOpen);
  const titleOf = useMemo(() => (row: OperationStatistics) => titleIn(model, row), [model]);
  return (
    <DataTable
      id="statistics"
      label={text.label}
      columns={columns}
      rows={rows}
      rowId={titleOf}
      height={{one: 28, two: 48}}
      twoLinesBelow={620}
      sort={{column, up}}
      onSort={(next) => onSort(next.column as StatisticsColumn, next.up)}
    />
  );
}

const titleIn = ({trace}: TraceModel, row: OperationStatistics): string =>
  `${trace.services[row.service]} ${trace.names[row.name]}`;

function useStatisticsColumns(
  model: TraceModel,
  rows: readonly OperationStatistics[],
  onOpen: (span: number) => void,
): readonly Column<OperationStatistics>[] {
  const text = useText(traceText).statistics;
  const format = useFormat();
  const visible = useVisible();
  return useMemo(() => {
    const {trace} = model;
    const allSelf = Math.max(
      1,
      rows.reduce((sum, row) => sum + row.self, 0),
    );
    const figure = (
      id: Exclude<StatisticsColumn, 'operation'>,
      rank: number,
      draw: Column<OperationStatistics>['draw'] = (row) => format.duration(row[id]),
    ): Column<OperationStatistics> => ({
      id,
      header: text[id],
      align: 'end',
      value: (row) => row[id],
      width: {share: id === 'self' ? 2 : 1, min: id === 'self' ? 104 : 66},
      rank,
      draw,
    });
    return [
      {
        id: 'operation',
        header: text.operation,
        value: (row) => titleIn(model, row),
        up: true,
        width: {share: 5, min: 210},
        draw: (row, main) => {
          const [service, operation] = [trace.services[row.service]!, trace.names[row.name]!];
          return (
            <button
              type="button"
              onClick={() => onOpen(row.slowest)}
              {...main}
              className={`${main.className} ${classes.open}`}
              {...endpoint(service, operation)}
            >
              <span className={classes.service}>
                <ServiceName name={service} titled={false} />
              </span>
              <bdi className={classes.name}>{visible(operation)}</bdi>
              <span className="visually-hidden">{text.slowest}</span>
            </button>
          );
        },
      },
      figure('count', 3, ({count}) => format.count(count)),
      figure('errors', 1, ({errors}) => (
        <span className={errors > 0 ? classes.errors : classes.quiet}>{format.count(errors)}</span>
      )),
      figure('total', 4),
      figure('self', 0, ({self}) => (
        <span className={classes.self}>
          <Figure share={self / allSelf}>{format.duration(self)}</Figure>
          <span className={classes.share}>{format.percent(self / allSelf)}</span>
        </span>
      )),
      figure('average', 5),
      figure('max', 2),
    ];
  }, [model, rows, onOpen, text, format, visible]);
}

const endpoint = (service: string, operation: string): object =>
  thingOf({kind: 'endpoint', service, operation}, {button: false});
