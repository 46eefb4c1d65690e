import {useMemo, useState} from 'react';
import {recall, remember} from '../theme/index.ts';
import {type Column, readChosen, writeChosen} from './column.ts';

export interface Choice<Row> {
  readonly columns: readonly Column<Row>[];
  /** Others than at first. */
  readonly changed: boolean;
  /** There is something to choose from. */
  readonly offered: boolean;
  readonly choose: (ids: readonly string[] | undefined) => void;
}

/** The columns that the address names; otherwise those chosen last in this browser; otherwise those that are on show at first. */
export function useChosen<Row>(
  table: string,
  columns: readonly Column<Row>[],
  address: string | undefined,
  onChosen: ((chosen: string | undefined) => void) | undefined,
): Choice<Row> {
  const key = `columns.${table}`;
  const [remembered, setRemembered] = useState(() => (onChosen === undefined ? undefined : recall(key)) || undefined);
  const ids = readChosen(address, columns) ?? readChosen(remembered, columns);
  const shown = ids?.join();
  const chosen = useMemo(
    () =>
      columns.filter((column) => (shown === undefined ? column.hidden !== true : shown.split(',').includes(column.id))),
    [columns, shown],
  );
  return {
    columns: chosen,
    changed: ids !== undefined && writeChosen(ids, columns) !== undefined,
    offered: onChosen !== undefined,
    choose: (next) => {
      const text = next === undefined ? undefined : writeChosen(next, columns);
      remember(key, text ?? '');
      setRemembered(text);
      onChosen?.(text);
    },
  };
}
