import type {ReactNode, RefObject} from 'react';
import type {Column} from './column.ts';
import {ColumnChoice} from './column-choice.tsx';
import classes from './data-table.module.css';
import type {Find} from './data-table.tsx';
import {FindField} from './find-field.tsx';
import type {Choice} from './use-chosen.ts';

/** The bar above a table: its title, how many rows it has, the field that narrows it, and its columns. */
export function TableTools<Row>({
  title,
  find,
  field,
  count,
  tools,
  columns,
  left,
  choice,
  onDown,
}: {
  readonly title: ReactNode;
  readonly find: Find<Row> | undefined;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly count: string;
  readonly tools: ReactNode;
  readonly columns: readonly Column<Row>[];
  readonly left: readonly Column<Row>[];
  readonly choice: Choice<Row>;
  readonly onDown: () => void;
}) {
  return (
    <div className={classes.tools}>
      {title}
      {find !== undefined && (
        <FindField field={field} label={find.label} value={find.value ?? ''} onChange={find.onChange} onDown={onDown} />
      )}
      <span className={classes.count} role="status">
        {count}
      </span>
      <span className={classes.space} />
      {tools}
      {choice.offered && (
        <ColumnChoice
          columns={columns}
          chosen={choice.columns.map(({id}) => id)}
          left={left}
          changed={choice.changed}
          onChoose={choice.choose}
        />
      )}
    </div>
  );
}
