import {type RowCopier, type Shift, type U32Column, U64Column} from './columns.ts';

/**
 * The type of a value, in `types` columns. The meaning of its two words:
 * string, bytes: a slice; bool: (0 or 1, 0); int: 64-bit two's complement; double: IEEE bits, low word first;
 * array, map: a slice that holds the value as an encoded OTLP ArrayValue or KeyValueList message; empty: nothing.
 */
export const valueType = {empty: 0, string: 1, bool: 2, int: 3, double: 4, array: 5, map: 6, bytes: 7} as const;
export type ValueType = (typeof valueType)[keyof typeof valueType];

/** The two words of values whose types are in another column of the same table. */
export class ValueColumn extends U64Column {
  private readonly types: U32Column;

  constructor(types: U32Column) {
    super();
    this.types = types;
  }

  override copyRow(row: number, from: this, fromRow: number, copier: RowCopier): void {
    const first = from.words[2 * fromRow] as number;
    const second = from.words[2 * fromRow + 1] as number;
    this.setPair(row, isSlice(from.types.get(fromRow)) ? copier.slice(first, second) : first, second);
  }

  override copyAll(row: number, from: this, count: number, shift: Shift): void {
    super.copyAll(row, from, count, shift);
    const {words} = this;
    const types = from.types.data;
    const by = shift.heap;
    for (let i = 0; i < count; i++) {
      if (isSlice(types[i] as number)) words[2 * (row + i)] = (words[2 * (row + i)] as number) + by;
    }
  }
}

const isSlice = (type: number): boolean =>
  type === valueType.string || type === valueType.bytes || type === valueType.array || type === valueType.map;
