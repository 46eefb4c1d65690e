/** Paths of spans and their events. */
import type {SpanBatch} from '../model/index.ts';
import {readOwner} from './attributes.ts';
import {OttlError} from './faults.ts';
import {
  attributesField,
  computed,
  idField,
  idTextField,
  type PathDefinition,
  type Paths,
  readOnly,
  readSlice,
  textField,
  timeField,
  u32Field,
  u64Field,
  wantString,
} from './fields.ts';
import type {Frame} from './frame.ts';
import {Id, Time, type Value, type ValueMap} from './value.ts';

const spans = (frame: Frame) => (frame.batch as SpanBatch).spans.columns;
const events = (frame: Frame) => (frame.batch as SpanBatch).events.columns;
const links = (frame: Frame) => (frame.batch as SpanBatch).links.columns;

const kinds = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const deprecatedKinds = kinds.map((kind) => `SPAN_KIND_${kind.toUpperCase()}`);

/** The kind as one of `names`. */
const kindName = (help: string, names: readonly string[]): PathDefinition =>
  computed(
    'string',
    help,
    (frame, row) => names[spans(frame).kind.get(row)] ?? '',
    (frame, row, value) => {
      const kind = names.indexOf(wantString(value));
      if (kind < 0) throw new OttlError(`expected one of ${names.join(', ')}, found ${JSON.stringify(value)}`);
      spans(frame).kind.set(row, kind);
    },
  );

export const spanPaths: Paths = {
  trace_id: idField((frame) => spans(frame).traceId, 'Id of the trace.'),
  'trace_id.string': idTextField((frame) => spans(frame).traceId, 'Id of the trace in hexadecimal digits.'),
  span_id: idField((frame) => spans(frame).spanId, 'Id of the span.'),
  'span_id.string': idTextField((frame) => spans(frame).spanId, 'Id of the span in hexadecimal digits.'),
  parent_span_id: idField((frame) => spans(frame).parentSpanId, 'Id of the parent; zeros for a root.'),
  'parent_span_id.string': idTextField((frame) => spans(frame).parentSpanId, 'Id of the parent in hexadecimal digits.'),
  trace_state: {
    ...textField((frame) => spans(frame).traceState, 'The trace state; `trace_state["key"]` is one entry of it.'),
    keys: 'traceState',
  },
  flags: u32Field((frame) => spans(frame).flags, 'Flags of the span.'),
  name: textField((frame) => spans(frame).name, 'Name of the span.'),
  kind: u32Field((frame) => spans(frame).kind, 'Kind of the span, one of `SPAN_KIND_…`.'),
  'kind.string': kindName('Kind of the span by name: `Server`.', kinds),
  'kind.deprecated_string': kindName('Kind of the span by its enum name: `SPAN_KIND_SERVER`.', deprecatedKinds),
  start_time_unix_nano: u64Field((frame) => spans(frame).start, 'Start in nanoseconds since 1970.'),
  end_time_unix_nano: u64Field((frame) => spans(frame).end, 'End in nanoseconds since 1970.'),
  start_time: timeField((frame) => spans(frame).start, 'Start.'),
  end_time: timeField((frame) => spans(frame).end, 'End.'),
  attributes: attributesField((frame) => spans(frame).attributes, 'Attributes of the span.'),
  dropped_attributes_count: u32Field((frame) => spans(frame).droppedAttributes, 'Attributes that the sender dropped.'),
  events: readOnly('list', 'Events of the span as maps, to read.', (frame, row) => {
    const range = spans(frame).events;
    return listOf(range.from(row), range.count(row), (event) => {
      const {name, time, attributes} = events(frame);
      return [
        ['name', readSlice(frame, name, event)],
        ['time', new Time(time.getSigned(event))],
        ['attributes', readOwner(frame, {column: () => attributes, row: () => event})],
      ];
    });
  }),
  dropped_events_count: u32Field((frame) => spans(frame).droppedEvents, 'Events that the sender dropped.'),
  links: readOnly('list', 'Links of the span as maps, to read.', (frame, row) => {
    const range = spans(frame).links;
    return listOf(range.from(row), range.count(row), (link) => {
      const {traceId, spanId, traceState, attributes} = links(frame);
      return [
        ['trace_id', new Id(traceId.get(link).slice())],
        ['span_id', new Id(spanId.get(link).slice())],
        ['trace_state', readSlice(frame, traceState, link)],
        ['attributes', readOwner(frame, {column: () => attributes, row: () => link})],
      ];
    });
  }),
  dropped_links_count: u32Field((frame) => spans(frame).droppedLinks, 'Links that the sender dropped.'),
  status: readOnly('map', 'Status as a map, to read.', (frame, row) => {
    const {statusCode, statusMessage} = spans(frame);
    const map: ValueMap = new Map();
    map.set('code', BigInt(statusCode.get(row)));
    return map.set('message', readSlice(frame, statusMessage, row));
  }),
  'status.code': u32Field((frame) => spans(frame).statusCode, 'Status code, one of `STATUS_CODE_…`.'),
  'status.message': textField((frame) => spans(frame).statusMessage, 'Message of the status.'),
};

export const spanEventPaths: Paths = {
  time_unix_nano: u64Field((frame) => events(frame).time, 'Time in nanoseconds since 1970.'),
  time: timeField((frame) => events(frame).time, 'Time.'),
  name: textField((frame) => events(frame).name, 'Name of the event.'),
  attributes: attributesField((frame) => events(frame).attributes, 'Attributes of the event.'),
  dropped_attributes_count: u32Field((frame) => events(frame).droppedAttributes, 'Attributes that the sender dropped.'),
  event_index: {
    type: 'int',
    help: 'Position of the event in its span, from 0.',
    make: (row) => ({
      get: (frame) => (frame.parent < 0 ? undefined : BigInt(row(frame) - spans(frame).events.from(frame.parent))),
    }),
  },
};

function listOf(from: number, count: number, entries: (row: number) => readonly (readonly [string, Value])[]): Value {
  return Array.from({length: count}, (_, index) => new Map(entries(from + index)));
}
