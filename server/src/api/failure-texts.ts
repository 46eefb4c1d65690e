/**
 * Every failure of Weft's own API by its reason, in English, with holes for what is known only where it happens. A client says it in
 * its reader's language by `reason` and `values`; the page's catalogues are in `ui/src/i18n/reasons`. A reason keeps its meaning.
 */
import type {ApiErrorCode} from './contract.ts';

interface FailureText {
  readonly code: ApiErrorCode;
  /** `{name}` stands for a value. */
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string;
}

export const failureTexts = {
  parameter_unknown: {
    code: 'bad_request',
    message: "There is no parameter '{parameter}' here.",
    hint: 'It takes {known}.',
  },
  parameters_none: {
    code: 'bad_request',
    message: "There is no parameter '{parameter}' here.",
    hint: 'This address takes no parameters.',
  },
  parameter_missing: {
    code: 'bad_request',
    message: "The parameter '{parameter}' is missing.",
    hint: 'Expected {expected}.',
  },
  parameter_repeated: {
    code: 'bad_request',
    message: "The parameter '{parameter}' is given {times} times.",
    hint: 'It may be given once.',
  },
  parameter_invalid: {
    code: 'bad_request',
    message: "The parameter '{parameter}' is not valid: {given}.",
    hint: 'Expected {expected}.',
  },
  condition_invalid: {
    code: 'bad_request',
    message: "The parameter '{parameter}' is not valid: {given}.",
    hint: '{advice}',
  },
  condition_not_number: {
    code: 'bad_request',
    message: "The parameter '{parameter}' compares with what is not a number: {given}.",
    hint: '{advice}',
  },
  durations_crossed: {
    code: 'bad_request',
    message: 'No {what} is at least as long as {least} and at most {greatest}.',
    hint: 'Expected a duration not shorter than {least}.',
  },
  columns_many: {
    code: 'bad_request',
    message: 'There are {count} columns; at most {most}.',
    hint: 'Leave some out.',
  },
  traces_many: {
    code: 'bad_request',
    message: 'There are {count} traces; at most {most}.',
    hint: 'Ask for them in several requests.',
  },
  moment_unit: {
    code: 'bad_request',
    message: "The parameter '{parameter}' is a moment in 1970: {given}. As {unit} it would be {moment}.",
    hint: 'Expected nanoseconds since 1970, here {nanos}.',
  },
  traceql_invalid: {
    code: 'bad_request',
    message: "The parameter '{parameter}' is not a query of TraceQL: {fault}",
    hint: 'Expected a query such as {example}.',
  },
  range_empty: {
    code: 'bad_request',
    message: 'The time range is empty.',
    hint: 'Expected a moment after {start}.',
  },
  trace_id_invalid: {
    code: 'bad_request',
    message: '{given} is not a trace id.',
    hint: 'Expected 1 to 32 hexadecimal digits, not all zero.',
  },
  span_id_invalid: {
    code: 'bad_request',
    message: '{given} is not a span id.',
    hint: 'Expected 1 to 16 hexadecimal digits, not all zero.',
  },
  mend_neither: {
    code: 'bad_request',
    message: 'Before and after what is not said.',
    hint: "Give the moment of the mend as 'at', or an attribute as 'by' with its values 'before' and 'after'.",
  },
  mend_both: {
    code: 'bad_request',
    message: "There are both a moment, 'at', and an attribute, 'by'.",
    hint: 'Leave one of them out.',
  },
  mend_value_unused: {
    code: 'bad_request',
    message: "The parameter '{parameter}' belongs to an attribute, 'by', and a moment, 'at', is given.",
    hint: "Leave it out, or give 'by' in place of 'at'.",
  },
  mend_values_equal: {
    code: 'bad_request',
    message: "'before' and 'after' are the same value, {given}.",
    hint: 'Expected two values of the attribute {key}.',
  },
  question_twice: {
    code: 'bad_request',
    message: "There are both a query of TraceQL, 'q', and the parameter '{parameter}'.",
    hint: 'Leave one of them out: the query can ask for the same.',
  },
  mend_value_missing: {
    code: 'bad_request',
    message: "The parameter '{parameter}' is missing.",
    hint: 'Expected a value of the attribute {key}.',
  },
  trace_missing: {
    code: 'not_found',
    message: 'There is no trace {trace}.',
    hint: 'It may not have arrived yet, or its retention may have ended.',
  },
  span_missing: {
    code: 'not_found',
    message: 'There is no span {span} in the trace {trace}.',
    hint: 'It may not have arrived yet, or its retention may have ended.',
  },
  find_long: {
    code: 'bad_request',
    message: 'The text has {characters} characters; at most {most}.',
    hint: 'Leave some out.',
  },
  find_terms: {code: 'bad_request', message: 'The text has {terms} terms; at most {most}.', hint: 'Leave some out.'},
  find_empty: {
    code: 'bad_request',
    message: 'The text has nothing to find.',
    hint: 'Expected words or comparisons such as {example}.',
  },
  find_not_duration: {
    code: 'bad_request',
    message: "'{given}' is no duration.",
    hint: 'Expected one such as 200ms, 1.5s or 1h30m.',
  },
  find_not_number: {
    code: 'bad_request',
    message: "'{given}' is no number.",
    hint: '{operators} compare numbers, as in {example}.',
  },
  body_not_json: {
    code: 'bad_request',
    message: 'The body is not a JSON object.',
    hint: 'Expected an object with {fields}.',
  },
  field_unknown: {code: 'bad_request', message: "There is no field '{field}' here.", hint: 'It takes {known}.'},
  field_invalid: {
    code: 'bad_request',
    message: "The field '{field}' is not valid: {given}.",
    hint: 'Expected {expected}.',
  },
  body_empty: {
    code: 'bad_request',
    message: 'The body changes nothing.',
    hint: 'Expected a JSON object with {fields}.',
  },
  body_large: {code: 'too_large', message: 'The body has more than {limit} bytes, the most that is read here.'},
  override_ends_twice: {
    code: 'bad_request',
    message: 'Both `for` and `until` are given.',
    hint: 'Expected one of them.',
  },
  override_not_duration: {
    code: 'bad_request',
    message: '{given} is not a duration.',
    hint: 'Expected one such as 15m or 2h.',
  },
  override_not_moment: {
    code: 'bad_request',
    message: '{given} is not a moment.',
    hint: 'Expected one such as 2026-01-02T03:04:05Z.',
  },
  override_short: {
    code: 'bad_request',
    message: 'It would have ended before anybody noticed.',
    hint: 'Expected a second or more from now.',
  },
  override_long: {
    code: 'bad_request',
    message: 'It would last too long.',
    hint: 'Expected at most 30 days; for ever is what a configuration is for.',
  },
  service_name_invalid: {
    code: 'bad_request',
    message: 'This is not the name of a service.',
    hint: 'Expected 1 to {most} characters.',
  },
  override_missing: {
    code: 'not_found',
    message: 'Nothing is set for {service}.',
    hint: 'GET /api/weft/v1/instrument/overrides lists what is; it may have ended by itself.',
  },
  component_missing: {
    code: 'not_found',
    message: 'No component {key} runs.',
    hint: 'GET /api/weft/v1/pipeline lists those that do; a reload may have taken it out.',
  },
  overrides_full: {
    code: 'too_large',
    message: 'There are too many overrides.',
    hint: 'Clear some: GET /instrument/overrides.',
  },
  tenants_full: {
    code: 'too_large',
    message: 'There are too many tenants that have changed something.',
    hint: 'The configuration holds for this one.',
  },
  tenant_invalid: {
    code: 'bad_request',
    message: 'The header X-Scope-OrgID does not name a tenant.',
    hint: "Expected 1 to 150 letters, digits and !-_.*'().",
  },
  host_unknown: {
    code: 'forbidden',
    message: "Weft listens on this machine only and is not known as '{host}'.",
    hint: 'Use http://127.0.0.1 or http://localhost, or add the name to `weft.http.hosts` in the configuration.',
  },
  site_foreign: {
    code: 'forbidden',
    message: 'Another site may not write to Weft.',
    hint: 'Call it from its own page, or from a program that sends no Origin header.',
  },
  encoding_invalid: {
    code: 'bad_request',
    message: "'{given}' in the address is not percent-encoded UTF-8.",
    hint: 'Expected %XX for each byte of a character, and %25 for a percent sign.',
  },
  address_unknown: {
    code: 'not_found',
    message: 'There is no {method} {path}.',
    hint: 'See docs/reference/http-api.md.',
  },
  address_to_come: {
    code: 'not_implemented',
    message: '{language} will be answered under {prefix}; it is not in this version.',
  },
  address_long: {
    code: 'bad_request',
    message: 'This address is too long: with its headers a request has at most {kibibytes} KiB.',
    hint: 'Leave conditions out, or shorten a value.',
  },
  request_slow: {
    code: 'bad_request',
    message: 'The request did not arrive as a whole in time.',
    hint: 'Send it again.',
  },
  request_unreadable: {code: 'bad_request', message: 'This is not a request that HTTP allows.'},
  method_unknown: {
    code: 'method_not_allowed',
    message: '{method} is not possible on {path}.',
    hint: 'It takes {methods}.',
  },
  mcp_off: {
    code: 'forbidden',
    message: 'This Weft answers no assistants: it can be reached from other machines.',
    hint: 'Whoever runs it can allow it with `weft.mcp.enabled: true`; who reaches it can then read all that is stored.',
  },
  page_absent: {
    code: 'not_found',
    message: 'This Weft was started without its page.',
    hint: 'Build it with `npm run build`; the APIs work without it: see /api/weft/v1/status.',
  },
  page_unbuilt: {code: 'not_found', message: 'The page has not been built.', hint: 'Build it with `npm run build`.'},
  file_missing: {code: 'not_found', message: 'There is no such file.'},
  query_seconds: {
    code: 'timeout',
    message: 'The question takes longer than {seconds} s. Narrow its time range, or add a condition such as a service.',
  },
  query_rows: {
    code: 'too_large',
    message: 'The answer has more than {rows} rows. Narrow the time range, or lower the limit.',
  },
  query_count: {
    code: 'too_large',
    message:
      'The question takes more than {queries} queries. Narrow its time range, or add a condition such as a service.',
  },
  query_memory: {
    code: 'too_large',
    message: 'The question needs more than {mebibytes} MiB of memory. Narrow its time range, or lower its limit.',
  },
  query_bytes: {
    code: 'too_large',
    message: 'The answer has more than {mebibytes} MiB. Ask for fewer rows or columns, or narrow the time range.',
  },
  query_conditions: {
    code: 'too_large',
    message: 'The search has {count} conditions; at most {most}. Leave some out.',
  },
  query_alternatives: {
    code: 'too_large',
    message: 'The search has {count} alternatives in its conditions; at most {most}. Leave some out.',
  },
  query_characters: {
    code: 'too_large',
    message: 'The search has {count} characters in its conditions; at most {most}. Leave some out.',
  },
  sql_missing: {
    code: 'bad_request',
    message: 'There is no statement.',
    hint: 'Expected `query` in the address, or in the body as JSON: {example}',
  },
  /** From here on, `message` is English and says more than the reason. */
  sql_at: {code: 'bad_request', message: '{message}', hint: 'Line {line}, column {column}: {found}'},
  sql_failed: {code: 'bad_request', message: '{message}', hint: 'DESCRIBE and the name of a table tell its columns.'},
  query_timeout: {code: 'timeout', message: '{message}'},
  query_too_large: {code: 'too_large', message: '{message}'},
  query_unavailable: {
    code: 'unavailable',
    message: '{message}',
    hint: 'GET /ready says what is missing. Received data is kept meanwhile.',
  },
  query_cancelled: {code: 'unavailable', message: '{message}', hint: 'Ask again.'},
  flush_timeout: {
    code: 'timeout',
    message: '{message}',
    hint: 'Nothing is lost: it goes in as soon as ClickHouse takes it.',
  },
  request_large: {code: 'too_large', message: '{message}'},
  busy: {code: 'unavailable', message: '{message}'},
  request_malformed: {code: 'bad_request', message: '{message}'},
  request_lost: {code: 'not_found', message: '{message}'},
  request_method: {code: 'method_not_allowed', message: '{message}'},
  request_unsupported: {code: 'unsupported', message: '{message}'},
  internal: {code: 'internal', message: 'Weft failed to answer this request.', hint: "The cause is in Weft's log."},
} as const satisfies Readonly<Record<string, FailureText>>;

/** Parts of a sentence that a value of a failure may be. */
export const phrases = {
  text: 'a text',
  one_of: 'one of {options}',
  whole_number: 'a whole number from {minimum} to {maximum}',
  duration: 'a duration such as 200ms, 1.5s or 1h30m',
  share: 'a number from 0 to 1',
  number_above_0: 'a number above 0',
  short_text: 'a text of at most {most} characters',
  values_by_name: 'an object whose values are texts or numbers',
  level: 'a level such as debug, info or warn',
  lasting: 'a duration such as 15m or 2h',
  day_and_time: 'a moment such as 2026-01-02T03:04:05Z',
  moment: 'nanoseconds since 1970, or a moment such as 2026-01-02T03:04:05Z',
  condition: 'key=value, key!=value, or a comparison with a number such as http.response.status_code>=500',
  write_condition:
    'Expected key=value, key!=value, or a comparison with a number such as http.response.status_code>=500.',
  write_number:
    'Expected a number after {operator}. A key that has one of = ! < > in it is written in quotes: "a>b"=c.',
  write_quoted:
    'Expected a quote at the end of the key, right before the operator: "a>b"=c. A quote in the key is written \\", a backslash \\\\.',
  unit_seconds: 'seconds',
  unit_milliseconds: 'milliseconds',
  unit_microseconds: 'microseconds',
  use_duration:
    'For a duration use minDuration and maxDuration (of a span), minTraceDuration and maxTraceDuration (of a trace).',
  use_status: 'For the status of a span use status=error, for that of the request outcome=failed.',
  use_service: 'For the service use service=NAME.',
  use_operation: 'For the name of a span use operation=NAME.',
  use_kind: 'For the kind of a span use kind=server.',
  what_span: 'span',
  what_trace: 'trace',
} as const satisfies Readonly<Record<string, string>>;

export type FailureReason = keyof typeof failureTexts;
export type PhraseName = keyof typeof phrases;

export interface Phrase {
  readonly phrase: PhraseName;
  readonly values: Readonly<Record<string, string | number>>;
}
export type FailureValue = string | number | Phrase;

type Holes<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Holes<Rest> : never;
type TextOf<R extends FailureReason> = (typeof failureTexts)[R] extends {readonly hint: infer H}
  ? (typeof failureTexts)[R]['message'] | H
  : (typeof failureTexts)[R]['message'];
/** A value for each hole of a failure's message and hint. */
export type FailureValues<R extends FailureReason> = {readonly [K in Holes<TextOf<R>>]: FailureValue};

/** Fills the holes of a text. */
export const say = (text: string, values: Readonly<Record<string, FailureValue>>): string =>
  text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    return value === undefined ? hole : sayValue(value);
  });

export function sayValue(value: FailureValue): string {
  if (typeof value === 'object') return say(phrases[value.phrase], value.values);
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}
