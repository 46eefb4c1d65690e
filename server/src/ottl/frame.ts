/** What compiled expressions are evaluated on, and what they are made of. */
import type {AnyBatch, RangeColumn} from '../model/index.ts';
import type {PreparedText} from './attributes.ts';
import type {Value, ValueMap} from './value.ts';

/** Where a statement looks: one row of one batch. Every compiled text has one of its own and sets it for each call. */
export class Frame {
  batch!: AnyBatch;
  /** The row of the context's own table. */
  row = 0;
  /** Of an event, its span's row; of a scope, its resource's. -1 where nobody told. */
  parent = -1;
  readonly cache: Cache;
  /** The arguments of the lambdas that are being evaluated. */
  readonly locals: Value[] = [];

  constructor(cache: Cache) {
    this.cache = cache;
  }

  /** Lets the batch go, whose memory is somebody else's once the call is over. */
  leave(): void {
    this.batch = undefined as unknown as AnyBatch;
  }
}

/** The `cache` of paths. Statements that share one see each other's entries until its owner clears it. */
export interface Cache {
  map: ValueMap;
}
export const createCache = (): Cache => ({map: new Map()});

export type RowOf = (frame: Frame) => number;

/** Something that has a value. What else it offers is a faster way to a question about the value. */
export interface Source {
  get(frame: Frame): Value;
  /** Set where the value is the same in every frame. */
  readonly constant?: {readonly value: Value};
  isNil?(frame: Frame): boolean;
  /** Whether the value is the text of these UTF-8 bytes. */
  sameText?(frame: Frame, utf8: Uint8Array): boolean;
  /** The value where it is a number that a double holds exactly; NaN for all others. */
  number?(frame: Frame): number;
  /** Where the value is an attribute's: its row in the attribute table, or -1 where there is none. */
  attribute?(frame: Frame): number;
}

/** The attributes of one row: what editors work on without making a map. */
export interface Owner {
  column(frame: Frame): RangeColumn;
  row: RowOf;
}

/** A path: it can be read, and most can be written. */
export interface PathSource extends Source {
  set?(frame: Frame, value: Value): void;
  /** Sets a text that was prepared for it. */
  setText?(frame: Frame, text: PreparedText): void;
  /** Sets what an attribute of the same batch has: what it refers to is shared. */
  copy?(frame: Frame, attribute: number): void;
  /** Set where the path is a whole map of attributes. */
  readonly owner?: Owner;
}

export const constant = (value: Value): Source => ({get: () => value, constant: {value}});
