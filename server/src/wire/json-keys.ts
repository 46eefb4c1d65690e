import {sameBytes, utf8Bytes} from '../base/index.ts';
import {hashKey, type JsonReader} from './json-reader.ts';

/**
 * The meanings of an object's keys. Each is known in lowerCamelCase, as OTLP's JSON has it, and as the field is called in the
 * .proto file (`start_time_unix_nano`), which the specification forbids to send but some senders do.
 */
export class JsonKeys<T> {
  /** An open hash table: slots by `hashKey`, the next free one where it is taken. */
  private readonly slots: (Entry<T> | undefined)[];

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    const all = [...entries].flatMap(([name, value]) => {
      const original = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return [...new Set([name, original])].map((key) => ({key: utf8Bytes(key), value}));
    });
    let size = 4;
    while (size < 3 * all.length) size *= 2;
    this.slots = Array.from({length: size}, () => undefined);
    for (const {key, value} of all) {
      const hash = hashKey(key);
      let slot = hash & (size - 1);
      while (this.slots[slot] !== undefined) slot = (slot + 1) & (size - 1);
      this.slots[slot] = {hash, key, value};
    }
  }

  /** The meaning of the key that the reader just read; undefined where it is unknown. */
  find(reader: JsonReader): T | undefined {
    const {slots} = this;
    const {hash} = reader;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot];
      if (entry === undefined) return undefined;
      if (entry.hash === hash && isKey(reader, entry.key)) return entry.value;
    }
  }
}

interface Entry<T> {
  readonly hash: number;
  readonly key: Uint8Array;
  readonly value: T;
}

function isKey(reader: JsonReader, key: Uint8Array): boolean {
  const {bytes, from, to} = reader;
  if (!reader.escaped) return sameBytes(bytes, from, to - from, key, 0, key.length);
  const unescaped = utf8Bytes(reader.text());
  return sameBytes(unescaped, 0, unescaped.length, key, 0, key.length);
}
