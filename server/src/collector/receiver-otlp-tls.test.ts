/** TLS and mTLS of receivers and exporters, with certificates that openssl makes for the test. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {namesOf, spansNamed} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {startTestCollector} from './testing.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let folder = '';
const file = (name: string): string => join(folder, name);

function openssl(...args: readonly string[]): void {
  const {status, stderr} = spawnSync('openssl', args, {cwd: folder, encoding: 'utf8'});
  if (status !== 0) throw new Error(stderr);
}

beforeAll(() => {
  if (!hasOpenssl) return;
  folder = mkdtempSync(join(tmpdir(), 'weft-tls-'));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const authority of ['ca', 'other']) {
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${authority}.key`,
      '-out',
      `${authority}.pem`,
      '-subj',
      `/CN=${authority}`,
      '-days',
      '2',
    );
  }
  for (const name of ['server', 'client']) {
    openssl(
      'req',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-copy_extensions',
      'copy',
    );
  }
});
afterAll(() => {
  if (folder !== '') rmSync(folder, {recursive: true, force: true});
});

const serverTls = (more = ''): string => `{cert_file: ${file('server.pem')}, key_file: ${file('server.key')}${more}}`;

/** Sends a span through an exporter with these TLS settings to a receiver with those; the status that the sender gets. */
async function through(protocol: 'grpc' | 'http', receiver: string, exporter: string): Promise<number> {
  await using there = await startTestCollector({
    yaml: `receivers: {otlp: {protocols: {${protocol}: {tls: ${receiver}}}}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`,
  });
  const address = there.endpoints[`otlp_${protocol}`];
  const type = protocol === 'grpc' ? 'otlp' : 'otlphttp';
  const direct = '{enabled: false}';
  await using from = await startTestCollector({
    yaml: `receivers: {otlp: {protocols: {http: }}}\nexporters: {${type}: {endpoint: "https://${address}", tls: ${exporter}, retry_on_failure: ${direct}, sending_queue: ${direct}}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [${type}]}}}`,
  });
  const answer = await fetch(`http://${from.endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/x-protobuf'},
    body: new Uint8Array(otlp.traces.encodeProto(spansNamed('a'))),
  });
  if (answer.status === 200) expect(there.traces.map(namesOf)).toEqual([['a']]);
  else expect(there.traces).toEqual([]);
  return answer.status;
}

describe.skipIf(!hasOpenssl).each(['grpc', 'http'] as const)('TLS: over %s', (protocol) => {
  it('a trusted certificate is taken', async () => {
    expect(await through(protocol, serverTls(), `{ca_file: ${file('ca.pem')}}`)).toBe(200);
  });

  it('one of another authority is not', async () => {
    expect(await through(protocol, serverTls(), `{ca_file: ${file('other.pem')}}`)).toBe(503);
  });

  it('any is, where that is asked for', async () => {
    expect(await through(protocol, serverTls(), '{insecure_skip_verify: true}')).toBe(200);
  });

  it('a sender that shows the right certificate is taken, one that shows none is not', async () => {
    const mutual = serverTls(`, client_ca_file: ${file('ca.pem')}`);
    const own = `cert_file: ${file('client.pem')}, key_file: ${file('client.key')}`;
    expect(await through(protocol, mutual, `{ca_file: ${file('ca.pem')}, ${own}}`)).toBe(200);
    expect(await through(protocol, mutual, `{ca_file: ${file('ca.pem')}}`)).toBe(503);
  });

  it('a file that is not there is named', async () => {
    await expect(through(protocol, `{cert_file: /nowhere/a.pem, key_file: b.pem}`, '{}')).rejects.toThrow(
      'cannot read /nowhere/a.pem',
    );
  });
});
