/** Who may send. */
import type {IncomingHttpHeaders} from 'node:http';

export interface ServerAuth {
  /** For `WWW-Authenticate` (RFC 9110, 11.6.1): `Bearer`, `Basic realm="weft"`. */
  readonly challenge: string;
  /**
   * Looks at the headers of a request before its body is read. Returns nothing where it may go on, at once or later; throws or
   * rejects with a PermanentError `unauthenticated`, or a RetryableError, where it may not.
   */
  check(headers: IncomingHttpHeaders): void | Promise<void>;
}
