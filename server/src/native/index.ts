export {
  ArrayColumn,
  DictionaryColumn,
  MapColumn,
  type NativeColumn,
  PlainColumn,
  stringColumn,
  TupleColumn,
  u8Column,
  u32Column,
  u64Column,
  writeBlock,
} from './columns.ts';
export {gatherRows, type RowList} from './gather.ts';
export {pickRows, readLeading, type TypeCache} from './pick.ts';
export {
  type ArrayValues,
  arrayColumn,
  asFixed,
  asStrings,
  type DictionaryValues,
  dictionaryColumn,
  type FixedValues,
  fixedColumn,
  type MapValues,
  mapColumn,
  type NativeBlock,
  type NativeValues,
  readBlocks,
  type StringValues,
  textColumn,
} from './read.ts';
export {ByteSink} from './sink.ts';
export {sliceBlock} from './slice.ts';
