import {sameBytes, utf8Bytes} from '../base/index.ts';

/** The meanings of a few keys, looked up by their UTF-8 bytes: a key of another length costs one array access. */
export class KnownKeys<T> {
  private readonly byLength: (readonly {readonly key: Uint8Array; readonly value: T}[] | undefined)[] = [];

  constructor(entries: Readonly<Record<string, T>>) {
    for (const [text, value] of Object.entries(entries)) {
      const key = utf8Bytes(text);
      this.byLength[key.length] = [...(this.byLength[key.length] ?? []), {key, value}];
    }
  }

  find(bytes: Uint8Array, start: number, length: number): T | undefined {
    const entries = length < this.byLength.length ? this.byLength[length] : undefined;
    if (entries === undefined) return undefined;
    for (const {key, value} of entries) if (sameBytes(bytes, start, length, key, 0, length)) return value;
    return undefined;
  }
}
