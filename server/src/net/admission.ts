import {RetryableError} from '../base/index.ts';
import type {OverloadGuard, Work} from './overload.ts';

/**
 * The bytes that receivers hold at once: what has arrived of bodies and what they decompress to, until the pipeline has
 * taken or refused them. One bound for the whole process, so that no number of senders can exhaust its memory. A body is
 * decompressed in one go, so the bound can be passed by at most one largest message.
 */
export interface Admission {
  readonly inFlightBytes: number;
  readonly limitBytes: number;
  /** A lease for one request: one that has a `refusal` is to be answered with it, before its body is read. */
  open(): Lease;
}

export interface Lease {
  /** More is in work than can be answered in time. */
  readonly refusal: RetryableError | undefined;
  readonly bytes: number;
  /** Takes that many more bytes; throws RetryableError where they would pass the bound, and takes none of them then. */
  take(bytes: number): void;
  /** The whole body is here. */
  arrived(): void;
  /** Gives some bytes back. */
  give(bytes: number): void;
  /** Gives all of them back. Idempotent. */
  close(): void;
}

export function createAdmission(limitBytes: number, guard?: OverloadGuard): Admission {
  let inFlight = 0;
  return {
    get inFlightBytes() {
      return inFlight;
    },
    limitBytes,
    open() {
      let held = 0;
      const refusal = guard === undefined || guard.admits ? undefined : overloaded();
      const work: Work | undefined = refusal === undefined ? guard?.begin() : undefined;
      return {
        refusal,
        arrived: () => work?.arrived(),
        get bytes() {
          return held;
        },
        take(bytes) {
          if (inFlight + bytes > limitBytes) {
            throw new RetryableError(
              'in_flight_limit',
              `the server holds as much unfinished data as it may (${limitBytes} bytes); try again later`,
            );
          }
          inFlight += bytes;
          held += bytes;
        },
        give(bytes) {
          inFlight -= bytes;
          held -= bytes;
        },
        close() {
          work?.end();
          inFlight -= held;
          held = 0;
        },
      };
    },
  };
}

/** Not all at the same moment again. */
const overloaded = (): RetryableError =>
  new RetryableError(
    'overloaded',
    'the server has more requests in work than it can answer in time; try again later',
    1000 + Math.round(Math.random() * 2000),
  );
