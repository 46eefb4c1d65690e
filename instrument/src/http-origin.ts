import type {IncomingHttpHeaders} from 'node:http';
import {isIP} from 'node:net';

/** A request target taken apart. `authority` and `scheme` are there in the absolute form only. */
export type RequestTarget = {
  readonly path: string;
  readonly query: string | undefined;
  readonly scheme?: string;
  readonly authority?: string;
};

/** The target of a request line (RFC 9112, section 3.2). `OPTIONS *` has no path (section 3.3). Hot path: see bench/instrument.ts. */
export function requestTarget(target: string): RequestTarget {
  if (target.charCodeAt(0) !== slash) {
    const [, scheme, authority, rest] = /^(https?):\/\/([^/?#]*)(.*)$/is.exec(target) ?? [];
    if (scheme !== undefined && authority !== undefined && rest !== undefined) {
      const {path, query} = split(rest);
      const host = authority.slice(authority.lastIndexOf('@') + 1);
      return {path: path === '' ? '/' : path, query, scheme: scheme.toLowerCase(), authority: host};
    }
    if (target === '*') return {path: '', query: undefined};
  }
  return split(target);
}

const slash = 0x2f;
const bracket = 0x5b;

function split(target: string): RequestTarget {
  const at = target.indexOf('?');
  if (at === -1) return {path: target, query: undefined};
  return {path: target.slice(0, at), query: at === target.length - 1 ? undefined : target.slice(at + 1)};
}

/** The request as its client made it, as proxies report it. */
export type Forwarded = {
  readonly client?: string | undefined;
  readonly host?: string | undefined;
  readonly scheme?: string | undefined;
};

const nothing: Forwarded = {};

/** From `Forwarded` (RFC 7239) where there is one, else from the `X-Forwarded-…` headers: of each the first, which is the client's. */
export function forwarded(headers: IncomingHttpHeaders): Forwarded {
  const {
    forwarded: standard,
    'x-forwarded-for': address,
    'x-forwarded-host': host,
    'x-forwarded-proto': scheme,
  } = headers;
  if (standard !== undefined) return parseForwarded(standard);
  if (address === undefined && host === undefined && scheme === undefined) return nothing;
  return {client: node(first(address)), host: first(host), scheme: schemeOf(first(scheme))};
}

const pair = /(?:^|[,;])[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^",; \t]*))/g;

function parseForwarded(header: string): Forwarded {
  const found: Record<string, string> = {};
  for (const [, name, quoted, plain] of header.matchAll(pair)) {
    found[name!.toLowerCase()] ??= quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1');
  }
  return {client: node(found.for), host: found.host || undefined, scheme: schemeOf(found.proto)};
}

/** The address in `203.0.113.9:4711`, `"[2001:db8::1]:4711"` or `2001:db8::1`; not what says that it is unknown or hidden. */
function node(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const {address} = hostAndPort(text);
  return isIP(address) !== 0 || /^[0-9a-z](?:[0-9a-z.-]{0,252})$/i.test(address) ? known(address) : undefined;
}

const known = (address: string): string | undefined => (address.toLowerCase() === 'unknown' ? undefined : address);

/** A host as it stands in a header, and its port. IPv6 addresses lose their brackets; without any they have no port. */
export function hostAndPort(text: string): {readonly address: string; readonly port: number | undefined} {
  if (text.charCodeAt(0) === bracket) {
    const [, inBrackets, behind] = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text) ?? [];
    if (inBrackets !== undefined) return {address: inBrackets, port: behind === undefined ? undefined : Number(behind)};
  }
  const colon = text.indexOf(':');
  if (colon === -1 || text.includes(':', colon + 1)) return {address: text, port: undefined};
  const port = text.slice(colon + 1);
  return {address: text.slice(0, colon), port: /^\d{1,5}$/.test(port) ? Number(port) : undefined};
}

/** Any other is made up, and would be one more series of the duration's metric. */
function schemeOf(text: string | undefined): string | undefined {
  const scheme = text?.toLowerCase();
  return scheme === 'http' || scheme === 'https' ? scheme : undefined;
}

/** The first of a list. */
function first(header: string | string[] | undefined): string | undefined {
  const list = Array.isArray(header) ? header[0] : header;
  if (list === undefined) return undefined;
  const comma = list.indexOf(',');
  const text = (comma === -1 ? list : list.slice(0, comma)).trim();
  return text === '' ? undefined : text;
}
