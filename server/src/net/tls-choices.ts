/** Versions, suites and curves of TLS that a server or a client speaks, by the names that Go gives them and so the Collector. */
import type {SecureVersion} from 'node:tls';
import {type ConfigType, list, oneOf, optional, textOf, unsupported, withDefault} from '../config/index.ts';

const version = oneOf('1.2', '1.3');
/** What asks for a version that is broken gets the oldest that is not. */
const lowest: ConfigType<'1.2' | '1.3'> = {
  label: version.label,
  read(node, report) {
    const written = textOf(node);
    if (written !== '1.0' && written !== '1.1') return version.read(node, report);
    report.warn(node.at, `TLS ${written} is broken and not spoken here: the lowest version is 1.2`);
    return '1.2';
  },
};

/** Of TLS 1.2, by OpenSSL's names. Those that Go calls insecure are not offered. */
const suites = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
} as const;
/** As in Go, those of TLS 1.3 cannot be chosen: naming one changes nothing. */
const always = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const;
const suiteNames = [...(Object.keys(suites) as (keyof typeof suites)[]), ...always];

const cipherSuites: ConfigType<readonly (typeof suiteNames)[number][]> = list(oneOf(...suiteNames));
const curve = oneOf('X25519', 'P256', 'P384', 'P521');

export const tlsChoices = {
  min_version: optional(lowest, 'The lowest TLS version taken; 1.2 where it is not set.'),
  max_version: optional(version, 'The highest TLS version taken.'),
  include_insecure_cipher_suites: unsupported('the runtime takes safe ones only'),
  cipher_suites: withDefault(cipherSuites, [], '[]', 'The suites of TLS 1.2 that may be used; none: safe ones.'),
  curve_preferences: withDefault(list(curve), [], '[]', 'The curves that may be used, in order; none: safe ones.'),
};

interface Choices {
  readonly min_version: '1.2' | '1.3' | undefined;
  readonly max_version: '1.2' | '1.3' | undefined;
  readonly cipher_suites: readonly (typeof suiteNames)[number][];
  readonly curve_preferences: readonly ReturnType<typeof curve.read>[];
}

/** As options of a context of node:tls. */
export function tlsChoiceOptions({min_version, max_version, cipher_suites, curve_preferences}: Choices) {
  const chosen = cipher_suites.flatMap((name) => (name in suites ? [suites[name as keyof typeof suites]] : []));
  return {
    minVersion: `TLSv${min_version ?? '1.2'}` as SecureVersion,
    ...(max_version === undefined ? {} : {maxVersion: `TLSv${max_version}` as SecureVersion}),
    ...(chosen.length === 0 ? {} : {ciphers: [...always, ...chosen].join(':')}),
    ...(curve_preferences.length === 0
      ? {}
      : {ecdhCurve: curve_preferences.map((name) => name.replace(/^P/, 'P-')).join(':')}),
  };
}
