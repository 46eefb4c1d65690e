/** Paths to columns, by the kind of column: each reads and writes one field of one row. */
import {fromHex, sameBytes, toHex, utf8} from '../base/index.ts';
import type {IdColumn, RangeColumn, SliceColumn, U32Column, U64Column} from '../model/index.ts';
import {ownerPath} from './attributes.ts';
import {OttlError} from './faults.ts';
import type {Frame, PathSource, RowOf} from './frame.ts';
import {Id, Time, typeOf, type Value} from './value.ts';

/** A path of the reference: how it is written, what it is, and how to make it for the rows of a context. */
export interface PathDefinition {
  /** The type of its values, for the reference and for messages. */
  readonly type: string;
  readonly help: string;
  /** What keys may follow: those of attributes, of any value, or of a trace state. */
  readonly keys?: 'attributes' | 'value' | 'traceState';
  make(row: RowOf): PathSource;
}

export type Paths = Readonly<Record<string, PathDefinition>>;

type Of<C> = (frame: Frame) => C;

const expect = (wanted: string, value: Value): never => {
  throw new OttlError(`expected ${wanted}, found ${typeOf(value)}`);
};

export const wantString = (value: Value): string => (typeof value === 'string' ? value : expect('string', value));
export const wantInt = (value: Value): bigint => (typeof value === 'bigint' ? value : expect('int', value));
export const wantDouble = (value: Value): number => (typeof value === 'number' ? value : expect('double', value));
export const wantBool = (value: Value): boolean => (typeof value === 'boolean' ? value : expect('bool', value));
const wantTime = (value: Value): Time => (value instanceof Time ? value : expect('time', value));
export const wantList = (value: Value): readonly Value[] => (Array.isArray(value) ? value : expect('list', value));

/** A path that is read only: writing it is a fault of the statement. */
export const readOnly = (type: string, help: string, get: (frame: Frame, row: number) => Value): PathDefinition => ({
  type,
  help,
  make: (row) => ({get: (frame) => get(frame, row(frame))}),
});

export const computed = (
  type: string,
  help: string,
  get: (frame: Frame, row: number) => Value,
  set: (frame: Frame, row: number, value: Value) => void,
): PathDefinition => ({
  type,
  help,
  make: (row) => ({get: (frame) => get(frame, row(frame)), set: (frame, value) => set(frame, row(frame), value)}),
});

export const readSlice = (frame: Frame, column: SliceColumn, row: number): string =>
  utf8(frame.batch.heap.bytes, column.start(row), column.size(row));

export const writeSlice = (frame: Frame, column: SliceColumn, row: number, text: string): void =>
  column.setText(row, frame.batch.heap, text);

export const textField = (column: Of<SliceColumn>, help: string): PathDefinition => ({
  type: 'string',
  help,
  make: (row) => ({
    get: (frame) => readSlice(frame, column(frame), row(frame)),
    isNil: () => false,
    sameText(frame, text) {
      const {words} = column(frame);
      const at = row(frame);
      const {bytes} = frame.batch.heap;
      return sameBytes(bytes, words[2 * at] as number, words[2 * at + 1] as number, text, 0, text.length);
    },
    set: (frame, value) => writeSlice(frame, column(frame), row(frame), wantString(value)),
  }),
});

/** A number of 32 bits; with `signed`, two's complement. */
export const u32Field = (column: Of<U32Column>, help: string, signed = false): PathDefinition => ({
  type: 'int',
  help,
  make(row) {
    const number = (frame: Frame): number => {
      const value = column(frame).data[row(frame)] as number;
      return signed ? value | 0 : value;
    };
    return {
      get: (frame) => BigInt(number(frame)),
      isNil: () => false,
      number,
      set: (frame, value) => column(frame).set(row(frame), Number(BigInt.asUintN(32, wantInt(value)))),
    };
  },
});

export const u64Field = (column: Of<U64Column>, help: string): PathDefinition => ({
  type: 'int',
  help,
  make: (row) => ({
    get: (frame) => column(frame).getSigned(row(frame)),
    isNil: () => false,
    set: (frame, value) => column(frame).set(row(frame), BigInt.asUintN(64, wantInt(value))),
  }),
});

export const timeField = (column: Of<U64Column>, help: string): PathDefinition => ({
  type: 'time',
  help,
  make: (row) => ({
    get: (frame) => new Time(column(frame).getSigned(row(frame))),
    isNil: () => false,
    set: (frame, value) => column(frame).set(row(frame), BigInt.asUintN(64, wantTime(value).nanos)),
  }),
});

export const idField = (column: Of<IdColumn>, help: string): PathDefinition => ({
  type: 'id',
  help,
  make: (row) => ({
    get: (frame) => new Id(column(frame).get(row(frame)).slice()),
    isNil: () => false,
    set(frame, value) {
      const ids = column(frame);
      if (!(value instanceof Id) || value.bytes.length !== ids.width) expect(`an id of ${ids.width} bytes`, value);
      ids.set(row(frame), (value as Id).bytes);
    },
  }),
});

/** The id as hexadecimal digits; empty for an id of zeros. */
export const idTextField = (column: Of<IdColumn>, help: string): PathDefinition => ({
  type: 'string',
  help,
  make: (row) => ({
    get(frame) {
      const {bytes, width} = column(frame);
      const start = row(frame) * width;
      return toHex(bytes, start, width);
    },
    isNil: () => false,
    set(frame, value) {
      const ids = column(frame);
      const text = wantString(value);
      const bytes = fromHex(text);
      if (bytes?.length !== ids.width)
        throw new OttlError(`expected ${2 * ids.width} hexadecimal digits, found ${JSON.stringify(text)}`);
      ids.set(row(frame), bytes);
    },
  }),
});

export const attributesField = (column: Of<RangeColumn>, help: string): PathDefinition => ({
  type: 'map',
  help,
  keys: 'attributes',
  make: (row) => ownerPath({column, row}),
});
