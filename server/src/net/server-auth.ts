/** Who may send. */
import type {IncomingHttpHeaders} from 'node:http';

/** By the names that `auth.NAME` asks for. */
export type Checked = ReadonlyMap<string, string> | undefined;

/** The sender of a request. */
export interface Sender {
  /** Without the port; undefined where the connection has no address, or is gone. */
  readonly address: string | undefined;
  readonly auth: Checked;
}

/** The address is only looked for where somebody asks. */
export const senderOf = (socket: {readonly remoteAddress?: string | undefined} | undefined, auth: Checked): Sender => ({
  get address() {
    return socket?.remoteAddress;
  },
  auth,
});

export interface ServerAuth {
  /** For `WWW-Authenticate` (RFC 9110, 11.6.1): `Bearer`, `Basic realm="weft"`. */
  readonly challenge: string;
  /**
   * Looks at the headers of a request before its body is read. Returns what it knows of the sender where it may go on, at once
   * or later; throws or rejects with a PermanentError `unauthenticated`, or a RetryableError, where it may not.
   */
  check(headers: IncomingHttpHeaders): Checked | Promise<Checked>;
}
