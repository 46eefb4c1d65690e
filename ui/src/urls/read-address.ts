/** An address of this page or of Jaeger's, wherever it is served, as the place here that shows the same. */
import {contextKeys, readContext} from './context.ts';
import {parseQuery, writeQuery} from './query-string.ts';
import {readTraceUrl} from './trace-url.ts';

export interface FoundPlace {
  /** Path and query, as the router of this page takes them. */
  readonly href: string;
  readonly path: '/' | '/services' | '/map' | '/pipeline' | '/sampling' | '/status' | '/trace';
  /** Of a trace alone. */
  readonly traceId?: string;
  /** It is an address of the page that runs here, or can hardly be any other's. */
  readonly sure: boolean;
}

/** Node's server, and proxies, refuse what is longer. */
const MAX_ADDRESS = 8_000;

const pages = ['/services', '/map', '/pipeline', '/sampling', '/status'] as const;
const exploreKeys: readonly string[] = [...contextKeys, 'where', 'sort', 'limit', 'results', 'operation', 'attribute'];

/** Undefined where `text` is not one address, or is one of something else. `origin`: of the page that runs here. */
export function readAddress(text: string, origin: string): FoundPlace | undefined {
  const bare = text.trim().replace(/^[<("'`]+|[>)"'`,;]+$/g, '');
  if (bare.length > MAX_ADDRESS || !/^https?:\/\/\S+$/i.test(bare) || !URL.canParse(bare)) return undefined;
  const {origin: theirs, pathname, search} = new URL(bare);
  const ours = theirs === origin;
  const path = pathname.replace(/\/+$/, '');
  const query = parseQuery(search);
  // Jaeger may be served below a path of its own.
  const trace = /\/trace\/([0-9a-f]{1,32})$/i.exec(path)?.[1]?.toLowerCase();
  if (trace !== undefined && !/^0+$/.test(trace)) {
    const traceId = trace.padStart(32, '0');
    const {uiFind, ...rest} = query;
    const found = typeof uiFind === 'string' ? findOfJaeger(uiFind) : {};
    const shown = writeQuery({...readContext(rest), ...readTraceUrl({...found, ...rest})});
    return {href: `/trace/${traceId}${shown}`, path: '/trace', traceId, sure: true};
  }
  if (/\/search$/.test(path)) {
    return query.service === undefined ? undefined : {href: `/search${search}`, path: '/', sure: true};
  }
  const page = pages.find((one) => one === path);
  if (page !== undefined) return {href: `${page}${search}`, path: page, sure: ours};
  if (/^\/services\/[^/]+$/.test(path)) return {href: `${path}${search}`, path: '/services', sure: ours};
  const explores = exploreKeys.some((key) => query[key] !== undefined);
  return path === '' && (ours || explores) ? {href: `/${search}`, path: '/', sure: ours || explores} : undefined;
}

/** Jaeger's page finds by words, and marks the span whose id they are. */
const findOfJaeger = (text: string): object => (/^[0-9a-f]{16}$/i.test(text) ? {span: text} : {find: text});
