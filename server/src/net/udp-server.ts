/**
 * Receives datagrams: a bounded queue, a bounded number in work, and the admission's bound over all of it. Nobody hears of a
 * datagram that is dropped but the counters: UDP has no answers.
 */
import * as dgram from 'node:dgram';
import type {AddressInfo} from 'node:net';
import {setImmediate} from 'node:timers/promises';
import {errorMessage, type Log} from '../base/index.ts';
import type {Admission, Lease} from './admission.ts';
import {errorStatus} from './error-status.ts';
import type {ListenTarget} from './listen.ts';
import {createSocketRegistry, type DatagramReceiver, type Sockets} from './sockets.ts';

export interface UdpServerOptions {
  /** Takes one datagram, which is its own; `hold` counts memory that it needs beyond the datagram. */
  handle(datagram: Uint8Array, hold: (bytes: number) => void): Promise<void>;
  /** Told of each datagram that was not handled to its end, with a short stable word why. */
  onDropped(reason: string, error?: unknown): void;
  readonly admission: Admission;
  readonly log: Log;
  readonly maxDatagramBytes: number;
  /** How many may wait. */
  readonly queueSize: number;
  /** How many may be in work at once. */
  readonly workers: number;
  /** Of the system's buffer; 0 leaves it to the system. */
  readonly receiveBufferBytes: number;
}

export interface UdpServer {
  listen(target: ListenTarget): Promise<AddressInfo>;
  /** Takes what has come, then no more, and works it off within `graceMs`. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

interface Waiting {
  readonly datagram: Buffer;
  readonly lease: Lease;
}

/** Turns of the event loop, each of which reads some datagrams, that a sender without end may hold up the end. */
const maxLastTurns = 64;
/** The first turn may have read its sockets already. */
const quietTurns = 2;

export function createUdpServer(options: UdpServerOptions): UdpServer {
  const {admission, log, queueSize} = options;
  let queue: Waiting[] = [];
  let head = 0;
  let working = 0;
  let sockets: Sockets | undefined;
  let idle: (() => void) | undefined;
  let received = 0;

  const receiver: DatagramReceiver = {
    receive(datagram) {
      received++;
      if (datagram.length > options.maxDatagramBytes) return options.onDropped('too_large');
      if (queue.length - head >= queueSize) return options.onDropped('queue_full');
      const lease = admission.open();
      try {
        if (lease.refusal !== undefined) throw lease.refusal;
        lease.take(datagram.length);
      } catch (error) {
        lease.close();
        return options.onDropped(errorStatus(error).reason, error);
      }
      lease.arrived();
      queue.push({datagram, lease});
      next();
    },
  };

  const next = (): void => {
    while (working < options.workers && head < queue.length) {
      const waiting = queue[head++] as Waiting;
      if (head === queue.length) {
        queue = [];
        head = 0;
      }
      working++;
      void work(waiting);
    }
    if (working === 0) idle?.();
  };

  const work = async ({datagram, lease}: Waiting): Promise<void> => {
    try {
      const bytes = new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length);
      await options.handle(bytes, (count) => lease.take(count));
    } catch (error) {
      const status = errorStatus(error);
      if (status.unforeseen) log.error({err: error}, 'a datagram failed');
      options.onDropped(status.reason, error);
    } finally {
      lease.close();
      working--;
      next();
    }
  };

  const create = (type: dgram.SocketType) => (): dgram.Socket => {
    const {receiveBufferBytes} = options;
    const socket = dgram.createSocket({
      type,
      ...(receiveBufferBytes > 0 ? {recvBufferSize: receiveBufferBytes} : {}),
    });
    socket.on('error', (error) => log.debug({error: errorMessage(error)}, 'a UDP socket failed'));
    return socket;
  };

  let stopped: Promise<void> | undefined;
  return {
    async listen({host, port, sockets: shared = createSocketRegistry()(), key = 'udp'}) {
      const open = (type: dgram.SocketType): Promise<AddressInfo> =>
        shared.openDatagrams(receiver, {host, port}, `udp ${key}`, create(type));
      sockets = shared;
      if (host !== undefined) return open(host.includes(':') ? 'udp6' : 'udp4');
      // `::` takes IPv4 too, where the machine has IPv6 at all.
      return open('udp6').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') throw error;
        return open('udp4');
      });
    },
    stop: (graceMs) =>
      (stopped ??= (async () => {
        // Those that are in the system's buffer came before the end.
        for (let turn = 0, quiet = 0; quiet < quietTurns && turn < maxLastTurns; turn++) {
          const before = received;
          await setImmediate();
          quiet = received === before ? quiet + 1 : 0;
        }
        sockets?.leave(receiver);
        if (working === 0) return;
        await new Promise<void>((resolve) => {
          const limit = setTimeout(resolve, graceMs);
          idle = () => {
            clearTimeout(limit);
            resolve();
          };
        });
        for (const {lease} of queue.slice(head)) {
          lease.close();
          options.onDropped('stopped');
        }
        queue = [];
        head = 0;
      })()),
  };
}
