import {Link} from '@tanstack/react-router';
import {useMemo, useState} from 'react';
import type {SqlResponse} from '../../api/index.ts';
import {useText, useVisible} from '../../i18n/index.ts';
import {type Column, DataTable, type MainProps, type SortState} from '../../table/index.ts';
import {isNumber} from './chart-data.ts';
import classes from './sql-page.module.css';
import {sqlText} from './text/index.ts';

interface Row {
  readonly id: string;
  readonly cells: readonly unknown[];
}
const idOf = ({id}: Row): string => id;

/** Rows in the order in which they came, until a head is clicked. */
export function SqlTable({data}: {readonly data: SqlResponse}) {
  const text = useText(sqlText);
  const visible = useVisible();
  const [sort, setSort] = useState<SortState | undefined>();
  const rows = useMemo(() => data.rows.map((cells, i): Row => ({id: String(i), cells})), [data]);
  const columns = useMemo(
    () =>
      data.columns.map(({name, type}, index): Column<Row> => {
        const number = isNumber(type);
        return {
          id: `c${letters(index)}`,
          header: visible(name),
          hint: type,
          width: {share: number ? 1 : 2, min: number ? 90 : 140},
          align: number ? 'end' : undefined,
          value: ({cells}) => {
            const cell = cells[index];
            return typeof cell === 'number' ? cell : cell === null ? undefined : cellText(cell);
          },
          draw: ({cells}, main) => <Cell value={cells[index]} main={index === 0 ? main : undefined} />,
        };
      }),
    [data, visible],
  );
  return (
    <DataTable
      id="sql"
      label={text.answer}
      columns={columns}
      rows={rows}
      rowId={idOf}
      height={{one: 28}}
      sort={sort}
      onSort={setSort}
    />
  );
}

function Cell({value, main}: {readonly value: unknown; readonly main: MainProps | undefined}) {
  const visible = useVisible();
  if (typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) && /[1-9a-f]/.test(value)) {
    return (
      <Link {...main} to="/trace/$traceId" params={{traceId: value}}>
        {value}
      </Link>
    );
  }
  const shown = visible(cellText(value));
  return (
    <span {...main} className={classes.cell} title={shown.length > 40 ? shown : undefined}>
      {shown}
    </span>
  );
}

const cellText = (value: unknown): string =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** `a`, `b` … `ba`: a name of letters only. */
const letters = (index: number): string =>
  index < 26 ? String.fromCharCode(97 + index) : letters(Math.floor(index / 26)) + letters(index % 26);
