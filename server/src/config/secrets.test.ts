import {expect, test} from 'vitest';
import {maskedYaml} from './secrets.ts';
import {parseYaml} from './yaml.ts';

const report = {fault() {}, warn() {}, listens() {}, refers() {}};
const shown = (text: string): string => maskedYaml(parseYaml('test', text, report) as never);

test.each([
  ['endpoint: https://user:pass@host:443/path', 'endpoint: https://••••••@host:443/path'],
  ['password: a', 'password: ••••••'],
  ['sasl: {username: u, password: p}', 'sasl:\n  username: u\n  password: ••••••'],
  ['bearer_token: a', 'bearer_token: ••••••'],
  ['tokens: [a, b]', 'tokens:\n  - ••••••\n  - ••••••'],
  ['headers: {x-key: a, key: b}', 'headers:\n  x-key: ••••••\n  key: ••••••'],
  ['headers: [{key: x, value: a, from_context: b}]', 'headers:\n  - key: x\n    value: ••••••\n    from_context: b'],
  ['response_headers: {a: [b]}', 'response_headers:\n  a:\n    - ••••••'],
  ['tls: {key_file: a.pem, key_pem: "-----"}', 'tls:\n  key_file: a.pem\n  key_pem: ••••••'],
  ['htpasswd: {inline: "a:b"}', 'htpasswd:\n  inline: ••••••'],
  ['timeout: 5s\nmetadata_keys: [a]', 'timeout: 5s\nmetadata_keys:\n  - a'],
  ['token_bucket: 5', 'token_bucket: 5'],
  ['{}', ''],
])('secrets: %s is shown without them', (text, expected) => expect(shown(text)).toBe(expected));
