import {useMemo, useRef} from 'react';
import {useFormat, useText} from '../i18n/index.ts';
import {type StatisticsColumn, statisticsColumns} from '../urls/index.ts';
import {ariaSort, ServiceName, SortHeader, useFixedRows} from '../widgets/index.ts';
import {sortStatistics} from './sort-statistics.ts';
import {type OperationStatistics, operationStatistics} from './statistics.ts';
import classes from './statistics-table.module.css';
import {traceText} from './text/index.ts';
import type {TraceModel} from './trace-model.ts';

const ROW = 28;

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
  const scroller = useRef<HTMLDivElement>(null);
  const statistics = useMemo(() => operationStatistics(model.trace, model.layout), [model]);
  const rows = useMemo(() => sortStatistics(statistics, model.trace, column, up), [statistics, model, column, up]);
  const allSelf = useMemo(
    () =>
      Math.max(
        1,
        rows.reduce((sum, row) => sum + row.self, 0),
      ),
    [rows],
  );
  const {first, end} = useFixedRows(scroller, rows.length, ROW);
  return (
    <div ref={scroller} className={classes.scroller}>
      <table className={classes.table} aria-rowcount={rows.length + 1}>
        <caption className="visually-hidden">{text.label}</caption>
        <thead>
          <tr>
            {statisticsColumns.map((name) => {
              const direction = name === column ? (up ? 'up' : 'down') : undefined;
              return (
                <th key={name} scope="col" aria-sort={ariaSort(direction)}>
                  <SortHeader
                    title={text[name]}
                    direction={direction}
                    onSort={() => onSort(name, name === column ? !up : name === 'operation')}
                  />
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr style={{height: first * ROW}} />}
          {rows.slice(first, end).map((row) => (
            <Row key={`${row.service} ${row.name}`} model={model} row={row} allSelf={allSelf} onOpen={onOpen} />
          ))}
          {end < rows.length && <tr style={{height: (rows.length - end) * ROW}} />}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  model,
  row,
  allSelf,
  onOpen,
}: {
  readonly model: TraceModel;
  readonly row: OperationStatistics;
  readonly allSelf: number;
  readonly onOpen: (span: number) => void;
}) {
  const text = useText(traceText).statistics;
  const format = useFormat();
  return (
    <tr>
      <th scope="row">
        <button type="button" className={classes.open} title={text.slowest} onClick={() => onOpen(row.slowest)}>
          <ServiceName name={model.trace.services[row.service]!} />
          <span className={classes.name}>{model.trace.names[row.name]}</span>
        </button>
      </th>
      <td>{format.count(row.count)}</td>
      <td className={row.errors > 0 ? classes.errors : classes.quiet}>{format.count(row.errors)}</td>
      <td>{format.duration(row.total)}</td>
      <td>
        <span className={classes.self}>
          <span className={classes.track} aria-hidden="true">
            <span style={{width: `${(row.self / allSelf) * 100}%`}} />
          </span>
          {format.duration(row.self)}
          <span className={classes.share}>{format.percent(row.self / allSelf)}</span>
        </span>
      </td>
      <td>{format.duration(row.average)}</td>
      <td>{format.duration(row.max)}</td>
    </tr>
  );
}
