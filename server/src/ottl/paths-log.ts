/** Paths of log records. */
import type {LogBatch, RangeColumn} from '../model/index.ts';
import {readRow, rowIsText, rowNumber, writeRow} from './attributes.ts';
import {
  attributesField,
  computed,
  idField,
  idTextField,
  type Paths,
  textField,
  timeField,
  u32Field,
  u64Field,
  wantString,
} from './fields.ts';
import type {Frame} from './frame.ts';
import {asString} from './text.ts';
import {toAny, type Value} from './value.ts';

const logs = (frame: Frame) => (frame.batch as LogBatch).logs.columns;

function setBody(frame: Frame, row: number, value: Value): void {
  // What no body can hold is refused before one is made.
  if (typeof value === 'object') toAny(value);
  const {body} = logs(frame);
  const {attributes} = frame.batch;
  const at = body.count(row) > 0 ? body.from(row) : attributes.add();
  attributes.columns.key.setPair(at, 0, 0);
  body.setPair(row, at, 1);
  writeRow(frame.batch, at, value);
}

const bodyRow = (body: RangeColumn, row: number): number => (body.count(row) > 0 ? body.from(row) : -1);

export const logPaths: Paths = {
  time_unix_nano: u64Field((frame) => logs(frame).time, 'Time in nanoseconds since 1970.'),
  observed_time_unix_nano: u64Field(
    (frame) => logs(frame).observedTime,
    'Time of observation in nanoseconds since 1970.',
  ),
  time: timeField((frame) => logs(frame).time, 'Time.'),
  observed_time: timeField((frame) => logs(frame).observedTime, 'Time of observation.'),
  severity_number: u32Field((frame) => logs(frame).severityNumber, 'Severity, one of `SEVERITY_NUMBER_…`.'),
  severity_text: textField((frame) => logs(frame).severityText, 'Severity as the source calls it.'),
  body: {
    type: 'any',
    help: 'Body of the record; `body["key"]` and `body[0]` reach into maps and lists.',
    keys: 'value',
    make: (row) => ({
      get(frame) {
        const at = bodyRow(logs(frame).body, row(frame));
        return at < 0 ? undefined : readRow(frame.batch, at);
      },
      sameText(frame, text) {
        const at = bodyRow(logs(frame).body, row(frame));
        return at >= 0 && rowIsText(frame.batch, at, text);
      },
      number(frame) {
        const at = bodyRow(logs(frame).body, row(frame));
        return at < 0 ? Number.NaN : rowNumber(frame.batch, at);
      },
      set: (frame, value) => setBody(frame, row(frame), value),
    }),
  },
  'body.string': computed(
    'string',
    'Body of the record as text; maps and lists as JSON.',
    (frame, row) => {
      const at = bodyRow(logs(frame).body, row);
      return at < 0 ? '' : asString(readRow(frame.batch, at));
    },
    (frame, row, value) => setBody(frame, row, wantString(value)),
  ),
  attributes: attributesField((frame) => logs(frame).attributes, 'Attributes of the record.'),
  dropped_attributes_count: u32Field((frame) => logs(frame).droppedAttributes, 'Attributes that the sender dropped.'),
  flags: u32Field((frame) => logs(frame).flags, 'Flags of the record.'),
  trace_id: idField((frame) => logs(frame).traceId, 'Id of the trace.'),
  'trace_id.string': idTextField((frame) => logs(frame).traceId, 'Id of the trace in hexadecimal digits.'),
  span_id: idField((frame) => logs(frame).spanId, 'Id of the span.'),
  'span_id.string': idTextField((frame) => logs(frame).spanId, 'Id of the span in hexadecimal digits.'),
  event_name: textField((frame) => logs(frame).eventName, 'Name of the event that the record is.'),
};
