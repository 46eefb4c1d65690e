import {useQuery} from '@tanstack/react-query';
import {queries} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import classes from './sql-page.module.css';
import {sqlText} from './text/index.ts';

/** The tables with their columns; a click writes the name into the statement. */
export function TableList({onInsert}: {readonly onInsert: (word: string) => void}) {
  const text = useText(sqlText);
  const {data} = useQuery(queries.sqlTables());
  if (data === undefined) return undefined;
  return (
    <details className={classes.tables}>
      <summary>{text.tables}</summary>
      {data.tables.map((table) => (
        <div key={table.name} className={classes.table} lang="en">
          <button type="button" className={classes.name} title={table.description} onClick={() => onInsert(table.name)}>
            {table.name}
          </button>
          {table.columns.map((column) => (
            <button
              key={column.name}
              type="button"
              className={classes.column}
              title={`${column.type}\n${column.description}`}
              onClick={() => onInsert(column.name)}
            >
              {column.name}
            </button>
          ))}
        </div>
      ))}
    </details>
  );
}
