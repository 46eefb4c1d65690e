/** Opening a part's listener where the configuration, or `--free-ports`, wants it. */
import type {AddressInfo, Server} from 'node:net';
import {errorMessage, type Log} from '../base/index.ts';
import {type Address, formatAddress, isWildcard} from '../config/index.ts';
import {type ListenAddress, listen, type Sockets} from './sockets.ts';

/** The facts about a component that opening its listener needs. */
export interface ListenSettings {
  readonly id: string;
  readonly log: Log;
  /** Listen on any free port instead of the configured one. */
  readonly freePorts: boolean;
  /** Configured ports that are listened on all the same: the command line named them. */
  readonly keptPorts: ReadonlySet<number>;
  readonly announce: (protocol: string, address: string) => void;
  /** Those of all components, so that one that takes another's place takes its socket too. */
  readonly sockets?: Sockets;
}

/** Where a server listens; `sockets` and `key` where it may take over what another one listens on. */
export interface ListenTarget extends ListenAddress {
  readonly sockets?: Sockets | undefined;
  readonly key?: string;
}

export interface Listener {
  listen(target: ListenTarget): Promise<AddressInfo>;
}

/** Listens, announces the address and logs it. Throws an Error that says what to do where it cannot. */
export async function startListening(
  settings: ListenSettings,
  protocol: string,
  server: Listener,
  address: Address,
): Promise<void> {
  const {path} = address;
  const port = settings.freePorts && !settings.keptPorts.has(address.port) ? 0 : address.port;
  const wanted = path ?? formatAddress(address.host ?? '', port);
  let bound: AddressInfo;
  try {
    // A port that the system chooses is known by who wants it.
    const key = path === undefined && port === 0 ? `${settings.id} ${protocol} ${wanted}` : wanted;
    bound = await server.listen({host: address.host, port, path, sockets: settings.sockets, key});
  } catch (error) {
    throw new Error(`${settings.id}: cannot listen on ${wanted}: ${reason(error, path)}`, {cause: error});
  }
  // A listener on every address is reached on this one.
  const host = isWildcard(address.host) ? '127.0.0.1' : bound.address;
  const reached = path === undefined ? formatAddress(host, bound.port) : `unix:${path}`;
  settings.announce(protocol, reached);
  settings.log.info({protocol, address: reached}, `${settings.id} listens for ${protocol}`);
}

/** Why it could not listen, where another process has the port. */
export const isPortInUse = (error: unknown): boolean =>
  error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';

/** Lets a server of Node's listen. */
export const listenAt = (server: Server, {sockets, key, ...address}: ListenTarget): Promise<AddressInfo> =>
  sockets === undefined || key === undefined ? listen(server, address) : sockets.open(server, address, key);

function reason(error: unknown, path: string | undefined): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return path === undefined
        ? 'another process uses the port; stop it, set another `endpoint`, or use --free-ports'
        : 'another process uses the socket; stop it, or set another `endpoint`';
    case 'EACCES':
      return 'not permitted; ports below 1024 need privileges';
    case 'EADDRNOTAVAIL':
      return 'the address is none of this machine';
    default:
      return errorMessage(error);
  }
}
