/** Ends connections whose clients do not read their answer: it would be held for them for ever. */
import type {Server, ServerResponse} from 'node:http';

/** A waiting answer must shrink by at least `leastBytes` within `withinMs`. */
const leastBytes = 64 * 1024;
const withinMs = 20_000;

export interface SlowReadersOptions {
  readonly withinMs?: number;
  readonly now?: () => number;
}

export function endSlowReaders(server: Server, options: SlowReadersOptions = {}): void {
  const {withinMs: patienceMs = withinMs, now = () => performance.now()} = options;
  /** When each answer last moved, and how much of its connection the system had taken then. */
  const answers = new Map<ServerResponse, {at: number; taken: number}>();
  server.on('request', (_, response) => {
    answers.set(response, {at: now(), taken: 0});
    response.once('close', () => answers.delete(response));
  });
  const timer = setInterval(
    () => {
      for (const [response, progress] of answers) {
        const {socket} = response;
        const waits = socket !== null && (response.writableLength > 0 || socket.writableLength > 0);
        const taken = waits ? socket.bytesWritten - socket.writableLength : progress.taken;
        if (!waits || taken - progress.taken >= leastBytes) answers.set(response, {at: now(), taken});
        else if (now() - progress.at > patienceMs) socket.destroy();
      }
    },
    Math.min(1000, patienceMs / 4),
  ).unref();
  server.once('close', () => clearInterval(timer));
}
