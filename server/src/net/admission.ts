import {RetryableError, TooLargeError} from '../base/index.ts';
import type {OverloadGuard, Work} from './overload.ts';
import {createWasteBudget} from './waste-budget.ts';

/**
 * The memory that servers hold for others at once: requests under way, what has arrived of their bodies, what these decompress
 * and decode to, until the pipeline has taken or refused them; and the answers that nobody has read yet. One bound for the
 * whole process, whatever the protocol and the thread, so that no number of senders can exhaust its memory. It counts what is
 * allocated, not what was sent. A body is decompressed and decoded in one go, so the bound can be passed by one of them.
 */
export interface Admission {
  /** Of this thread. */
  readonly inFlightBytes: number;
  readonly limitBytes: number;
  /** A lease for one request: one that has a `refusal` is to be answered with it, before its body is read. */
  open(): Lease;
  /** Counts a call that led to nothing. False where its connection is to be ended. */
  wasted(connection: object): boolean;
}

export interface Lease {
  /** More is in work than can be answered in time, or no more may be held. */
  readonly refusal: RetryableError | undefined;
  readonly bytes: number;
  /**
   * Takes that many more bytes. Where they would pass the bound it takes none of them and throws RetryableError, or
   * TooLargeError where they would even if nothing else were held.
   */
  take(bytes: number): void;
  /** The whole body is here. */
  arrived(): void;
  /** Gives some bytes back. */
  give(bytes: number): void;
  /** Gives all of them back. Idempotent. */
  close(): void;
}

export interface AdmissionOptions {
  readonly guard?: OverloadGuard;
  /** The bytes that the threads of a process hold, counted together: the same memory in each of them. */
  readonly shared?: SharedArrayBuffer;
  /** Which of `threads` this is. Default 0. */
  readonly thread?: number;
  /** How much of the bound this thread may hold, so that one cannot starve the others. Default 1. */
  readonly share?: number;
}

/** Memory for `AdmissionOptions.shared`, for this number of threads. */
export const sharedAdmission = (threads: number): SharedArrayBuffer => new SharedArrayBuffer(8 * threads);

/** The cost of a request before any of its body: its stream or parser, its headers, the callbacks that wait for its end. */
export const requestBytes = 8192;

export function createAdmission(
  limitBytes: number,
  {guard, shared = sharedAdmission(1), thread = 0, share = 1}: AdmissionOptions = {},
): Admission {
  // Each thread writes its own number only. One that reads another's a moment late may pass the bound by one message.
  const held = new BigUint64Array(shared);
  const ownLimit = limitBytes * share;
  const waste = createWasteBudget();
  let inFlight = 0;
  const fits = (bytes: number): boolean => {
    if (inFlight + bytes > ownLimit) return false;
    let all = inFlight + bytes;
    for (let i = 0; i < held.length; i++) if (i !== thread) all += Number(Atomics.load(held, i));
    return all <= limitBytes;
  };
  const add = (bytes: number): void => {
    inFlight += bytes;
    if (held.length > 1) Atomics.store(held, thread, BigInt(inFlight));
  };
  return {
    get inFlightBytes() {
      return inFlight;
    },
    limitBytes,
    wasted: (connection) => waste.spend(connection),
    open() {
      const refusal =
        guard !== undefined && !guard.admits ? overloaded() : fits(requestBytes) ? undefined : full(limitBytes);
      const work: Work | undefined = refusal === undefined ? guard?.begin() : undefined;
      let own = refusal === undefined ? requestBytes : 0;
      let isOpen = true;
      add(own);
      return {
        refusal,
        arrived: () => work?.arrived(),
        get bytes() {
          return own;
        },
        take(bytes) {
          if (!isOpen) return;
          if (!fits(bytes)) throw own + bytes > ownLimit ? tooLarge(own + bytes, ownLimit) : full(limitBytes);
          add(bytes);
          own += bytes;
        },
        give(bytes) {
          if (!isOpen) return;
          add(-bytes);
          own -= bytes;
        },
        close() {
          work?.end();
          isOpen = false;
          add(-own);
          own = 0;
        },
      };
    },
  };
}

const full = (limitBytes: number): RetryableError =>
  new RetryableError(
    'in_flight_limit',
    `the server holds as much unfinished data as it may (${limitBytes} bytes); try again later`,
  );

const tooLarge = (bytes: number, limitBytes: number): TooLargeError =>
  new TooLargeError(
    `the request takes ${bytes} bytes of memory, more than the ${limitBytes} that may be held at all; send smaller batches, or raise weft.ingest.max_in_flight`,
    limitBytes,
  );

/** Not all at the same moment again. */
const overloaded = (): RetryableError =>
  new RetryableError(
    'overloaded',
    'the server has more requests in work than it can answer in time; try again later',
    1000 + Math.round(Math.random() * 2000),
  );
