import type {Column} from './column.ts';
import classes from './data-table.module.css';

/** Rows to come: as high as those that will stand there, so that nothing moves when they do. */
export function Skeleton<Row>({
  columns,
  rows,
  height,
}: {
  readonly columns: readonly Column<Row>[];
  readonly rows: number;
  readonly height: number;
}) {
  return Array.from({length: rows}, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they differ by nothing else
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr key={row} className={classes.row} aria-hidden="true" style={{transform: `translateY(${row * height}px)`}}>
      {columns.map((column, at) => (
        <td key={column.id} className={at === 0 ? classes.first : classes.cell} data-align={column.align}>
          <span className={classes.bone} style={{width: `${at === 0 ? 34 + ((row * 37) % 40) : 46}%`}} />
        </td>
      ))}
    </tr>
  ));
}
