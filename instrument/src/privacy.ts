import type {Attributes} from '@opentelemetry/api';
import type {Span} from '@opentelemetry/sdk-trace';
import {hideFailure, isStrict} from './privacy-operations.ts';
import {maskQuery} from './query-mask.ts';
import type {SpanStage} from './tracer-provider.ts';

export type PrivacyOptions = {
  /**
   * The attributes of the application's own that may leave the process: exact keys, or `order.*`. Attributes
   * that the semantic conventions define are always allowed (and masked as below). Absent: every attribute may leave.
   */
  readonly allowAttributes?: readonly string[];
  /** Headers whose values never leave, besides the built-in ones. */
  readonly denyHeaders?: readonly string[];
  /** Query parameters whose values never leave, besides the built-in ones. */
  readonly denyQuery?: readonly string[];
};

const deniedHeaders = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-amz-security-token',
];
const deniedQuery =
  /^(?:.*(?:token|secret|password|passwd|signature|credential|api[-_]?key).*|sig|auth|code|key|session|jwt|pwd)$/i;

/** Keys that the OpenTelemetry semantic conventions and this package define. */
const conventions =
  /^(?:http|url|server|client|network|user_agent|db|messaging|rpc|grpc|error|exception|code|otel|thread|faas|graphql|feature_flag|sampler|retry|circuit_breaker|saga|express|fastify|koa|hook|net|peer|enduser\.pseudo|service|weft)(?:\.|$)/;

const queryKeys = ['db.query.text', 'db.statement'] as const;
const urlKeys = [
  'url.full',
  'url.query',
  'url.path',
  'http.url',
  'http.target',
  'messaging.url',
  'db.connection_string',
] as const;
/** Values by their definition: a message's key, and the parameters that instrumentations of the application's own may record. */
const values =
  /^messaging\.kafka\.message\.key$|^db\.(?:query|operation)\.parameter\.|^db\.(?:\w+\.)?(?:values|parameters)$/;
const redacted = 'REDACTED';

/** Cleans spans before any exporter sees them. First among the span processors. */
export function privacyProcessor(options: PrivacyOptions): SpanStage {
  const clean = cleaner(options);
  return {
    onEnding(span: Span) {
      if (isStrict(span.attributes, span.kind)) hideFailure(span);
      clean(span.attributes);
      for (const event of span.events) if (event.attributes !== undefined) clean(event.attributes);
      for (const link of span.links) if (link.attributes !== undefined) clean(link.attributes);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

/** A function that cleans one set of attributes in place. */
export function cleaner(options: PrivacyOptions): (attributes: Attributes) => void {
  const allowed = options.allowAttributes === undefined ? undefined : allowList(options.allowAttributes);
  const headers = new Set([...deniedHeaders, ...(options.denyHeaders ?? []).map((name) => name.toLowerCase())]);
  const denyQuery = new Set((options.denyQuery ?? []).map((name) => name.toLowerCase()));
  const secret = (name: string): boolean => denyQuery.has(name.toLowerCase()) || deniedQuery.test(name);
  const cleaners = new Map<string, Treatment>([
    ...queryKeys.map((key) => [key, (text: string, all: Attributes) => maskQuery(text, systemOf(all))] as const),
    ...urlKeys.map((key) => [key, (url: string) => maskUrl(url, secret)] as const),
  ]);
  const decide = (key: string): Treatment => {
    if (values.test(key) || (allowed !== undefined && !allowed(key))) return drop;
    if (key.startsWith('http.re') && headers.has(headerOf(key))) return redact;
    return cleaners.get(key) ?? keep;
  };
  // Hot path (see bench/instrument.ts): looks at every attribute of every recorded span. Keys are few and come again.
  const decided = new Map<string, Treatment>();
  return (attributes) => {
    for (const key in attributes) {
      let treatment = decided.get(key);
      if (treatment === undefined) {
        if (decided.size >= 1_000) decided.clear(); // Unless a program makes them up.
        decided.set(key, (treatment = decide(key)));
      }
      if (treatment === keep) continue;
      if (treatment === drop) delete attributes[key];
      else if (treatment === redact) attributes[key] = redacted;
      else {
        const value = attributes[key];
        if (typeof value === 'string') attributes[key] = treatment(value, attributes);
      }
    }
  };
}

/** The treatment of every value of a key. */
type Treatment = typeof keep | typeof drop | typeof redact | ((value: string, all: Attributes) => string);
const keep = 0;
const drop = 1;
const redact = 2;

const systemOf = (attributes: Attributes): unknown => attributes['db.system.name'] ?? attributes['db.system'];

/** `http.request.header.cookie` → `cookie`. */
const headerOf = (key: string): string => /^http\.(?:request|response)\.header\.(.+)$/.exec(key)?.[1] ?? '';

function allowList(names: readonly string[]): (key: string) => boolean {
  const exact = new Set(names);
  const prefixes = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1));
  return (key) => exact.has(key) || conventions.test(key) || prefixes.some((prefix) => key.startsWith(prefix));
}

/** `user:password@` and the values of secret query parameters. Works on a whole URL, a target or a bare query. */
function maskUrl(url: string, secret: (name: string) => boolean): string {
  const bare = url.includes('@') ? url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${redacted}@`) : url;
  if (!bare.includes('=')) return bare;
  return bare.replace(/(^|[?&;])([^=&?#;/]+)=([^&#;]*)/g, (pair, before: string, name: string) =>
    secret(decode(name)) ? `${before}${name}=${redacted}` : pair,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
