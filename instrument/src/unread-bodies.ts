import type {IncomingMessage} from 'node:http';

/** A response whose body may be read, or not. */
export type OpenBody = {
  readonly response: IncomingMessage | undefined;
  /** When the headers came, and every part of the body that was read since; ms of `performance.now()`. */
  readAt: number;
  /** Nobody reads the body, since `readAt`. */
  unread(): void;
};

/** How long a part of a body may wait for its reader until nobody seems to read it. */
const patienceMillis = 1_000;

/** One timer for all: one for each request would cost more than the rest of this. */
const open = new Set<OpenBody>();
let timer: NodeJS.Timeout | undefined;
let listening = false;

/** Watches until `forgetBody`, or until it was told that the body is unread. */
export function watchBody(body: OpenBody): void {
  open.add(body);
  timer ??= setInterval(() => sweep(performance.now() - patienceMillis), patienceMillis).unref();
  if (listening) return;
  listening = true;
  // An unread body does not keep the process alive, and is unread for certain when the process ends.
  for (const event of ['beforeExit', 'exit'] as const) {
    process.prependListener(event, () => sweep(Number.POSITIVE_INFINITY));
  }
}

export const forgetBody = (body: OpenBody): void => void open.delete(body);

/** Of a slow server nothing waits to be read: its response stays open. */
function sweep(latest: number): void {
  if (open.size === 0) {
    clearInterval(timer); // Here and not as the last one goes: for one request after the other that would be a timer each.
    timer = undefined;
  }
  for (const body of open) {
    const {response, readAt} = body;
    if (response === undefined || readAt > latest || (response.readableLength === 0 && !response.complete)) continue;
    forgetBody(body);
    body.unread();
  }
}
