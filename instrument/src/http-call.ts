import http, {type Agent, type RequestOptions} from 'node:http';
import https from 'node:https';
import {urlToHttpOptions} from 'node:url';
import type {Component} from './instrumentation-http.ts';

/** The arguments of `http.request` or `https.request` as Node reads them (`_http_client.js`, `https.js`). */
export type Call = {
  /** All that was given about the request, in one object. It may be the caller's own: not to be written to. */
  readonly options: RequestOptions;
  /** The part of it that came as a URL, and the part beside one. */
  readonly url: unknown;
  readonly beside: RequestOptions | undefined;
  /** The arguments behind it: the callback, if one was given. */
  readonly rest: readonly unknown[];
};

/** Throws as Node does for a URL that is none. */
export function readCall(component: Component, args: readonly unknown[]): Call {
  const [first, second] = args;
  const url = typeof first === 'string' ? new URL(first) : isUrl(first) ? first : undefined;
  if (url === undefined) {
    if (typeof first === 'function') return {options: {}, url, beside: undefined, rest: args};
    return {options: ownProperties(first), url, beside: undefined, rest: args.slice(1)};
  }
  const options: RequestOptions = urlToHttpOptions(url);
  // Without options, `https` takes the second argument for the callback, even if that is `undefined`; `http` the third.
  const alone = typeof second === 'function' || (component === 'https' && !second);
  if (alone) return {options, url: first, beside: undefined, rest: args.slice(1)};
  const beside = (second ?? {}) as RequestOptions;
  return {options: {...options, ...beside}, url: first, beside, rest: args.slice(2)};
}

/** The arguments with other headers. A URL stays apart: Node would take some mixtures of it and options for a URL again. */
export const withHeaders = ({options, url, beside, rest}: Call, headers: RequestOptions['headers']): unknown[] =>
  url === undefined ? [{...options, headers}, ...rest] : [url, {...beside, headers}, ...rest];

/** Node's own test: legacy objects of `url.parse` have `auth` and `path`, so they are options. */
function isUrl(value: unknown): value is URL {
  const like = value as {href?: unknown; protocol?: unknown; auth?: unknown; path?: unknown} | null | undefined;
  return Boolean(like?.href && like.protocol && like.auth === undefined && like.path === undefined);
}

/** Node copies an object's own properties, so what it inherits is not given. Most objects inherit nothing. */
function ownProperties(value: unknown): RequestOptions {
  if (typeof value !== 'object' || value === null) return {...(value as object)};
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? value : {...value};
}

/** Where a request goes: what `url.full`, `server.address` and `server.port` say. */
export type Target = {readonly url: string; readonly address: string; readonly port: number};

/** The target URI of the request (RFC 9112, section 3.3). Behind a proxy that is not the address that is connected to. */
export function targetOf(options: RequestOptions, component: Component, method: string): Target {
  const protocol = options.protocol || defaultAgent(options, component).protocol;
  const address = options.hostname || options.host || 'localhost';
  const port = Number(options.port || defaultPort(options, component) || 80);
  const path = options.path ? String(options.path) : '/';
  if (path.charCodeAt(0) !== slash) {
    const other = otherForm(protocol, method, path);
    if (other !== undefined) return other;
  }
  const name = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  const authority = port === usualPort(protocol) ? name : `${name}:${port}`;
  if (path === '*') return {url: `${protocol}//${authority}`, address, port};
  return {url: `${protocol}//${authority}${path.charCodeAt(0) === slash ? '' : '/'}${path}`, address, port};
}

/** The properties of Node's agents beyond their declared type. */
type NodeAgent = Agent & {readonly protocol: string; readonly defaultPort?: number};

/** `https` puts its own in the place of what the caller gives. */
const defaultAgent = (options: RequestOptions, component: Component): NodeAgent =>
  (component === 'https' ? https.globalAgent : options._defaultAgent || http.globalAgent) as NodeAgent;

function defaultPort(options: RequestOptions, component: Component): number | string | undefined {
  const {agent} = options;
  if (options.defaultPort) return options.defaultPort;
  if (agent) return (agent as NodeAgent).defaultPort;
  if (agent === false) return usualPort(defaultAgent(options, component).protocol); // Node makes a new one for the request.
  // A connection that the caller makes has no agent, and so no default port.
  return typeof options.createConnection === 'function' ? undefined : defaultAgent(options, component).defaultPort;
}

const usualPort = (protocol: string): number => (protocol === 'https:' ? 443 : 80);
const slash = 0x2f;

/** The absolute form, which goes to proxies, and CONNECT's authority form. */
function otherForm(protocol: string, method: string, path: string): Target | undefined {
  const text = method === 'CONNECT' ? `${protocol}//${path}` : path;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return undefined;
  const address = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const port = url.port === '' ? usualPort(url.protocol) : Number(url.port);
  return {url: text, address, port};
}
