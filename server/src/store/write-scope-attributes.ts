/** The searchable text of a span's scope attributes. Readers get them back from the exact bytes of `scope`. */
import type {Lent, SpanBatch} from '../model/index.ts';
import {ByteSink, DictionaryColumn, MapColumn} from '../native/index.ts';
import {writeValueText} from './value-text.ts';

export class ScopeAttributeColumn {
  readonly map = new MapColumn(new DictionaryColumn(), new DictionaryColumn());
  private readonly text = new ByteSink();

  /** Appends a row for each span. A scope is looked at once a batch. */
  append(batch: Lent<SpanBatch>): void {
    const {keys, values} = this.map;
    const scopes = Array.from({length: batch.scopes.count}, (_, row) => this.intern(batch, row));
    const {data} = batch.spans.columns.scope;
    for (let row = 0; row < batch.spans.count; row++) {
      const pairs = scopes[data[row] as number] as readonly (readonly [key: number, value: number])[];
      for (const [key, value] of pairs) {
        keys.push(key);
        values.push(value);
      }
      this.map.close(pairs.length);
    }
  }

  private intern(batch: Lent<SpanBatch>, row: number): (readonly [key: number, value: number])[] {
    const {heap, attributes} = batch;
    const range = batch.scopes.columns.attributes;
    return Array.from({length: range.count(row)}, (_, index) => {
      const at = range.from(row) + index;
      const key = attributes.columns.key.bytes(at, heap);
      this.text.reset();
      writeValueText(this.text, batch, at);
      return [
        this.map.keys.intern(key, 0, key.length),
        this.map.values.intern(this.text.bytes, 0, this.text.length),
      ] as const;
    });
  }
}
