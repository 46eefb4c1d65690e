/** The Collector's `tls` section of a server. */
import type {TlsOptions} from 'node:tls';
import {bool, duration, ignored, object, optional, text, unsupported, withDefault} from '../config/index.ts';
import {readPem} from './pem.ts';
import {tlsChoiceOptions, tlsChoices} from './tls-choices.ts';
import type {ServerTls} from './tls-reload.ts';

/** With `client_ca_file_reload` alone. */
const watchMs = 1000;

export const tlsServer = object(
  {
    cert_file: optional(text, 'File of the certificate chain (PEM).'),
    key_file: optional(text, 'File of the private key (PEM).'),
    cert_pem: optional(text, 'The certificate chain itself.'),
    key_pem: optional(text, 'The private key itself.'),
    client_ca_file: optional(text, 'With it, senders must show a certificate that this authority signed (mTLS).'),
    ca_file: ignored('a server checks senders by client_ca_file'),
    ca_pem: ignored('a server checks senders by client_ca_file'),
    include_system_ca_certs_pool: ignored('a server checks senders by client_ca_file'),
    client_ca_file_reload: withDefault(bool, false, 'false', 'Read `client_ca_file` again when it changes.'),
    reload_interval: withDefault(
      duration(),
      0,
      '0s',
      'How often the files are looked at for changes; 0: they are read once, at the start.',
    ),
    ...tlsChoices,
    tpm: unsupported('keys are read from files'),
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

export type TlsConfig = ReturnType<typeof tlsServer.read>;

/** Reads the files. Throws as `readPem`. */
export function tlsOptions(tls: TlsConfig): ServerTls {
  const isOwn = tls.reload_interval > 0;
  const isOfSenders = tls.client_ca_file_reload && tls.client_ca_file !== undefined;
  const first = readOptions(tls);
  if (!isOwn && !isOfSenders) return first;
  // What is not to be read again stays as it was first.
  const read = (): TlsOptions => ({
    ...readOptions(tls),
    ...(isOwn || first.cert === undefined ? {} : {cert: first.cert}),
    ...(isOwn || first.key === undefined ? {} : {key: first.key}),
    ...(isOfSenders || first.ca === undefined ? {} : {ca: first.ca}),
  });
  return {...first, reload: {intervalMs: isOwn ? tls.reload_interval : watchMs, read}};
}

function readOptions(tls: TlsConfig): TlsOptions {
  const {ca, cert, key} = readPem(tls, {file: tls.client_ca_file});
  return {
    ...(cert === undefined ? {} : {cert}),
    ...(key === undefined ? {} : {key}),
    ...(ca === undefined ? {} : {ca, requestCert: true, rejectUnauthorized: true}),
    ...tlsChoiceOptions(tls),
  };
}
