/** Certificates and keys of the configuration, read and looked at before anything listens or sends with them. */
import {X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {errorMessage, FileError, nodeTls} from '../base/index.ts';

/** A `tls` section, as far as it names what is read. */
export interface PemSettings {
  readonly cert_file: string | undefined;
  readonly cert_pem: string | undefined;
  readonly key_file: string | undefined;
  readonly key_pem: string | undefined;
}

export interface Pem {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/**
 * Throws FileError with the file that cannot be read, or that does not hold what TLS needs; an Error where that is written in the
 * configuration itself.
 */
export function readPem(
  tls: PemSettings,
  authority: {readonly file: string | undefined; readonly pem?: string | undefined},
): Pem {
  const ca = read(authority.file, authority.pem);
  const cert = read(tls.cert_file, tls.cert_pem);
  const key = read(tls.key_file, tls.key_pem);
  // TLS itself passes over an authority that is none, and then trusts nobody.
  if (ca !== undefined) check(authority.file, 'the authority', () => new X509Certificate(ca));
  if (cert !== undefined) check(tls.cert_file, 'the certificate', () => new X509Certificate(cert));
  if (cert !== undefined && key !== undefined)
    check(tls.key_file, 'the key', () => nodeTls.createSecureContext({cert, key}));
  return {ca, cert, key};
}

function read(file: string | undefined, pem: string | undefined): string | undefined {
  if (file === undefined) return pem;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FileError(file, `cannot read ${file}: ${errorMessage(error)}`, {cause: error});
  }
}

function check(file: string | undefined, what: string, parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    const why = `${errorMessage(error)}; it has to be PEM`;
    if (file === undefined) throw new Error(`${what} cannot be used: ${why}`, {cause: error});
    throw new FileError(file, `${what} in ${file} cannot be used: ${why}`, {cause: error});
  }
}
