/** The tables that people ask: what they are called, what is in them. The store says how each is made (`store/sql-tables.ts`). */

export interface SqlColumn {
  readonly name: string;
  /** As ClickHouse writes it. */
  readonly type: string;
  readonly description: string;
}

export interface SqlTable {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly SqlColumn[];
}

const attributes = 'Map(String, String)';
/** Of few different texts. */
const label = 'LowCardinality(String)';
const nanos = "DateTime64(9, 'UTC')";
const column = (name: string, type: string, description: string): SqlColumn => ({name, type, description});

export const sqlTables = [
  {
    name: 'spans',
    description: 'One row a span, as it is stored: a span that was sent twice is there twice.',
    columns: [
      column(
        'trace_id',
        'String',
        '32 hexadecimal digits in lower case. Equal to a constant, it is looked up in the index of traces.',
      ),
      column('span_id', 'String', '16 hexadecimal digits in lower case.'),
      column('parent_span_id', 'String', 'Empty on a root span.'),
      column('service', label, 'The name of the service: `service.name` of its resource.'),
      column('name', label, 'The name of the operation.'),
      column('kind', 'String', '`unspecified`, `internal`, `server`, `client`, `producer` or `consumer`.'),
      column(
        'start_time',
        nanos,
        'When it started. Compared with a constant, it selects what is read: name a time wherever you can.',
      ),
      column('end_time', nanos, 'When it ended.'),
      column('duration_ms', 'Float64', 'How long it took, in milliseconds.'),
      column('duration_ns', 'Int64', 'The same in nanoseconds, exactly.'),
      column('status', 'String', '`unset`, `ok` or `error`.'),
      column('status_message', 'String', 'What was said with the status.'),
      column(
        'attributes',
        attributes,
        "By key: `attributes['http.route']`, the empty text where there is none. Every value is its text.",
      ),
      column('resource_attributes', attributes, "Of the resource: `resource_attributes['service.version']`."),
      column('scope_name', label, 'The name of the instrumentation scope.'),
      column('scope_version', label, 'Its version.'),
      column('trace_state', 'String', "W3C's tracestate."),
      column(
        'events',
        `Array(Tuple(time ${nanos}, name String, attributes ${attributes}))`,
        'What happened on the way, such as exceptions: `ARRAY JOIN events AS event` makes a row of each.',
      ),
      column(
        'links',
        `Array(Tuple(trace_id String, span_id String, attributes ${attributes}))`,
        'The spans that it is linked to.',
      ),
    ],
  },
  {
    name: 'traces',
    description: 'One row a trace, summed up from its spans.',
    columns: [
      column('trace_id', 'String', '32 hexadecimal digits in lower case.'),
      column('start_time', nanos, 'When its first span started.'),
      column('end_time', nanos, 'When its last span ended.'),
      column('duration_ms', 'Float64', 'Between the two, in milliseconds.'),
      column('spans', 'UInt64', 'How many spans it has.'),
      column('errors', 'UInt64', 'How many of them have the status error.'),
      column(
        'root_status',
        'String',
        '`error` where a root span failed, `ok` where none did, `missing` where no root has arrived.',
      ),
    ],
  },
  {
    name: 'rates',
    description:
      'Calls by the minute, counted from every span before any sampling: small, and so quick over weeks. A row is what one operation ' +
      'had in a minute of one status and about one duration: sum up `calls`.',
    columns: [
      column('minute', "DateTime('UTC')", 'When the minute begins.'),
      column('service', label, 'The name of the service.'),
      column('name', label, 'The name of the operation.'),
      column('kind', 'String', 'As of spans.'),
      column('status', 'String', '`unset`, `ok` or `error`.'),
      column(
        'duration_ms',
        'Float64',
        'The middle of a step of durations, at most 5 % off, for `quantileExactWeighted(0.99)(duration_ms, calls)`.',
      ),
      column('calls', 'UInt64', 'How many there were.'),
    ],
  },
  {
    name: 'operations',
    description: 'Which operations there are, by the day: sum up `spans`.',
    columns: [
      column('day', 'Date', 'The day, in UTC.'),
      column('service', label, 'The name of the service.'),
      column('name', label, 'The name of the operation.'),
      column('kind', 'String', 'As of spans.'),
      column('spans', 'UInt64', 'How many spans there were.'),
    ],
  },
  {
    name: 'logs',
    description: 'One row a log record.',
    columns: [
      column('time', nanos, 'When it was written. Compared with a constant, it selects what is read.'),
      column('service', label, 'The name of the service.'),
      column('severity', label, 'As it was sent, such as `ERROR`.'),
      column('severity_number', 'UInt8', '1 to 24; from 17 on it is an error.'),
      column('body', 'String', 'The text.'),
      column('trace_id', 'String', '32 hexadecimal digits, empty where it belongs to no trace.'),
      column('span_id', 'String', '16 hexadecimal digits, empty where it belongs to no span.'),
      column('attributes', attributes, 'By key, every value as its text.'),
      column('resource_attributes', attributes, 'Of the resource.'),
    ],
  },
] as const satisfies readonly SqlTable[];

export type SqlTableName = (typeof sqlTables)[number]['name'];

/** Names of tables are taken as they are spelled. */
export const tableNamed = (name: string): (SqlTable & {readonly name: SqlTableName}) | undefined =>
  sqlTables.find((table) => table.name === name);
