/**
 * The table of texts that spans share: a search for a value that stands in them finds out there which of them to look for. A text is
 * told with the first span that has it, and again every day, so that retention does not forget what is in use.
 */
import {createHash} from 'node:crypto';
import {type Clock, type TenantId, utf8Bytes} from '../base/index.ts';
import {ByteSink, DictionaryColumn, PlainColumn, stringColumn, writeBlock} from '../native/index.ts';
import type {Block} from './block-writer.ts';
import {spanTextTable} from './schema-segments.ts';

export interface SharedText {
  readonly bytes: Uint8Array;
  /** To whom it was told last, and at which turn: kept here so that a span costs two comparisons. */
  told: {readonly tenant: TenantId; readonly turn: number} | undefined;
}

/** Tenants' texts that are known to have been told; beyond, all are told again. */
const maxTold = 100_000;
const dayMs = 86_400_000;

export class SpanTexts {
  private readonly columns = {tenant: new DictionaryColumn(), day: new PlainColumn('Date'), text: stringColumn()};
  private readonly scratch = new ByteSink();
  private readonly clock: Clock;
  private rows = 0;
  private readonly told = new Set<string>();
  /** Changes with the day, and when everything has to be told again. */
  private turn = 0;
  private day = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** To be called before the spans of a batch; `latestMs` is the time of its last one where that may be after today. */
  begin(latestMs: number): void {
    // A Date ends in 2149.
    const day = Math.min(65_535, Math.floor(Math.max(this.clock.now(), latestMs) / dayMs));
    if (day === this.day) return;
    this.day = day;
    this.turn++;
  }

  /** Tells the tenant's text unless it has been told. */
  use(text: SharedText, tenant: TenantId): void {
    const {told} = text;
    if (told !== undefined && told.turn === this.turn && told.tenant === tenant) return;
    text.told = {tenant, turn: this.turn};
    const key = `${this.day} ${createHash('sha1').update(text.bytes).digest('base64')} ${tenant}`;
    if (this.told.has(key)) return;
    if (this.told.size >= maxTold) this.told.clear();
    this.told.add(key);
    const bytes = utf8Bytes(tenant);
    this.columns.tenant.append(bytes, 0, bytes.length);
    const at = this.columns.day.data.reserve(2);
    this.columns.day.data.bytes.writeUInt16LE(this.day, at);
    this.columns.text.data.string(text.bytes, 0, text.bytes.length);
    this.rows++;
  }

  /** What was not told before. */
  finish(): readonly Block[] {
    const {rows} = this;
    if (rows === 0) return [];
    const block = {table: spanTextTable, bytes: writeBlock(this.columns, rows, this.scratch), rows};
    for (const column of Object.values(this.columns)) column.reset();
    this.rows = 0;
    return [block];
  }

  /** What was told may be gone: everything is told again. */
  forget(): void {
    this.told.clear();
    this.turn++;
  }
}
