/**
 * The target of an HTTP request. A client may send the absolute form to any server, as if to a proxy, and a server must take it
 * (RFC 9112, 3.2.2): its authority then counts, and the Host header does not.
 */
export interface RequestTarget {
  /** With the query. */
  readonly path: string;
  /** Of the absolute form. */
  readonly host: string | undefined;
}

export function readTarget(target = '/'): RequestTarget {
  const match = absolute.exec(target);
  if (match === null) return {path: target, host: undefined};
  const path = target.slice(match[0].length);
  return {path: path.startsWith('/') ? path : `/${path}`, host: match[1] as string};
}

const absolute = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)/i;
