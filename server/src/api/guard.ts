/**
 * Refuses requests by their headers, before the API looks at them. Weft listens on loopback by default and needs no password
 * there, so it must not be usable through the browser of the person who runs it: not by another site's script that posts to
 * it, and not by a name that an attacker lets point at 127.0.0.1 (DNS rebinding).
 */
import {hostName, isOwnName} from '../net/index.ts';
import {ApiFailure} from './errors.ts';

export interface Guard {
  /** Throws `ApiFailure` where the request must not be served. */
  check(request: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  }): void;
}

/** `hosts`: further names by which this Weft may be addressed, and origins that may write to it. */
export function createGuard(options: {readonly loopback: boolean; readonly hosts: readonly string[]}): Guard {
  const hosts = new Set(options.hosts.map((host) => host.toLowerCase()));
  return {
    check({method, headers}) {
      const host = hostName(single(headers.host));
      if (options.loopback && !isOwnName(host, hosts)) {
        throw new ApiFailure('host_unknown', {host: host ?? ''});
      }
      if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return;
      const origin = single(headers.origin);
      const site = single(headers['sec-fetch-site']);
      const foreign =
        origin === undefined
          ? site === 'cross-site' || site === 'same-site'
          : !sameHost(origin, single(headers.host)) && !hosts.has(originHost(origin) ?? '');
      if (foreign) {
        throw new ApiFailure('site_foreign', {});
      }
    },
  };
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

function originHost(origin: string): string | undefined {
  try {
    return hostName(new URL(origin).host);
  } catch {
    return undefined;
  }
}

function sameHost(origin: string, host: string | undefined): boolean {
  try {
    return new URL(origin).host === host?.toLowerCase();
  } catch {
    return false;
  }
}
