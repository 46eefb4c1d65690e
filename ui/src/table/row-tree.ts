/** Rows and, below those that are open, the rows that belong to them: one flat list, as it is drawn. */

export interface Line<Row> {
  readonly row: Row;
  readonly id: string;
  /** 1, or 2 below an open row. */
  readonly level: 1 | 2;
  /** Undefined where nothing belongs to the row. */
  readonly open: boolean | undefined;
}

export interface Expansion<Row> {
  /** Ids of the open rows. */
  readonly open: ReadonlySet<string>;
  readonly onToggle: (id: string, open: boolean) => void;
  /** The rows below an open one; undefined where nothing belongs to it. Asked of closed rows too: it must be cheap. */
  readonly below: (row: Row, open: boolean) => readonly Row[] | undefined;
}

export function layOutRows<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  expansion: Pick<Expansion<Row>, 'open' | 'below'> | undefined,
  arrange: (rows: readonly Row[]) => readonly Row[] = (all) => all,
): Line<Row>[] {
  const lines: Line<Row>[] = [];
  for (const row of rows) {
    const id = idOf(row);
    const wanted = expansion?.open.has(id) === true;
    const below = expansion?.below(row, wanted);
    const open = below === undefined ? undefined : wanted;
    lines.push({row, id, level: 1, open});
    if (open !== true) continue;
    for (const one of arrange(below ?? [])) lines.push({row: one, id: idOf(one), level: 2, open: undefined});
  }
  return lines;
}
