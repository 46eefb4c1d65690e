/**
 * URLs without what differs from request to request: user, query and fragment go, and path segments that look like ids become `*`.
 * The Collector asks a trained model what is gibberish; here it is a rule: a digit (but not `v1`), an `@` or `%`, more than 25
 * characters, or five and more letters without a vowel.
 */
export function sanitizeUrl(url: string): string {
  const [, origin = '', path = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*|[^/?#]*)([\s\S]*)$/i.exec(url) as RegExpExecArray;
  const end = path.search(/[?#]/);
  const segments = (end < 0 ? path : path.slice(0, end)).split('/');
  return origin.replace(/\/\/.*@/, '//') + segments.map((segment) => (isVariable(segment) ? '*' : segment)).join('/');
}

const isVariable = (segment: string): boolean =>
  segment.length > 25 ||
  /[@%]/.test(segment) ||
  (/\d/.test(segment) && !/^v\d+(?:\.\d+)*$/i.test(segment)) ||
  (segment.length >= 5 && /^[a-z]+$/i.test(segment) && !/[aeiouy]/i.test(segment));

/** Attributes that only spans of HTTP have. */
export const httpKeys = [
  'http.route',
  'http.request.method',
  'http.request.method_original',
  'http.response.status_code',
  'url.full',
  'http.scheme',
  'http.target',
  'http.method',
  'http.url',
];

/** The name of a span of HTTP without ids; undefined where it stays as it is: nothing of it may be left but asterisks. */
export function sanitizeSpanName(name: string): string | undefined {
  const sanitized = sanitizeUrl(name);
  return sanitized === name || /^[/*]*$/.test(sanitized) ? undefined : sanitized;
}
