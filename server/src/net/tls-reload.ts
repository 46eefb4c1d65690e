/** Certificates of a server that are read again while it runs. */
import type {SecureContextOptions, Server, TlsOptions} from 'node:tls';
import {errorMessage, type Log} from '../base/index.ts';

export interface ServerTls extends TlsOptions {
  /** How often the files are looked at, and what they say then; `read` throws where one cannot be read. */
  readonly reload?: {readonly intervalMs: number; readonly read: () => SecureContextOptions};
}

/** Connections that come after a change get the new certificates; what cannot be used is logged, and what was there stays. */
export function followCertificates(server: Server, {reload}: ServerTls, log: Log): () => void {
  if (reload === undefined) return () => {};
  const textOf = (options: SecureContextOptions): string => [options.cert, options.key, options.ca].join('\n');
  let known = textOf(reload.read());
  const look = (): void => {
    try {
      const options = reload.read();
      const now = textOf(options);
      if (now === known) return;
      known = now;
      server.setSecureContext(options);
      log.info({}, 'changed certificates are in use');
    } catch (error) {
      log.warn({error: errorMessage(error)}, 'changed certificates cannot be used; those from before stay');
    }
  };
  const timer = setInterval(look, reload.intervalMs).unref();
  return () => clearInterval(timer);
}
