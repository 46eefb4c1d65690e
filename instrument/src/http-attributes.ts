import type {Attributes} from '@opentelemetry/api';

const known = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY']);

/** The method as the conventions have it: any that is not defined is `_OTHER`, so that a caller cannot invent series. */
export function methodOf(method: string | undefined): string {
  if (method === undefined || known.has(method)) return method ?? 'GET';
  const upper = method.toUpperCase();
  return known.has(upper) ? upper : '_OTHER';
}

/** The method as a span's name has it; `_OTHER` is `HTTP` there (semantic conventions, "HTTP spans: Name"). */
export const methodName = (method: string): string => (method === '_OTHER' ? 'HTTP' : method);

/** Adds `http.request.header.NAME` and its like for the headers that are to be recorded. */
export function captureHeaders(
  attributes: Attributes,
  side: 'request' | 'response',
  names: readonly string[],
  headers: Readonly<Record<string, unknown>>,
): void {
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) {
      attributes[`http.${side}.header.${name}`] = Array.isArray(value) ? value.map(String) : [String(value)];
    }
  }
}
