/** The Collector's `tls` section of a server. */
import type {SecureVersion, TlsOptions} from 'node:tls';
import {ignored, object, oneOf, optional, text, unsupported} from '../config/index.ts';
import {readPem} from './pem.ts';

export interface TlsConfig {
  readonly cert_file: string | undefined;
  readonly key_file: string | undefined;
  readonly cert_pem: string | undefined;
  readonly key_pem: string | undefined;
  readonly client_ca_file: string | undefined;
  readonly min_version: string | undefined;
  readonly max_version: string | undefined;
}

const version = oneOf('1.2', '1.3');

export const tlsServer = object(
  {
    cert_file: optional(text, 'File of the certificate chain (PEM).'),
    key_file: optional(text, 'File of the private key (PEM).'),
    cert_pem: optional(text, 'The certificate chain itself.'),
    key_pem: optional(text, 'The private key itself.'),
    client_ca_file: optional(text, 'With it, senders must show a certificate that this authority signed (mTLS).'),
    min_version: optional(version, 'The lowest TLS version taken; 1.2 where it is not set.'),
    max_version: optional(version, 'The highest TLS version taken.'),
    ca_file: ignored('a server checks senders by client_ca_file'),
    include_system_ca_certs_pool: ignored('a server checks senders by client_ca_file'),
    client_ca_file_reload: unsupported('certificates are read once, at start'),
    cipher_suites: unsupported('the runtime takes safe ones only'),
    include_insecure_cipher_suites: unsupported('the runtime takes safe ones only'),
    curve_preferences: unsupported('the runtime chooses safe curves'),
    tpm: unsupported('keys are read from files'),
    reload_interval: unsupported('certificates are read once, at start'),
  },
  (tls, node, report) => {
    if ((tls.cert_file ?? tls.cert_pem) === undefined || (tls.key_file ?? tls.key_pem) === undefined) {
      report.fault(node.at, 'a server needs a certificate and its key: set `cert_file` and `key_file`');
    }
    if (tls.cert_file !== undefined && tls.cert_pem !== undefined) {
      report.fault(node.at, 'set either `cert_file` or `cert_pem`');
    }
    if (tls.key_file !== undefined && tls.key_pem !== undefined) {
      report.fault(node.at, 'set either `key_file` or `key_pem`');
    }
  },
);

/** Reads the files. Throws as `readPem`. */
export function tlsOptions(tls: TlsConfig): TlsOptions {
  const {ca, cert, key} = readPem(tls, {file: tls.client_ca_file});
  return {
    ...(cert === undefined ? {} : {cert}),
    ...(key === undefined ? {} : {key}),
    ...(ca === undefined ? {} : {ca, requestCert: true, rejectUnauthorized: true}),
    minVersion: `TLSv${tls.min_version ?? '1.2'}` as SecureVersion,
    ...(tls.max_version === undefined ? {} : {maxVersion: `TLSv${tls.max_version}` as SecureVersion}),
  };
}
