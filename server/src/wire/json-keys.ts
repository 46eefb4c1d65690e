import {sameBytes, utf8Bytes} from '../base/index.ts';
import {hashKey, type JsonReader} from './json-reader.ts';

/**
 * What the keys of an object mean. Each is known in lowerCamelCase, as OTLP's JSON has it, and as the field is called in the
 * .proto file (`start_time_unix_nano`), which the specification forbids to send but some senders do.
 */
export class JsonKeys<T> {
  private readonly byHash = new Map<number, {readonly key: Uint8Array; readonly value: T}[]>();

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    for (const [name, value] of entries) {
      const original = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      for (const key of new Set([name, original])) {
        const bytes = utf8Bytes(key);
        const hash = hashKey(bytes);
        this.byHash.set(hash, [...(this.byHash.get(hash) ?? []), {key: bytes, value}]);
      }
    }
  }

  /** What the key that the reader just read means; undefined where it is unknown. */
  find(reader: JsonReader): T | undefined {
    const found = this.byHash.get(reader.hash);
    if (found === undefined) return undefined;
    const key = reader.escaped ? utf8Bytes(reader.text()) : reader.bytes;
    const start = reader.escaped ? 0 : reader.from;
    const length = reader.escaped ? key.length : reader.to - start;
    for (let i = 0; i < found.length; i++) {
      const entry = found[i] as {key: Uint8Array; value: T};
      if (sameBytes(key, start, length, entry.key, 0, entry.key.length)) return entry.value;
    }
    return undefined;
  }
}
