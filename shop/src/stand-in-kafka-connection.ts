/** One client's connection to the Kafka stand-in: frames in, answers out, in order and within bounds. */
import type {Socket} from 'node:net';
import type {Broker} from './stand-in-kafka-api.ts';
import {answer} from './stand-in-kafka-requests.ts';
import {KafkaProtocolError} from './stand-in-kafka-wire.ts';

/** Far above the mebibyte that clients send by default; Kafka's `socket.request.max.bytes` is 100 MiB. */
const maximumFrameBytes = 32 * 1024 * 1024;
/** What a client may send ahead while its request before is answered. */
const maximumAheadBytes = 1024 * 1024;
/** Kafka's default for `connections.max.idle.ms`. */
const idleMilliseconds = 600_000;
/** How long a client may leave an answer unread. */
const unreadMilliseconds = 30_000;
const lengthBytes = 4;

/** Bytes of requests received and not answered yet, of all connections together. */
export class ReceivedBytes {
  readonly #maximum = 128 * 1024 * 1024;
  #held = 0;

  add(bytes: number): void {
    this.#held += bytes;
    if (this.#held > this.#maximum) throw new KafkaProtocolError('too much is received and not answered yet');
  }
  remove(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Puts frames together from what arrives, without copying a byte more than once. */
class Frames {
  readonly #received: ReceivedBytes;
  #chunks: Buffer[] = [];
  held = 0;

  constructor(received: ReceivedBytes) {
    this.#received = received;
  }
  add(chunk: Buffer): void {
    // A chunk may be a small view of a large buffer.
    this.#chunks.push(chunk.length * 2 < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk);
    this.held += chunk.length;
    this.#received.add(chunk.length);
  }
  /** The next whole frame without its length; undefined while it is not whole. */
  next(): Buffer | undefined {
    if (this.held < lengthBytes) return undefined;
    let [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length < lengthBytes) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    const size = first.readInt32BE(0);
    if (size < 0 || size > maximumFrameBytes) throw new KafkaProtocolError(`a frame of ${size} bytes`);
    if (this.held < lengthBytes + size) return undefined;
    const whole = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    const rest = whole.subarray(lengthBytes + size);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#remove(lengthBytes + size);
    return whole.subarray(lengthBytes, lengthBytes + size);
  }
  clear(): void {
    this.#chunks = [];
    this.#remove(this.held);
  }
  #remove(bytes: number): void {
    this.held -= bytes;
    this.#received.remove(bytes);
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
