/** The name by which a client addresses a server, and whether it is this machine's own (against DNS rebinding). */

/** The name in a Host header, without its port; IPv6 addresses without their brackets. */
export function hostName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

/** Whether a server on loopback may be addressed by a name: a loopback one, or one of `hosts`, which are in lower case. */
export const isOwnName = (name: string | undefined, hosts: ReadonlySet<string>): boolean =>
  name !== undefined && (isLoopbackName(name) || hosts.has(name));

const isLoopbackName = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
