/** Cross-origin requests as the Collector's `cors` section allows them (https://fetch.spec.whatwg.org/#http-cors-protocol). */
import type {IncomingMessage, OutgoingHttpHeaders} from 'node:http';
import {compilePattern, type Pattern, quote} from '../regexp/index.ts';

export interface CorsConfig {
  /** Origins, each with any number of `*` that stand for any text. None: no cross-origin request is answered. */
  readonly allowed_origins: readonly string[];
  readonly allowed_headers: readonly string[];
  readonly exposed_headers: readonly string[];
  /** Seconds; 0 leaves it to the browser. */
  readonly max_age: number;
}

export interface Cors {
  /** Headers for the answer to this request. */
  headers(request: IncomingMessage): OutgoingHttpHeaders;
  /** Headers for a preflight, which is answered 204; undefined where the request is none. */
  preflight(request: IncomingMessage): OutgoingHttpHeaders | undefined;
}

export function createCors(config: CorsConfig): Cors {
  const patterns = config.allowed_origins.map(
    (origin) => compilePattern(`(?i)^${quote(origin).replaceAll('\\*', '.*')}$`) as Pattern,
  );
  // Accept, Accept-Language, Content-Language and Content-Type are implied, as in the Collector; the last one is not a
  // "safelisted" header with the values that OTLP has, so it is always named.
  const headers = config.allowed_headers.length > 0 ? config.allowed_headers : ['X-Requested-With'];
  const anyHeader = headers.includes('*');
  const allowHeaders = ['Content-Type', ...headers].join(', ');

  const originHeaders = (request: IncomingMessage): OutgoingHttpHeaders => {
    const origin = request.headers.origin;
    if (origin === undefined || !patterns.some((pattern) => pattern.test(origin))) return {vary: 'Origin'};
    return {vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true'};
  };
  return {
    headers: (request) => ({
      ...originHeaders(request),
      ...(config.exposed_headers.length > 0
        ? {'access-control-expose-headers': config.exposed_headers.join(', ')}
        : {}),
    }),
    preflight(request) {
      if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
        return undefined;
      }
      const allowed = originHeaders(request);
      if (allowed['access-control-allow-origin'] === undefined) return allowed;
      const asked = request.headers['access-control-request-headers'];
      return {
        ...allowed,
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': anyHeader && asked !== undefined ? asked : allowHeaders,
        ...(config.max_age > 0 ? {'access-control-max-age': String(config.max_age)} : {}),
      };
    },
  };
}
