/**
 * A stand-in for Redis where the machine has no `redis-server`: the RESP2 protocol over TCP, strings, lists and hashes
 * with expiry, in memory. Clients connect to it unchanged; it keeps Redis's own error texts, because a fault of the
 * shop (a key of the wrong type) is recognised by them. Not here: persistence, scripts, publish/subscribe, clusters.
 */
import {createServer, type Server, type Socket} from 'node:net';

type Value = string | string[] | Map<string, string>;
interface Entry {
  readonly value: Value;
  /** Milliseconds of `Date.now()` after which the entry is gone. */
  expiresAt: number;
}
type Reply = string | number | undefined | Error | readonly Reply[] | {readonly simple: string};
type Command = (keyspace: Keyspace, args: readonly string[]) => Reply;

const ok: Reply = {simple: 'OK'};
const wrongType = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
const notAnInteger = new Error('ERR value is not an integer or out of range');
const syntaxError = new Error('ERR syntax error');

class Keyspace {
  readonly #entries = new Map<string, Entry>();

  entry(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > Date.now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }
  set(key: string, value: Value, expiresAt = Number.POSITIVE_INFINITY): void {
    this.#entries.set(key, {value, expiresAt});
  }
  delete(key: string): boolean {
    return this.entry(key) !== undefined && this.#entries.delete(key);
  }
  clear(): void {
    this.#entries.clear();
  }
  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.entry(key) !== undefined);
  }
  /** The value if it is absent or of the wanted type; throws Redis's WRONGTYPE otherwise. */
  string(key: string): string | undefined {
    const value = this.entry(key)?.value;
    if (value !== undefined && typeof value !== 'string') throw wrongType;
    return value;
  }
  list(key: string): string[] | undefined {
    const value = this.entry(key)?.value;
    if (value !== undefined && !Array.isArray(value)) throw wrongType;
    return value;
  }
  hash(key: string): Map<string, string> | undefined {
    const value = this.entry(key)?.value;
    if (value !== undefined && !(value instanceof Map)) throw wrongType;
    return value;
  }
}

/** Command name → what it does. Errors are thrown or returned and reach the client as `-message`. */
const commands: Readonly<Record<string, Command>> = {
  PING: (_, [text]) => text ?? {simple: 'PONG'},
  ECHO: (_, [text]) => text,
  SELECT: () => ok,
  CLIENT: () => ok,
  INFO: () =>
    '# Server\r\nredis_version:7.0.0\r\nredis_mode:standalone\r\nserver_name:weft-shop-stand-in\r\nloading:0\r\n',
  COMMAND: () => [],
  FLUSHALL: (keyspace) => {
    keyspace.clear();
    return ok;
  },
  KEYS: (keyspace, [pattern = '*']) => {
    const matcher = new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*/g, '.*')
        .replace(/\?/g, '.')}$`,
    );
    return keyspace.keys().filter((key) => matcher.test(key));
  },
  TYPE: (keyspace, [key = '']) => {
    const value = keyspace.entry(key)?.value;
    if (value === undefined) return {simple: 'none'};
    return {simple: typeof value === 'string' ? 'string' : Array.isArray(value) ? 'list' : 'hash'};
  },
  GET: (keyspace, [key = '']) => keyspace.string(key),
  MGET: (keyspace, keys) =>
    keys.map((key) => {
      const value = keyspace.entry(key)?.value;
      return typeof value === 'string' ? value : undefined;
    }),
  SET: (keyspace, [key = '', value = '', ...options]) => {
    let expiresAt = Number.POSITIVE_INFINITY;
    for (let index = 0; index < options.length; index++) {
      const option = options[index]?.toUpperCase();
      if (option === 'NX' && keyspace.entry(key) !== undefined) return undefined;
      if (option === 'XX' && keyspace.entry(key) === undefined) return undefined;
      if (option === 'NX' || option === 'XX') continue;
      if (option !== 'EX' && option !== 'PX') return syntaxError;
      expiresAt = Date.now() + integer(options[++index]) * (option === 'EX' ? 1000 : 1);
    }
    keyspace.set(key, value, expiresAt);
    return ok;
  },
  SETEX: (keyspace, [key = '', seconds, value = '']) => {
    keyspace.set(key, value, Date.now() + integer(seconds) * 1000);
    return ok;
  },
  DEL: (keyspace, keys) => keys.filter((key) => keyspace.delete(key)).length,
  EXISTS: (keyspace, keys) => keys.filter((key) => keyspace.entry(key) !== undefined).length,
  EXPIRE: (keyspace, [key = '', seconds]) => expire(keyspace, key, integer(seconds) * 1000),
  PEXPIRE: (keyspace, [key = '', milliseconds]) => expire(keyspace, key, integer(milliseconds)),
  PTTL: (keyspace, [key = '']) => timeToLive(keyspace, key),
  TTL: (keyspace, [key = '']) => {
    const left = timeToLive(keyspace, key);
    return left < 0 ? left : Math.round(left / 1000);
  },
  INCR: (keyspace, [key = '']) => increment(keyspace, key, 1),
  DECR: (keyspace, [key = '']) => increment(keyspace, key, -1),
  INCRBY: (keyspace, [key = '', by]) => increment(keyspace, key, integer(by)),
  DECRBY: (keyspace, [key = '', by]) => increment(keyspace, key, -integer(by)),
  LPUSH: (keyspace, [key = '', ...items]) => push(keyspace, key, (list) => list.unshift(...items.reverse())),
  RPUSH: (keyspace, [key = '', ...items]) => push(keyspace, key, (list) => list.push(...items)),
  LLEN: (keyspace, [key = '']) => keyspace.list(key)?.length ?? 0,
  LRANGE: (keyspace, [key = '', from, to]) => {
    const list = keyspace.list(key) ?? [];
    const last = integer(to);
    return list.slice(integer(from), last === -1 ? undefined : last + 1);
  },
  HSET: (keyspace, [key = '', ...fields]) => {
    const hash = keyspace.hash(key) ?? new Map<string, string>();
    const before = hash.size;
    for (let index = 0; index + 1 < fields.length; index += 2) hash.set(fields[index] ?? '', fields[index + 1] ?? '');
    if (keyspace.entry(key) === undefined) keyspace.set(key, hash);
    return hash.size - before;
  },
  HGET: (keyspace, [key = '', field = '']) => keyspace.hash(key)?.get(field),
  HGETALL: (keyspace, [key = '']) => [...(keyspace.hash(key) ?? [])].flat(),
};

function integer(text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isSafeInteger(value)) throw notAnInteger;
  return value;
}

function expire(keyspace: Keyspace, key: string, milliseconds: number): number {
  const entry = keyspace.entry(key);
  if (entry === undefined) return 0;
  entry.expiresAt = Date.now() + milliseconds;
  return 1;
}

function timeToLive(keyspace: Keyspace, key: string): number {
  const entry = keyspace.entry(key);
  if (entry === undefined) return -2;
  return entry.expiresAt === Number.POSITIVE_INFINITY ? -1 : entry.expiresAt - Date.now();
}

function increment(keyspace: Keyspace, key: string, by: number): number {
  const expiresAt = keyspace.entry(key)?.expiresAt;
  const value = integer(keyspace.string(key) ?? '0') + by;
  keyspace.set(key, String(value), expiresAt);
  return value;
}

function push(keyspace: Keyspace, key: string, add: (list: string[]) => void): number {
  const list = keyspace.list(key) ?? [];
  add(list);
  if (keyspace.entry(key) === undefined) keyspace.set(key, list);
  return list.length;
}

function execute(keyspace: Keyspace, [name = '', ...args]: readonly string[]): Reply {
  const command = commands[name.toUpperCase()];
  if (command === undefined) return new Error(`ERR unknown command '${name}'`);
  try {
    return command(keyspace, args);
  } catch (error) {
    return error as Error;
  }
}

function encode(reply: Reply): string {
  if (reply === undefined) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if ('simple' in reply) return `+${reply.simple}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join('')}`;
}

/** Takes one complete command off the front of `buffer`; undefined while it is not all there. */
function parse(buffer: Buffer): {command: string[]; rest: Buffer} | undefined {
  const firstEnd = buffer.indexOf('\r\n');
  if (firstEnd < 0) return undefined;
  const first = buffer.toString('latin1', 0, firstEnd);
  let at = firstEnd + 2;
  if (!first.startsWith('*'))
    return {command: first.split(/\s+/).filter((word) => word !== ''), rest: buffer.subarray(at)};
  const command: string[] = [];
  for (let left = Number(first.slice(1)); left > 0; left--) {
    const end = buffer.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const length = Number(buffer.toString('latin1', at + 1, end));
    if (buffer.length < end + 2 + length + 2) return undefined;
    command.push(buffer.toString('utf8', end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return {command, rest: buffer.subarray(at)};
}

function serve(socket: Socket, keyspace: Keyspace): void {
  let buffer: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    let replies = '';
    for (let parsed = parse(buffer); parsed !== undefined; parsed = parse(buffer)) {
      buffer = parsed.rest;
      if (parsed.command.length === 0) continue;
      if (parsed.command[0]?.toUpperCase() === 'QUIT') {
        socket.end(`${replies}${encode(ok)}`);
        return;
      }
      replies += encode(execute(keyspace, parsed.command));
    }
    if (replies !== '') socket.write(replies);
  });
}

/** Listens on a free loopback port. The server owns its sockets: `close()` ends them. */
export async function startRedisStandIn(port = 0): Promise<{url: string; close(): Promise<void>}> {
  const keyspace = new Keyspace();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, keyspace);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
