/**
 * Refuses requests by their headers, before the API looks at them. Weft listens on loopback by default and needs no password
 * there, so it must not be usable through the browser of the person who runs it: not by another site's script that posts to
 * it, and not by a name that an attacker lets point at 127.0.0.1 (DNS rebinding).
 */
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
  const isOurs = (host: string): boolean => isLoopbackName(host) || hosts.has(host);
  return {
    check({method, headers}) {
      const host = hostName(single(headers.host));
      if (options.loopback && (host === undefined || !isOurs(host))) {
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

/** The name in a Host header, without its port; IPv6 addresses without their brackets. */
export function hostName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

export const isLoopbackName = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

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
