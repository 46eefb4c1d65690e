/** The kind of an error in a word, out of what exceptions, statuses and drivers say of it. */
import {responseStatus} from '../query/index.ts';
import {attributeKey, type Trace} from './trace.ts';

/** From the most to the least particular: the first that fits names the error. */
const patterns = [
  ['deadlock', /\bdead ?lock|\b40P01\b|\bORA-00060\b|ER_LOCK_DEADLOCK/i],
  [
    'lock_timeout',
    /lock wait timeout|lock ?timeout|\b55P03\b|could not obtain lock|ER_LOCK_WAIT_TIMEOUT|\bORA-00054\b/i,
  ],
  [
    'pool_closed',
    /cannot use a pool after|pool (is|was|has been) (closed|destroyed|shut|ended|draining)|pool is destroyed|closed pool/i,
  ],
  [
    'pool_exhausted',
    /timeout exceeded when trying to connect|pool.{0,40}(exhaust|timed? ?out|limit|is full|no available)|connection is not available, request timed out|too many (clients|connections)|remaining connection slots|could not (get|acquire|obtain) (a )?connection|QueuePool|ResourceRequest timed out|\b53300\b|ER_CON_COUNT/i,
  ],
  ['circuit_open', /circuit.{0,60}\bopen\b|brokencircuit|callnotpermitted|circuit ?breaker/i],
  [
    'connection_lost',
    /ECONNRESET|connection (was )?(reset|terminated|closed|aborted)|socket hang ?up|broken pipe|\bEPIPE\b|server closed the connection|terminating connection|other side closed|unexpected EOF|UND_ERR_SOCKET|\b57P01\b/i,
  ],
  ['refused', /ECONNREFUSED|connection refused|actively refused/i],
  ['dns', /ENOTFOUND|EAI_AGAIN|no such host|unknown ?host|getaddrinfo|name resolution|name or service not known/i],
  ['tls', /certificate|\btls\b|\bssl\b|handshake/i],
  ['rate_limited', /rate ?limit|too many requests|throttl|quota|slow ?down/i],
  ['out_of_memory', /out ?of ?memory|\boom\b|heap (space|limit)|cannot allocate/i],
  ['disk_full', /no space left|ENOSPC|disk (is )?full|\b53100\b/i],
  ['wrong_type', /WRONGTYPE|wrong kind of value|invalid input syntax|cannot cast|classcast|type mismatch|\b22P02\b/i],
  ['constraint', /duplicate key|unique constraint|foreign key|violates|integrity constraint|\b235\d\d\b|ER_DUP_ENTRY/i],
  [
    'bad_statement',
    /syntax error|(relation|column|table) .{0,80}does not exist|no such (table|column)|unknown column|\b42P01\b|\b42601\b/i,
  ],
  [
    'access_denied',
    /permission denied|access denied|unauthori[sz]ed|unauthenticated|forbidden|invalid (token|credential)|password authentication/i,
  ],
  ['timeout', /time(d)? ?-?out|deadline exceeded|ETIMEDOUT|did not answer within|ESOCKETTIMEDOUT/i],
  ['cancelled', /abort(ed|error)|cancell?ed/i],
  [
    'bug',
    /\b(Type|Reference|Range|Key|Attribute|Index|ZeroDivision|Assertion)Error\b|NullPointer|nil pointer|null reference|index out of (range|bounds)|IndexOutOf|cannot read propert|is not a function|undefined is not|\bpanic\b|segmentation fault|IllegalState|stack overflow/i,
  ],
  ['unavailable', /unavailable|bad gateway|no healthy upstream|host is down/i],
  ['not_found', /not ?found|no such (key|file|object)/i],
  ['invalid', /invalid|validation|malformed|bad request|must (not )?be/i],
] as const satisfies readonly (readonly [string, RegExp])[];

export type ErrorKind = (typeof patterns)[number][0] | 'server_error' | 'unknown';

const statuses: Readonly<Record<string, ErrorKind>> = {
  'http 400': 'invalid',
  'http 401': 'access_denied',
  'http 403': 'access_denied',
  'http 404': 'not_found',
  'http 408': 'timeout',
  'http 422': 'invalid',
  'http 429': 'rate_limited',
  'http 499': 'cancelled',
  'http 502': 'unavailable',
  'http 503': 'unavailable',
  'http 504': 'timeout',
  'grpc 1': 'cancelled',
  'grpc 3': 'invalid',
  'grpc 4': 'timeout',
  'grpc 5': 'not_found',
  'grpc 7': 'access_denied',
  'grpc 8': 'rate_limited',
  'grpc 14': 'unavailable',
  'grpc 16': 'access_denied',
};
const grpcNames = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

/** Longer texts are not looked through. */
const mostText = 2_000;

export interface ErrorFacts {
  readonly kind: ErrorKind;
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  /** HTTP or gRPC says that the client was at fault, not the server. */
  readonly refused: boolean;
}

const errorKeys = [
  'error.type',
  'error.message',
  'grpc.error_message',
  'db.response.status_code',
  'otel.status_description',
].map(attributeKey);
const rejectedKey = attributeKey('circuit_breaker.rejected');

/** What a failed span says of its failure: its last exception, its status, its attributes. */
export function readError(trace: Trace, span: number): ErrorFacts {
  const events = trace.events(span);
  const exception = events.findLast(({name}) => name === 'exception')?.attributes;
  const said = errorKeys.map((key) => trace.attribute(span, key) ?? '');
  const status = responseStatus((key) => trace.attribute(span, attributeKey(key)));
  const type = exception?.get('exception.type') ?? said[0]!;
  const statusText = status === undefined ? '' : statusName(status.protocol, status.code);
  const message = exception?.get('exception.message') || trace.statusMessage(span) || said[1] || said[2] || statusText;
  const others = events
    .filter(({name}) => name !== 'exception')
    .map(({name, attributes}) => `${name} ${attributes.get('message') ?? ''}`);
  // A short text of the particular before a long one of everything: a stack names files called `timeout.js`.
  const texts = [`${type} ${message}`, [trace.statusMessage(span), ...said, ...others].join(' ')].map((each) =>
    each.slice(0, mostText),
  );
  return {
    kind: kindOfTexts(texts, status, trace.attribute(span, rejectedKey) === 'true'),
    type,
    message,
    stack: exception?.get('exception.stacktrace') ?? '',
    refused: status?.verdict === 'refused',
  };
}

/** What spans of one kind of error say, as far as it was kept. */
export interface ErrorTexts {
  /** A type and message before whatever else was said. */
  readonly texts: readonly string[];
  /** The value of an attribute that tells of a response, a rejection. */
  readonly attribute: (key: string) => string | undefined;
}

/** The kind of an error by its texts alone, without the trace that it was in. */
export function errorKindOf({texts, attribute}: ErrorTexts): ErrorKind {
  const cut = texts.map((text) => text.slice(0, mostText));
  return kindOfTexts(cut, responseStatus(attribute), attribute('circuit_breaker.rejected') === 'true');
}

function kindOfTexts(
  texts: readonly string[],
  status: ReturnType<typeof responseStatus>,
  rejected: boolean,
): ErrorKind {
  if (rejected) return 'circuit_open';
  for (const text of texts) {
    const found = patterns.find(([, pattern]) => pattern.test(text));
    if (found !== undefined) return found[0];
  }
  if (status === undefined) return 'unknown';
  const code = status.protocol === 'grpc' ? grpcCode(status.code) : status.code;
  return statuses[`${status.protocol} ${code}`] ?? (status.verdict === 'bad' ? 'server_error' : 'invalid');
}

function grpcCode(code: string): string {
  const index = grpcNames.indexOf(code);
  return index < 0 ? code : String(index);
}

/** `HTTP 500`, `gRPC UNAVAILABLE`. */
export const statusName = (protocol: 'http' | 'grpc', code: string): string =>
  protocol === 'http' ? `HTTP ${code}` : `gRPC ${grpcNames[Number(code)] ?? code}`;
