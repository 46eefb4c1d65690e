/** Log records as rows of the table `logs`. */
import {type Clock, systemClock, unixNanoFromMillis} from '../base/index.ts';
import type {Lent, LogBatch} from '../model/index.ts';
import {
  ByteSink,
  DictionaryColumn,
  type NativeColumn,
  PlainColumn,
  stringColumn,
  u8Column,
  u32Column,
  writeBlock,
} from '../native/index.ts';
import type {BlockWriter} from './block-writer.ts';
import {TypeLetters, writeValueText} from './value-text.ts';
import {AttributeColumns, OriginColumns} from './write-attributes.ts';
import {appendBytes, appendPlaces, appendTenant, appendWords, appendWords32} from './write-spans.ts';

const isGiven = (words: Uint32Array, row: number): boolean => words[2 * row] !== 0 || words[2 * row + 1] !== 0;

export function createLogWriter(clock: Clock = systemClock): BlockWriter<LogBatch> {
  const attributes = new AttributeColumns();
  const origin = new OriginColumns();
  const columns = {
    tenant: new DictionaryColumn(),
    stray: u8Column(),
    /** When it happened; where the sender did not say, when it was observed; where nobody says, when it arrived. */
    time: new PlainColumn("DateTime64(9, 'UTC')"),
    observed_time: new PlainColumn("DateTime64(9, 'UTC')"),
    trace_id: new PlainColumn('FixedString(16)'),
    span_id: new PlainColumn('FixedString(8)'),
    flags: u32Column(),
    severity_number: u8Column(),
    severity_text: new DictionaryColumn(),
    event_name: new DictionaryColumn(),
    /** The text form, and the letter of its type: '' where there is no body. */
    body: stringColumn(),
    body_type: new DictionaryColumn(),
    attributes: attributes.map,
    attribute_types: attributes.types,
    dropped_attributes: u32Column(),
    ...origin.columns,
  } satisfies Record<string, NativeColumn>;
  const scratch = new ByteSink(64 * 1024);
  const text = new ByteSink();
  const bodyType = new TypeLetters();
  let rows = 0;

  return {
    get rows() {
      return rows;
    },
    append(batch, tenant, places) {
      const logs = batch.logs.columns;
      const count = batch.logs.count;
      const {bytes} = batch.heap;
      appendTenant(columns.tenant, tenant, count);
      appendPlaces(columns.stray.data, places, count);
      const arrived = unixNanoFromMillis(clock.now());
      for (let row = 0; row < count; row++) {
        if (isGiven(logs.time.words, row)) appendTime(logs.time.words, row);
        else if (isGiven(logs.observedTime.words, row)) appendTime(logs.observedTime.words, row);
        else columns.time.data.u64(Number(arrived & 0xffff_ffffn), Number(arrived >> 32n));
        columns.severity_text.append(bytes, logs.severityText.start(row), logs.severityText.size(row));
        columns.event_name.append(bytes, logs.eventName.start(row), logs.eventName.size(row));
        appendBody(batch, row);
        attributes.append(batch, logs.attributes.from(row), logs.attributes.count(row));
      }
      appendWords(columns.observed_time.data, logs.observedTime.words, count);
      columns.trace_id.data.copy(logs.traceId.bytes, 0, 16 * count);
      columns.span_id.data.copy(logs.spanId.bytes, 0, 8 * count);
      appendWords32(columns.flags.data, logs.flags.data, count);
      appendBytes(columns.severity_number.data, logs.severityNumber.data, count);
      appendWords32(columns.dropped_attributes.data, logs.droppedAttributes.data, count);
      origin.append(batch, logs.resource.data, logs.scope.data, count);
      rows += count;
    },
    finish() {
      const block = {table: 'logs', bytes: writeBlock(columns, rows, scratch), rows};
      for (const column of Object.values(columns)) (column as NativeColumn).reset();
      rows = 0;
      return {blocks: [block]};
    },
  };

  function appendTime(words: Uint32Array, row: number): void {
    columns.time.data.u64(words[2 * row] as number, words[2 * row + 1] as number);
  }

  function appendBody(batch: Lent<LogBatch>, row: number): void {
    const {body} = batch.logs.columns;
    text.reset();
    bodyType.reset();
    if (body.count(row) === 0) {
      columns.body_type.append(text.bytes, 0, 0);
      columns.body.data.varint(0);
      return;
    }
    bodyType.append(batch, body.from(row));
    bodyType.end();
    columns.body_type.append(bodyType.sink.bytes, 0, bodyType.sink.length);
    writeValueText(text, batch, body.from(row));
    columns.body.data.string(text.bytes, 0, text.length);
  }
}
