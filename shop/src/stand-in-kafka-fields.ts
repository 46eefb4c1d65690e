/**
 * Layouts of Kafka's messages as data: a `struct` names its fields in the order of the wire, each with the versions that
 * have it. One layout reads and writes all versions, and its TypeScript type follows from it.
 */
import {KafkaProtocolError, type KafkaReader, KafkaWriter} from './stand-in-kafka-wire.ts';

/** `W` is what is written: like `R`, but fields that some versions lack may be left out. */
export interface Field<R, W = R> {
  read(reader: KafkaReader, version: number): R;
  write(writer: KafkaWriter, value: W, version: number): void;
}
/** A field that some versions lack: there it reads as `absent` and is not written. With `tag` it is a tagged field. */
export interface Versioned<R, W = R> extends Field<R, W> {
  readonly since: number;
  readonly until: number;
  readonly absent: R;
  readonly tag?: number;
}
// biome-ignore lint/suspicious/noExplicitAny: what a field reads and writes is inferred from each table.
export type Fields = Readonly<Record<string, Field<any, any> | Versioned<any, any>>>;
type Lackable<S> = {[K in keyof S]: S[K] extends {readonly since: number} ? K : never}[keyof S];
type ReadOf<F> = F extends Field<infer R, infer _> ? R : never;
type WrittenOf<F> = F extends Field<infer _, infer W> ? W : never;
export type Read<S> = {readonly [K in keyof S]: ReadOf<S[K]>};
export type Written<S> = {readonly [K in Exclude<keyof S, Lackable<S>>]: WrittenOf<S[K]>} & {
  readonly [K in Lackable<S>]?: WrittenOf<S[K]> | undefined;
};

export const int8: Field<number> = {read: (reader) => reader.int8(), write: (writer, value) => writer.int8(value)};
export const int16: Field<number> = {read: (reader) => reader.int16(), write: (writer, value) => writer.int16(value)};
export const int32: Field<number> = {read: (reader) => reader.int32(), write: (writer, value) => writer.int32(value)};
export const int64: Field<bigint> = {read: (reader) => reader.int64(), write: (writer, value) => writer.int64(value)};
export const boolean: Field<boolean> = {
  read: (reader) => reader.int8() !== 0,
  write: (writer, value) => writer.int8(value ? 1 : 0),
};
export const string: Field<string> = {
  read: (reader) => reader.string() ?? missing('text'),
  write: (writer, value) => writer.string(value),
};
export const nullableString: Field<string | undefined> = {
  read: (reader) => reader.string(),
  write: (writer, value) => writer.string(value),
};
export const bytes: Field<Buffer> = {
  read: (reader) => reader.bytes() ?? missing('field of bytes'),
  write: (writer, value) => writer.bytes([value]),
};
/** A record set; what is written may be in parts. */
export const records: Field<Buffer | undefined, readonly Buffer[]> = {
  read: (reader) => reader.bytes(),
  write: (writer, value) => writer.bytes(value),
};
/** 16 bytes, as hexadecimal digits. */
export const uuid: Field<string> = {
  read: (reader) => reader.view(16).toString('hex'),
  write: (writer, value) => writer.raw(Buffer.from(value, 'hex')),
};
export const noUuid = '0'.repeat(32);

function missing(kind: string): never {
  throw new KafkaProtocolError(`a ${kind} that must be there is null`);
}

export function nullableArray<R, W>(item: Field<R, W>): Field<readonly R[] | undefined, readonly W[] | undefined> {
  return {
    read(reader, version) {
      const count = reader.count();
      if (count < 0) return undefined;
      const items: R[] = [];
      for (let index = 0; index < count; index++) items.push(item.read(reader, version));
      return items;
    },
    write(writer, items, version) {
      writer.count(items?.length ?? -1);
      for (const one of items ?? []) item.write(writer, one, version);
    },
  };
}

export function array<R, W>(item: Field<R, W>): Field<readonly R[], readonly W[]> {
  const {read, write} = nullableArray(item);
  return {read: (reader, version) => read(reader, version) ?? missing('array'), write};
}

/** A field of the versions `since` to `until`; others read it as `absent`, which is also written where nothing is given. */
export function between<R, W>(since: number, until: number, field: Field<R, W>, absent: R): Versioned<R, W> {
  return {...field, since, until, absent};
}
export const from = <R, W>(since: number, field: Field<R, W>, absent: R): Versioned<R, W> =>
  between(since, Number.POSITIVE_INFINITY, field, absent);
export const tagged = <R, W>(since: number, tag: number, field: Field<R, W>, absent: R): Versioned<R, W> => ({
  ...from(since, field, absent),
  tag,
});

export function struct<S extends Fields>(fields: S): Field<Read<S>, Written<S>> {
  const entries = Object.entries(fields).map(([name, field]) => ({
    name,
    since: 0,
    until: Number.POSITIVE_INFINITY,
    tag: undefined as number | undefined,
    absent: undefined as unknown,
    ...field,
  }));
  const plain = entries.filter(({tag}) => tag === undefined);
  const byTag = entries.filter(({tag}) => tag !== undefined);
  return {
    read(reader, version) {
      const value: Record<string, unknown> = {};
      for (const {name, absent} of byTag) value[name] = absent;
      for (const {name, since, until, absent, read} of plain)
        value[name] = version >= since && version <= until ? read(reader, version) : absent;
      reader.tags((tag) => {
        const field = byTag.find((one) => one.tag === tag && version >= one.since && version <= one.until);
        if (field !== undefined) value[field.name] = field.read(reader, version);
      });
      return value as Read<S>;
    },
    write(writer, value, version) {
      const given = value as Readonly<Record<string, unknown>>;
      for (const {name, since, until, absent, write} of plain)
        if (version >= since && version <= until)
          write(writer, given[name] === undefined ? absent : given[name], version);
      if (!writer.flexible) return;
      const present = byTag.filter(({name, since}) => version >= since && given[name] !== undefined);
      writer.varint(present.length);
      for (const {name, tag = 0, write} of present) {
        const inner = new KafkaWriter();
        inner.flexible = true;
        write(inner, given[name], version);
        writer
          .varint(tag)
          .varint(inner.size)
          .raw(...inner.finish());
      }
    },
  };
}
