/**
 * Listening sockets that pass from a server to its successor: a component that a reload replaces is followed on its port by the
 * new one without a connection being refused in between.
 */
import type {Socket as DatagramSocket} from 'node:dgram';
import {unlinkSync} from 'node:fs';
import {type AddressInfo, connect, type Server} from 'node:net';

/** What one component listens on. */
export interface Sockets {
  /**
   * Lets `server` listen. Where another component's server listens under this `key` and is offered, its socket is the new one's
   * from now on, and it only finishes the connections that it has. A `key` belongs to one configured address.
   */
  open(server: Server, address: ListenAddress, key: string): Promise<AddressInfo>;
  /** The same for datagrams: `receiver` gets those of the socket from now on. `create` makes one that is not bound yet. */
  openDatagrams(
    receiver: DatagramReceiver,
    address: ListenAddress,
    key: string,
    create: () => DatagramSocket,
  ): Promise<AddressInfo>;
  /** Stops listening; where the socket was another server's that still runs, it is that one's again. Idempotent. */
  leave(server: Server | DatagramReceiver): void;
  /** Whether others may take over what it listens on: it is about to be stopped. */
  offer(isOffered: boolean): void;
}

/** What becomes of datagrams. */
export interface DatagramReceiver {
  /** Called for each; the bytes are the receiver's. */
  receive(datagram: Buffer): void;
}

export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
  /** Of a Unix domain socket, instead of them. */
  readonly path?: string | undefined;
}

/** Node's servers take over the handle of another one (`server.listen(handle)`); the field by which they hold it is not public. */
type Holder = Server & {_handle: object | null};

interface DatagramClaims {
  readonly socket: DatagramSocket;
  /** The last one receives. */
  readonly claims: {readonly receiver: DatagramReceiver; readonly owner: {isOffered: boolean}}[];
}

interface Claim {
  readonly server: Holder;
  readonly owner: {isOffered: boolean};
}

/** Makes the `Sockets` of each component; those of one registry take over from each other. */
export function createSocketRegistry(): () => Sockets {
  /** By key, the one that has the socket last. */
  const stacks = new Map<string, Claim[]>();
  const datagrams = new Map<string, DatagramClaims>();
  const pass = (from: Holder, to: Holder): void => {
    to.listen({_handle: from._handle});
    from._handle = null;
  };
  return () => {
    const owner = {isOffered: false};
    return {
      async open(given, address, key) {
        const server = given as Holder;
        const before = stacks.get(key)?.at(-1);
        if (before?.owner.isOffered) {
          const bound = boundTo(before.server, address);
          pass(before.server, server);
          stacks.get(key)?.push({server, owner});
          return bound;
        }
        const bound = await listen(server, address);
        stacks.set(key, [{server, owner}]);
        return bound;
      },
      async openDatagrams(receiver, address, key, create) {
        const before = datagrams.get(key);
        if (before?.claims.at(-1)?.owner.isOffered) {
          before.claims.push({receiver, owner});
          return before.socket.address() as AddressInfo;
        }
        const socket = create();
        const bound = await bind(socket, address);
        const claims = [{receiver, owner}];
        datagrams.set(key, {socket, claims});
        socket.on('message', (datagram) => claims.at(-1)?.receiver.receive(datagram));
        return bound;
      },
      leave(server) {
        for (const [key, {socket, claims}] of datagrams) {
          const at = claims.findIndex((claim) => claim.receiver === server);
          if (at < 0) continue;
          claims.splice(at, 1);
          if (claims.length > 0) continue;
          socket.close();
          datagrams.delete(key);
        }
        for (const [key, stack] of stacks) {
          const at = stack.findIndex((claim) => claim.server === server);
          if (at < 0) continue;
          const isLast = at === stack.length - 1;
          stack.splice(at, 1);
          const before = stack.at(-1);
          if (isLast && before !== undefined) pass(server as Holder, before.server);
          if (stack.length === 0) stacks.delete(key);
        }
      },
      offer(isOffered) {
        owner.isOffered = isOffered;
      },
    };
  };
}

/** Rejects with the error of the system. A socket file that nobody listens on any more is taken over. */
export async function listen(server: Server, address: ListenAddress): Promise<AddressInfo> {
  try {
    return await tryListening(server, address);
  } catch (error) {
    const {path} = address;
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (path === undefined || !isTaken || !(await isAbandoned(path))) throw error;
    unlinkSync(path);
    return tryListening(server, address);
  }
}

function tryListening(server: Server, address: ListenAddress): Promise<AddressInfo> {
  const {host, port, path} = address;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path !== undefined ? {path} : {port, ...(host === undefined ? {} : {host})}, () => {
      server.off('error', reject);
      resolve(boundTo(server, address));
    });
  });
}

/** A Unix domain socket has its path for an address, and no port. */
const boundTo = (server: Server, {path}: ListenAddress): AddressInfo =>
  path === undefined ? (server.address() as AddressInfo) : {address: path, family: 'unix', port: 0};

const isAbandoned = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect({path});
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });

function bind(socket: DatagramSocket, {host, port}: ListenAddress): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({port, ...(host === undefined ? {} : {address: host}), exclusive: true}, () => {
      socket.off('error', reject);
      resolve(socket.address() as AddressInfo);
    });
  });
}
