import {bug} from '../base/index.ts';
import type {Columns, Table} from '../model/index.ts';
import {JsonKeys} from './json-keys.ts';

/**
 * How a field is encoded and which column holds it.
 *
 * Scalars of the message's own row: text, id, fixed32, uint32, sint32, enum, bool, time (fixed64, nanoseconds), fixed64,
 * double, int (sfixed64). Ranges of rows in another table: attributes (repeated KeyValue), value (one AnyValue: an attribute
 * without key), rows (repeated messages), texts, doubles, fixed64s, uint64s (repeated scalars). No column of their own:
 * embedded (a message whose fields are columns of the same row), data (one of a metric's five kinds of points).
 */
export type FieldKind = keyof typeof wireTypes;

/** The wire types that a field of each kind may arrive with: repeated numbers come packed or one by one. */
const wireTypes = {
  text: [2],
  id: [2],
  fixed32: [5],
  uint32: [0],
  sint32: [0],
  enum: [0],
  bool: [0],
  time: [1],
  fixed64: [1],
  double: [1],
  int: [1],
  attributes: [2],
  value: [2],
  rows: [2],
  texts: [2],
  doubles: [2, 1],
  fixed64s: [2, 1],
  uint64s: [2, 0],
  embedded: [2],
  data: [2],
} as const;

export interface Field {
  readonly number: number;
  /** lowerCamelCase, its key in JSON. */
  readonly name: string;
  readonly kind: FieldKind;
  /** Index of its column in `Table.all`; 0, which is looked up but not used, for the kinds that have none. */
  readonly column: number;
  /** The message of rows, of what is embedded, or the wrapper of a metric's points. */
  readonly of: Message | undefined;
  /** The message of a metric's points. */
  readonly points: Message | undefined;
  /** The bit of the row's `has` column that says the field is set; 0 where presence is not tracked. */
  readonly has: number;
  /** Names of enum values by number. */
  readonly names: readonly string[];
  /** A bit of its own where the field adds rows to a table that its siblings may share: it must be read apart from them. */
  readonly later: number;
}

export interface Message {
  /** The name of the table that its rows are in. */
  readonly table: string;
  /** In the order in which they are written. */
  readonly fields: readonly Field[];
  /** By tag (`number << 3 | wireType`). A known number with a foreign wire type is not in it: it is an unknown field. */
  readonly byTag: readonly (Field | undefined)[];
  readonly byKey: JsonKeys<Field>;
  /** The tag of the message's attributes and their column, where it has any; else -1. */
  readonly attributesTag: number;
  readonly attributesColumn: number;
  /** Index of the column `has` in `Table.all`, or -1. */
  readonly has: number;
}

export interface FieldOptions {
  /** Where the column is not called as the field is. */
  readonly column?: string;
  readonly of?: Message;
  readonly points?: Message;
  readonly has?: number;
  readonly names?: readonly string[];
}

export type FieldSpec = readonly [number: number, name: string, kind: FieldKind, options?: FieldOptions];

/** Builds the description of a message whose rows lie in `table`, which is called `name` in its batch. */
export function message<C extends Columns>(name: string, table: Table<C>, specs: readonly FieldSpec[]): Message {
  const columns = Object.keys(table.columns);
  let bits = 0;
  const fields = specs.map(([number, fieldName, kind, options = {}]): Field => {
    const columnless = kind === 'embedded' || kind === 'data';
    const column = columnless ? 0 : columns.indexOf(options.column ?? fieldName);
    if (column < 0) bug(`no column for the field ${fieldName} in ${name}`);
    const later = addsRows(kind, options.of) ? 1 << bits++ : 0;
    const {of, points, has = 0, names = []} = options;
    return {number, name: fieldName, kind, column, of, points, has, names, later};
  });
  const byTag: (Field | undefined)[] = [];
  for (const field of fields) {
    for (const wire of wireTypes[field.kind]) {
      const tag = (field.number << 3) | wire;
      while (byTag.length <= tag) byTag.push(undefined);
      byTag[tag] = field;
    }
  }
  const byKey = new JsonKeys(fields.map((field) => [field.name, field] as const));
  const attributes = fields.find((field) => field.kind === 'attributes');
  return {
    table: name,
    fields,
    byTag,
    byKey,
    attributesTag: attributes === undefined ? -1 : (attributes.number << 3) | 2,
    attributesColumn: attributes?.column ?? -1,
    has: columns.indexOf('has'),
  };
}

const rowKinds: ReadonlySet<FieldKind> = new Set(['value', 'rows', 'texts', 'doubles', 'fixed64s', 'uint64s']);

/** Attributes are left out: the decoder reads a row's own attributes before everything that is to be read later. */
const addsRows = (kind: FieldKind, of: Message | undefined): boolean =>
  rowKinds.has(kind) || (kind === 'embedded' && of !== undefined && of.fields.some((field) => field.later !== 0));
