/**
 * Calls between threads: one side serves a table of async functions, the other calls them over a MessagePort. Errors arrive as
 * what they were, and no call waits for ever.
 */
import type {MessagePort} from 'node:worker_threads';
import {errorMessage, PermanentError, QueryError, RetryableError, TooLargeError} from '../base/index.ts';

/** Async functions by name; what they take and return is structured-cloned on its way. */
type Procedures = object;
type Procedure = (...args: readonly unknown[]) => Promise<unknown>;

type Call = {readonly id: number; readonly name: string; readonly args: readonly unknown[]};
type Answer = {readonly id: number} & ({readonly value: unknown} | {readonly error: ErrorMessage});

/** An error as plain data: `kind` says which class it had, `fields` what that class adds. */
interface ErrorMessage {
  readonly kind: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  /** How long a call may take, unless `limitsMs` has its name. Default 10 s. */
  readonly limitMs?: number;
  readonly limitsMs?: Readonly<Record<string, number>>;
}

/** Answers the calls that arrive at `port` from the table. */
export function serveCalls(port: MessagePort, procedures: Procedures): void {
  const table = procedures as Record<string, Procedure | undefined>;
  port.on('message', async ({id, name, args}: Call) => {
    try {
      const procedure = table[name];
      if (procedure === undefined) throw new Error(`BUG: the other thread has no procedure ${name}`);
      port.postMessage({id, value: await procedure(...args)} satisfies Answer);
    } catch (error) {
      // Of the call, or of the copy of a value that cannot be copied.
      port.postMessage({id, error: describe(error)} satisfies Answer);
    }
  });
}

/**
 * Functions that call the table served at the other end of `port`. A call rejects with the error that it met there, with
 * `QueryError` of the reason `timeout` at its limit, and with `unavailable` when the other end is gone.
 */
export function callsTo<T extends Procedures>(
  port: MessagePort,
  {limitMs = 10_000, limitsMs = {}}: CallOptions = {},
): T {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let closed = false;
  const take = (id: number): Waiting | undefined => {
    const call = waiting.get(id);
    waiting.delete(id);
    clearTimeout(call?.timer);
    return call;
  };
  port.on('message', (answer: Answer) => {
    const call = take(answer.id);
    if ('error' in answer) call?.reject(revive(answer.error));
    else call?.resolve(answer.value);
  });
  port.on('close', () => {
    closed = true;
    for (const id of [...waiting.keys()]) take(id)?.reject(goneError());
  });
  const call = (name: string, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (closed) throw goneError();
      const id = ++lastId;
      const limit = limitsMs[name] ?? limitMs;
      const late = (): void => take(id)?.reject(new QueryError('timeout', `${name}: no answer within ${limit} ms`));
      waiting.set(id, {resolve, reject, timer: setTimeout(late, limit)});
      try {
        port.postMessage({id, name, args} satisfies Call);
      } catch (error) {
        take(id)?.reject(error as Error);
      }
    });
  return new Proxy({} as T, {
    get:
      (_, name) =>
      (...args: readonly unknown[]) =>
        call(name as string, args),
  });
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const goneError = (): Error => new QueryError('unavailable', 'the other thread has ended');

/** Rebuilds the errors whose class callers tell apart. */
// biome-ignore lint/suspicious/noExplicitAny: they come from an error of that very class
const revivers: Readonly<Record<string, (message: string, fields: any) => Error>> = {
  RetryableError: (message, {reason, retryAfterMs}) => new RetryableError(reason, message, retryAfterMs),
  TooLargeError: (message, {limitBytes}) => new TooLargeError(message, limitBytes),
  PermanentError: (message, {reason}) => new PermanentError(reason, message),
  QueryError: (message, {reason}) => new QueryError(reason, message),
};

function describe(error: unknown): ErrorMessage {
  const fields: Record<string, unknown> = {};
  if (error instanceof Error) {
    for (const [name, value] of Object.entries(error)) if (isPlain(value)) fields[name] = value;
  }
  // From the special to the general.
  const known = [RetryableError, TooLargeError, PermanentError, QueryError].find((each) => error instanceof each);
  return {
    kind: known?.name ?? 'Error',
    message: errorMessage(error),
    stack: error instanceof Error ? error.stack : undefined,
    fields,
  };
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

function revive({kind, message, stack, fields}: ErrorMessage): Error {
  const reviver = revivers[kind];
  // `code` (EADDRINUSE) and the like come along; `name` and `message` are the error's own.
  const error = reviver?.(message, fields) ?? Object.assign(new Error(message), fields);
  if (stack !== undefined) error.stack = stack;
  return error;
}
