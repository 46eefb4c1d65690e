/** Percent-encoding of a request's target (RFC 3986, 2.1), which HTTP lets through whatever it holds. */
import {ApiFailure, shorten} from './errors.ts';

/** The target with a path that decodes, lest the router turn it away before the guard: one that does not is taken as it is written. */
export function decodablePath(target: string): string {
  const [, path, rest] = split(target);
  return decodes(path) ? target : path.replaceAll('%', '%25') + rest;
}

/** Throws `ApiFailure` where a part of the target is not the encoding of any text: it would be looked for as another text. */
export function checkEncoding(target: string): void {
  const [, path, query] = split(target);
  if (!decodes(path)) throw refused(path);
  if (decodes(query)) return;
  for (const pair of query.slice(1).split('&')) {
    if (decodes(pair)) continue;
    const [name] = pair.split('=', 1) as [string];
    throw decodes(name) ? refused(pair.slice(name.length + 1), decodeURIComponent(name)) : refused(pair);
  }
}

const split = (target: string): [target: string, path: string, query: string] =>
  /^([^?]*)(.*)$/s.exec(target) as unknown as [string, string, string];

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const refused = (text: string, parameter?: string): ApiFailure =>
  new ApiFailure('encoding_invalid', {given: shorten(text)}, parameter);
