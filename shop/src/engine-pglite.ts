/**
 * PGlite (PostgreSQL compiled to WebAssembly) behind PostgreSQL's protocol, where the packaged server does not run. One
 * engine session serves every connection, so statements of different connections never run at the same time, and a
 * transaction makes all others wait: a deadlock cannot happen here.
 *
 * The session has one unnamed statement and one portal, which a client fills and uses over several messages; therefore
 * a connection's messages run together up to its Sync, and a transaction's up to its end.
 */
import {createServer, type Socket} from 'node:net';
import {PGlite} from '@electric-sql/pglite';
import type {Engine} from './engine-postgres.ts';

interface Turn {
  readonly connection: Connection;
  readonly messages: Buffer;
}

/** Codes in the place of the protocol's version, in a first message that is no startup message. */
const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const cancelRequest = 80_877_102;
const [query, sync, terminate] = ['Q', 'S', 'X'].map((letter) => letter.charCodeAt(0));

/** One client's side: cuts what it sends into turns. */
class Connection {
  readonly socket: Socket;
  readonly #take: (turn: Turn) => void;
  #buffer: Buffer = Buffer.alloc(0);
  #pending: Buffer[] = [];
  #isStarted = false;

  constructor(socket: Socket, take: (turn: Turn) => void) {
    this.socket = socket;
    this.#take = take;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      while (this.#cut()) {}
    });
  }

  /** Takes one message off the buffer; false when none is whole. */
  #cut(): boolean {
    const lengthAt = this.#isStarted ? 1 : 0;
    if (this.#buffer.length < lengthAt + 4) return false;
    const size = lengthAt + this.#buffer.readInt32BE(lengthAt);
    if (this.#buffer.length < size) return false;
    const message = this.#buffer.subarray(0, size);
    this.#buffer = this.#buffer.subarray(size);
    if (this.#isStarted) this.#receive(message);
    else this.#start(message);
    return true;
  }

  #start(message: Buffer): void {
    const code = message.readInt32BE(4);
    if (code === cancelRequest) return void this.socket.end();
    if (code === sslRequest || code === gssRequest) return void this.socket.write('N');
    this.#isStarted = true;
    this.#take({connection: this, messages: message});
  }

  #receive(message: Buffer): void {
    if (message[0] === terminate) return void this.socket.end();
    this.#pending.push(message);
    if (message[0] !== sync && message[0] !== query) return;
    this.#take({connection: this, messages: Buffer.concat(this.#pending)});
    this.#pending = [];
  }
}

export async function startPglite(): Promise<Engine> {
  const db = await PGlite.create();
  const connections = new Set<Connection>();
  const turns: Turn[] = [];
  /** Whose transaction is open. */
  let owner: Connection | undefined;
  let isWorking = false;

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    for (let turn = next(); turn !== undefined; turn = next()) {
      const {connection, messages} = turn;
      const answer = await db.execProtocolRaw(messages);
      owner = db.isInTransaction() ? connection : undefined;
      if (connection.socket.writable) connection.socket.write(answer);
      if (!connections.has(connection)) await release(connection);
    }
    isWorking = false;
  }

  function next(): Turn | undefined {
    const index = owner === undefined ? 0 : turns.findIndex(({connection}) => connection === owner);
    return index < 0 ? undefined : turns.splice(index, 1)[0];
  }

  /** A client that went away in its transaction must not keep the others waiting. */
  async function release(connection: Connection): Promise<void> {
    if (owner !== connection) return;
    await db.exec('ROLLBACK');
    owner = undefined;
  }

  const server = createServer((socket) => {
    const connection = new Connection(socket, (turn) => {
      turns.push(turn);
      void work();
    });
    connections.add(connection);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      connections.delete(connection);
      if (!isWorking) void release(connection).then(work);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  return {
    url: `postgres://postgres@127.0.0.1:${address.port}/shop`,
    description: 'PGlite in place of a PostgreSQL server (one session for all connections, so no deadlocks)',
    close: async () => {
      for (const {socket} of connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await db.close();
    },
  };
}
