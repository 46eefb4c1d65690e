export type {Column, MainProps} from './column.ts';
export {DataTable, type DataTableProps} from './data-table.tsx';
export {fitsWords} from './find-rows.ts';
export type {Expansion} from './row-tree.ts';
export {type SortState, sortRows} from './sort-rows.ts';
export {tableCommands} from './table-commands.ts';
export type {RowMark} from './table-row.tsx';
