/** What redaction does with keys and values, compiled from its configuration; remembered for those that come again. */
import {utf8} from '../base/index.ts';
import {anyOf, type Pattern} from '../regexp/index.ts';
import {ByteVerdicts} from './byte-verdicts.ts';
import type {RedactionConfig} from './processor-redaction.ts';
import {createDatabaseSanitizer} from './redaction-database.ts';
import {createMask, maskMatches, maskWhole} from './redaction-mask.ts';
import {httpKeys, sanitizeSpanName, sanitizeUrl} from './redaction-url.ts';
import {createScreen} from './value-screen.ts';

/** Bits of the verdict on a key. */
export const keyIs = {ignored: 1, removed: 2, masked: 4, url: 8, database: 16} as const;
/** Bits of the verdict on a value. */
export const valueIs = {allowed: 1, blocked: 2} as const;

/** Attributes that the processor itself writes; another one behind it lets them pass. */
const summaries = [
  ...['redacted', 'masked', 'allowed'].flatMap((what) => [
    `redaction.${what}.keys`,
    `redaction.${what}.count`,
    `redaction.body.${what}.keys`,
    `redaction.body.${what}.count`,
  ]),
  'redaction.ignored.count',
  'redaction.body.ignored.count',
];

export type RedactionRules = ReturnType<typeof compileRedaction>;

export function compileRedaction(wanted: RedactionConfig, isLogs: boolean) {
  const allowedKeys = new Set([...wanted.allowed_keys, ...summaries]);
  const ignoredKeys = new Set(wanted.ignored_keys);
  const mask = createMask(wanted.hash_function, wanted.hmac_key, wanted.masking_string || '****');
  const anyBlocked = anyOf(wanted.blocked_values);
  const url = wanted.url_sanitizer?.enabled === true ? wanted.url_sanitizer : undefined;
  const urlKeys = new Set(url?.attributes);
  const database = createDatabaseSanitizer(wanted.db_sanitizer, isLogs);
  const matches = (expressions: readonly Pattern[], text: string): boolean =>
    expressions.some((each) => each.test(text));

  const keyVerdict = (key: string): number => {
    if (ignoredKeys.has(key) || matches(wanted.ignored_key_patterns, key)) return keyIs.ignored;
    if (!wanted.allow_all_keys && !allowedKeys.has(key)) return keyIs.removed;
    return (
      (matches(wanted.blocked_key_patterns, key) ? keyIs.masked : 0) |
      (urlKeys.has(key) ? keyIs.url : 0) |
      (database?.isAttribute(key) ? keyIs.database : 0)
    );
  };
  const valueVerdict = (text: string): number =>
    matches(wanted.allowed_values, text) ? valueIs.allowed : anyBlocked?.test(text) ? valueIs.blocked : 0;
  const maskBlocked = (text: string): string =>
    wanted.blocked_values.reduce((each, expression) => maskMatches(mask, expression, each), text);
  const keys = new ByteVerdicts((bytes, start, length) => keyVerdict(utf8(bytes, start, length)));
  const values = new ByteVerdicts((bytes, start, length) => valueVerdict(utf8(bytes, start, length)), 8192, 160);
  const looksAtKeys =
    !wanted.allow_all_keys ||
    database !== undefined ||
    [ignoredKeys.size, urlKeys.size, wanted.ignored_key_patterns.length, wanted.blocked_key_patterns.length].some(
      (each) => each > 0,
    );
  const looksAtValues = anyBlocked !== undefined || wanted.allowed_values.length > 0;
  const screen = createScreen([...wanted.blocked_values, ...wanted.allowed_values]);
  return {
    summary: wanted.summary,
    allTypes: wanted.redact_all_types,
    httpKeys: url?.sanitize_span_name ? httpKeys : [],
    /** Whether a database is named by the attributes of a span: only then are they looked for. */
    wantsSystem: database !== undefined,
    hasNames: url?.sanitize_span_name === true || database?.names === true,
    keyVerdict,
    valueVerdict,
    /** The verdict on a value that is no text, where only texts are looked at. */
    emptyVerdict: valueVerdict(''),
    keyOf: (bytes: Uint8Array, start: number, length: number): number =>
      looksAtKeys ? keys.of(bytes, start, length) : 0,
    valueOf: (bytes: Uint8Array, start: number, length: number): number =>
      !looksAtValues || screen?.(bytes, start, length) === false ? 0 : values.of(bytes, start, length),
    maskWhole: (text: string): string => maskWhole(mask, text),
    /** An attribute's value after everything that is done to it. */
    attribute(text: string, key: () => string, verdict: number, isBlocked: boolean, system: string): string {
      let value = isBlocked ? maskBlocked(text) : text;
      if ((verdict & keyIs.url) !== 0 && value !== '') value = sanitizeUrl(value);
      if ((verdict & keyIs.database) !== 0 && database !== undefined) value = database.attribute(value, key(), system);
      return value;
    },
    /** A text in the body of a record after everything that is done to it. */
    body(text: string): string {
      let value = maskBlocked(text);
      if (url?.sanitize_log_body && value !== '') value = sanitizeUrl(value);
      return database?.any(value) ?? value;
    },
    /** The name of a span; `isHttp` says whether it is one of a client or a server of HTTP. */
    name(text: string, isHttp: boolean, system: string): string {
      if (matches(wanted.allowed_values, text)) return text;
      const sanitized = url?.sanitize_span_name && isHttp ? sanitizeSpanName(text) : undefined;
      if (sanitized !== undefined) return sanitized;
      if (database?.names !== true || system === '') return text;
      const name = database.name(text, system);
      return name === '' || name === '...' ? text : name;
    },
  };
}
