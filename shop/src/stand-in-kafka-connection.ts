/** One client's connection to the Kafka stand-in: frames in, answers out, in order and within bounds. */
import type {Socket} from 'node:net';
import type {Broker} from './stand-in-kafka-api.ts';
import {answer} from './stand-in-kafka-requests.ts';
import {KafkaProtocolError} from './stand-in-kafka-wire.ts';

/** Far above the mebibyte that clients send by default; Kafka's `socket.request.max.bytes` is 100 MiB. */
const maximumFrameBytes = 32 * 1024 * 1024;
/** The bytes that a client may send ahead while its previous request is answered. */
const maximumAheadBytes = 1024 * 1024;
/** Kafka's default for `connections.max.idle.ms`. */
const idleMilliseconds = 600_000;
/** How long a client may leave an answer unread. */
const unreadMilliseconds = 30_000;
const lengthBytes = 4;
const smallestBuffer = 4 * 1024;

/** The memory that all connections together hold for requests that are not whole yet or wait for their turn. */
export class ReceivedBytes {
  readonly #maximum = 192 * 1024 * 1024;
  #held = 0;

  /** Throws where it is too much; the connection that asked is to be closed. */
  change(bytes: number): void {
    if (bytes > 0 && this.#held + bytes > this.#maximum) throw new KafkaProtocolError('too much is received at once');
    this.#held += bytes;
  }
}

/**
 * Puts frames together from what arrives, in one buffer that grows by doubling: what it costs is at most twice what came,
 * however small the pieces were.
 */
class Frames {
  readonly #received: ReceivedBytes;
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(received: ReceivedBytes) {
    this.#received = received;
  }
  get held(): number {
    return this.#end - this.#start;
  }
  add(chunk: Buffer): void {
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#end += chunk.copy(this.#buffer, this.#end);
  }
  /** The next whole frame without its length, as a copy; undefined while it is not whole. */
  next(): Buffer | undefined {
    if (this.held < lengthBytes) return undefined;
    const size = this.#buffer.readInt32BE(this.#start);
    if (size < 0 || size > maximumFrameBytes) throw new KafkaProtocolError(`a frame of ${size} bytes`);
    if (this.held < lengthBytes + size) return undefined;
    const from = this.#start + lengthBytes;
    const frame = Buffer.from(this.#buffer.subarray(from, from + size));
    this.#start = from + size;
    if (this.held === 0) this.clear();
    return frame;
  }
  clear(): void {
    this.#received.change(-this.#buffer.length);
    this.#buffer = Buffer.alloc(0);
    this.#start = this.#end = 0;
  }
  #makeRoom(more: number): void {
    const needed = this.held + more;
    const capacity = needed * 2 <= this.#buffer.length ? this.#buffer.length : Math.max(smallestBuffer, needed * 2);
    const held = this.#buffer.subarray(this.#start, this.#end);
    this.#received.change(capacity - this.#buffer.length);
    const larger = Buffer.allocUnsafeSlow(capacity);
    held.copy(larger);
    this.#buffer = larger;
    this.#end = held.length;
    this.#start = 0;
  }
}

/** Answers until the connection ends. One request at a time is answered, as by Kafka, so answers keep their order. */
export function serveConnection(socket: Socket, broker: Broker, received: ReceivedBytes): void {
  const frames = new Frames(received);
  const gone = new AbortController();
  let isAnswering = false;
  const client = {broker, clientHost: `/${socket.remoteAddress ?? ''}`, gone: gone.signal};
  socket.setNoDelay(true);
  socket.setTimeout(idleMilliseconds, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    gone.abort();
    frames.clear();
  });
  socket.on('data', (chunk: Buffer) => {
    try {
      frames.add(chunk);
    } catch {
      socket.destroy();
      return;
    }
    if (isAnswering && frames.held > maximumAheadBytes) socket.pause();
    void answerAll();
  });

  async function answerAll(): Promise<void> {
    if (isAnswering) return;
    isAnswering = true;
    try {
      for (let frame = frames.next(); frame !== undefined && !socket.destroyed; frame = frames.next()) {
        const parts = await answer(frame, client);
        if (parts !== undefined) await send(socket, parts, gone.signal);
      }
    } catch (error) {
      socket.destroy();
      if (!(error instanceof KafkaProtocolError)) process.emitWarning(error as Error);
    } finally {
      isAnswering = false;
      socket.resume();
    }
  }
}

/** Resolves when the client's machine has taken the answer, as far as this one's buffers go. */
async function send(socket: Socket, parts: readonly Buffer[], gone: AbortSignal): Promise<void> {
  if (gone.aborted) return;
  socket.cork();
  let isTaken = true;
  for (const part of parts) isTaken = socket.write(part);
  socket.uncork();
  if (isTaken) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), unreadMilliseconds);
    const finish = (): void => {
      clearTimeout(timer);
      socket.off('drain', finish);
      gone.removeEventListener('abort', finish);
      resolve();
    };
    socket.on('drain', finish);
    gone.addEventListener('abort', finish);
  });
}
