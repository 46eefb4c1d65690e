/** What was done to the attributes of one owner, and the attributes in which it is told. */
import {utf8Bytes} from '../base/index.ts';
import {attributeGoText, findAttribute, type RangeColumn, valueType} from '../model/index.ts';
import {type AttributeEditor, constant} from './attribute-editor.ts';

export type Done = 'redacted' | 'masked' | 'allowed' | 'ignored';
const all: readonly Done[] = ['redacted', 'masked', 'allowed', 'ignored'];

export class RedactionSummary {
  private readonly level: 'debug' | 'info' | 'silent' | '';
  private readonly keysOf: Readonly<Record<Done, Uint8Array>>;
  private readonly countOf: Readonly<Record<Done, Uint8Array>>;
  private readonly counts: Record<Done, number> = {redacted: 0, masked: 0, allowed: 0, ignored: 0};
  private readonly keys: Record<Done, string[]> = {redacted: [], masked: [], allowed: [], ignored: []};
  private isEmpty = true;

  /** `prefix` is `redaction` or `redaction.body`. */
  constructor(level: 'debug' | 'info' | 'silent' | '', prefix: string) {
    this.level = level;
    const names = (end: string) =>
      Object.fromEntries(all.map((done) => [done, utf8Bytes(`${prefix}.${done}.${end}`)])) as Record<Done, Uint8Array>;
    this.keysOf = names('keys');
    this.countOf = names('count');
  }

  add(done: Done, key: () => string): void {
    this.isEmpty = false;
    this.counts[done]++;
    if (this.level === 'debug' && done !== 'ignored') this.keys[done].push(key());
  }

  /** Writes it to the owner, on top of what a processor before this one wrote, and starts over. */
  write(editor: AttributeEditor, owner: RangeColumn, row: number): void {
    if (this.isEmpty) return;
    this.isEmpty = true;
    for (const done of all) {
      const count = this.counts[done];
      const keys = this.keys[done];
      this.counts[done] = 0;
      this.keys[done] = [];
      if (count === 0 || (this.level !== 'debug' && this.level !== 'info')) continue;
      if (this.level === 'debug' && done !== 'ignored') {
        const before = findAttribute(editor.batch, owner, row, this.keysOf[done]);
        const known = before < 0 ? '' : attributeGoText(editor.batch, before);
        if (known !== '') keys.push(...known.split(','));
        editor.setText(editor.put(owner, row, this.keysOf[done]), keys.sort().join(','));
      }
      const before = findAttribute(editor.batch, owner, row, this.countOf[done]);
      const {type, value} = editor.batch.attributes.columns;
      const known = before >= 0 && type.get(before) === valueType.int ? value.getSigned(before) : 0n;
      const sum = constant({type: 'int', value: known + BigInt(count)});
      editor.setConstant(editor.put(owner, row, this.countOf[done]), sum);
    }
  }
}
