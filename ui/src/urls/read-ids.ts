/** Ids of traces and spans in whatever a person has at hand: a header, a line of a log, an address of another tool, JSON. */

export interface FoundId {
  /** 32 lower-case hex digits; a shorter one has zeros before it. */
  readonly traceId: string;
  readonly spanId?: string;
}

/** As much of a pasted text is looked at, and as many traces are told. */
const MAX_TEXT = 50_000;
const MAX_FOUND = 20;

/**
 * Every trace that `text` names, the surest first. Understood: W3C `traceparent`, B3 in one header and in several, Jaeger's
 * `uber-trace-id`, AWS X-Ray's header, addresses of Weft, Jaeger, Zipkin, Tempo and Grafana, keys such as `trace_id=`, `"traceId":`,
 * `trace.id` and TraceQL's `trace:id`, in hex, as a UUID or in base64 (as protobuf libraries write bytes in JSON), and a bare id in quotes or among words.
 */
export function readIds(text: string): readonly FoundId[] {
  const plain = revealed(text.slice(0, MAX_TEXT));
  const found = new Map<string, FoundId>();
  for (const reader of readers)
    for (const {traceId, spanId} of reader(plain)) {
      if (traceId === undefined || found.size >= MAX_FOUND) continue;
      if (found.get(traceId)?.spanId === undefined)
        found.set(traceId, spanId === undefined ? {traceId} : {traceId, spanId});
    }
  return [...found.values()];
}

type Candidate = {readonly traceId: string | undefined; readonly spanId?: string | undefined};
type Reader = (text: string) => Iterable<Candidate>;

/** `left` and `right` of a pattern: no digit or letter that would make it part of a longer word. */
const word = (pattern: string): RegExp => new RegExp(`(?<![0-9a-z])${pattern}(?![0-9a-z])`, 'gi');

const each = (pattern: RegExp, pick: (match: RegExpMatchArray) => Candidate): Reader =>
  function* (text) {
    for (const match of text.matchAll(pattern)) yield pick(match);
  };

const pair =
  (trace: number, span: number) =>
  (match: RegExpMatchArray): Candidate => ({
    traceId: readId(match[trace], 32),
    spanId: readId(match[span], 16),
  });

const readers: readonly Reader[] = [
  // https://www.w3.org/TR/trace-context/#traceparent-header: version ff is no version
  each(word('(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}'), pair(1, 2)),
  // https://github.com/openzipkin/b3-propagation#single-header
  each(word('([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})(?:-[01d](?:-[0-9a-f]{16})?)?(?!-)'), pair(1, 2)),
  // https://www.jaegertracing.io/sdk-migration/#propagation-format: zeros in front may be missing, some
  each(word('([0-9a-f]{13,32}):([0-9a-f]{1,16}):[0-9a-f]{1,16}:[0-9a-f]{1,2}'), pair(1, 2)),
  // https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
  each(/\b1-([0-9a-f]{8})-([0-9a-f]{24})(?:;\s*Parent=([0-9a-f]{16}))?(?![0-9a-f])/gi, (match) => ({
    traceId: readId(`${match[1]}${match[2]}`, 32),
    spanId: readId(match[3], 16),
  })),
  each(/\/traces?\/([0-9a-f-]{16,36})(?![0-9a-z])([^\s"']{0,2000})/gi, (match) => ({
    traceId: readId(match[1], 32),
    spanId: readId(/\b(?:span|uiFind|spanId)=([0-9a-f]{16})(?![0-9a-f])/i.exec(match[2] ?? '')?.[1], 16),
  })),
  keyed,
  // A query of Grafana's: the address carries it as JSON.
  each(/"query"\s*:\s*"([0-9a-f]{32}|[0-9a-f]{16})"/gi, (match) => ({traceId: readId(match[1], 32)})),
  each(word('([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})'), (match) => ({
    traceId: readId(match[1], 32),
  })),
  each(word('([0-9a-f]{32})'), (match) => ({traceId: readId(match[1], 32)})),
  // A short one, or one in base64, only where nothing else is said.
  each(/^["'`<([\s]*([0-9a-f]{16}|[A-Za-z0-9+/]{22}==)["'`>)\]\s,;]*$/gi, (match) => ({traceId: readId(match[1], 32)})),
];

const value = '["\']?\\s*[:=]\\s*["\']?([0-9a-f-]{16,36}(?![0-9a-z+/-])|[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{11}=(?!=))';
const traceKey = new RegExp(`(?:trace[._:-]?id|x-b3-traceid)${value}`, 'gi');
const spanKey = new RegExp(`(?<!parent[._-]?)(?:span[._:-]?id|x-b3-spanid)${value}`, 'gi');

/** A span belongs to the trace that is named nearest, in the same line where there are several. */
function* keyed(text: string): Iterable<Candidate> {
  for (const line of text.includes('\n') && [...text.matchAll(traceKey)].length > 1 ? text.split('\n') : [text]) {
    const traces = [...line.matchAll(traceKey)];
    const spans = [...line.matchAll(spanKey)];
    for (const [index, match] of traces.entries())
      yield {
        traceId: readId(match[1], 32),
        spanId: traces.length === spans.length ? readId(spans[index]?.[1], 16) : undefined,
      };
  }
}

/** Hex of any case, with a UUID's dashes, or base64; undefined where it is none or nothing but zeros. */
function readId(text: string | undefined, digits: 16 | 32): string | undefined {
  if (text === undefined) return undefined;
  const hex = /^[0-9a-f-]+$/i.test(text) ? text.replaceAll('-', '').toLowerCase() : fromBase64(text);
  if (hex === undefined || hex.length > digits || /^0*$/.test(hex)) return undefined;
  return hex.padStart(digits, '0');
}

function fromBase64(text: string): string | undefined {
  try {
    return [...atob(text)].map((character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  } catch {
    return undefined;
  }
}

/** Addresses and strings inside of JSON hide quotes and colons. */
function revealed(text: string): string {
  const plain = text.replaceAll('\\"', '"');
  if (!/%[0-9a-f]{2}/i.test(plain)) return plain;
  return plain.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
