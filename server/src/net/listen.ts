/** Opening a part's listener where the configuration, or `--free-ports`, wants it. */
import type {AddressInfo} from 'node:net';
import {errorMessage, type Log} from '../base/index.ts';
import {type Address, formatAddress, isWildcard} from '../config/index.ts';

/** The facts about a component that opening its listener needs. */
export interface ListenSettings {
  readonly id: string;
  readonly log: Log;
  /** Listen on any free port instead of the configured one. */
  readonly freePorts: boolean;
  /** Configured ports that are listened on all the same: the command line named them. */
  readonly keptPorts: ReadonlySet<number>;
  readonly announce: (protocol: string, address: string) => void;
}

export interface Listener {
  listen(address: {readonly host: string | undefined; readonly port: number}): Promise<AddressInfo>;
}

/** Listens, announces the address and logs it. Throws an Error that says what to do where it cannot. */
export async function startListening(
  settings: ListenSettings,
  protocol: string,
  server: Listener,
  address: Address,
): Promise<void> {
  const port = settings.freePorts && !settings.keptPorts.has(address.port) ? 0 : address.port;
  const wanted = formatAddress(address.host ?? '', port);
  let bound: AddressInfo;
  try {
    bound = await server.listen({host: address.host, port});
  } catch (error) {
    throw new Error(`${settings.id}: cannot listen on ${wanted}: ${reason(error)}`, {cause: error});
  }
  // A listener on every address is reached on this one.
  const host = isWildcard(address.host) ? '127.0.0.1' : bound.address;
  const reached = formatAddress(host, bound.port);
  settings.announce(protocol, reached);
  settings.log.info({protocol, address: reached}, `${settings.id} listens for ${protocol}`);
}

function reason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return 'another process uses the port; stop it, set another `endpoint`, or use --free-ports';
    case 'EACCES':
      return 'not permitted; ports below 1024 need privileges';
    case 'EADDRNOTAVAIL':
      return 'the address is none of this machine';
    default:
      return errorMessage(error);
  }
}
