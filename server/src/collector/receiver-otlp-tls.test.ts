/** TLS and mTLS of receivers and exporters, with certificates that openssl makes for the test. */
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {connect} from 'node:tls';
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

  it('a suite and a curve are agreed upon where both sides have one, and not where they have none', async () => {
    const ca = `ca_file: ${file('ca.pem')}`;
    const gcm = 'cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]';
    const chacha = 'cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]';
    // The suites of TLS 1.3 are always there.
    const older = `{${ca}, max_version: "1.2"`;
    expect(await through(protocol, serverTls(`, ${gcm}`), `${older}, ${gcm}}`)).toBe(200);
    expect(await through(protocol, serverTls(`, ${gcm}`), `${older}, ${chacha}}`)).toBe(503);
    expect(await through(protocol, serverTls(`, ${gcm}`), `{${ca}, ${chacha}}`)).toBe(200);
    const curve = ', curve_preferences: [P384]';
    expect(await through(protocol, serverTls(curve), `{${ca}${curve}}`)).toBe(200);
    expect(await through(protocol, serverTls(curve), `{${ca}, curve_preferences: [P256]}`)).toBe(503);
  });

  it('with reload_interval, connections that come after a change of the certificate get the new one', async () => {
    const [cert, key] = [file(`${protocol}-now.pem`), file(`${protocol}-now.key`)];
    const install = (name: string): void => {
      copyFileSync(file(`${name}.key`), key);
      copyFileSync(file(`${name}.pem`), cert);
    };
    install('server');
    const tls = `{cert_file: ${cert}, key_file: ${key}, reload_interval: 20ms}`;
    await using there = await startTestCollector({
      yaml: `receivers: {otlp: {protocols: {${protocol}: {tls: ${tls}}}}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`,
    });
    const [host, port] = (there.endpoints[`otlp_${protocol}`] as string).split(':');
    const subject = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(
          {host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1']},
          () => {
            resolve(String(socket.getPeerCertificate().subject.CN));
            socket.destroy();
          },
        );
        socket.once('error', reject);
      });
    expect(await subject()).toBe('server');
    install('client');
    await expect.poll(subject).toBe('client');
    writeFileSync(cert, 'nonsense');
    install('server');
    await expect.poll(subject).toBe('server');
  });

  it('with client_ca_file_reload, senders of an authority that comes later are taken', async () => {
    const ca = file(`${protocol}-ca.pem`);
    copyFileSync(file('other.pem'), ca);
    const tls = serverTls(`, client_ca_file: ${ca}, client_ca_file_reload: true`);
    await using there = await startTestCollector({
      yaml: `receivers: {otlp: {protocols: {${protocol}: {tls: ${tls}}}}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`,
    });
    const [host, port] = (there.endpoints[`otlp_${protocol}`] as string).split(':');
    const isTaken = (): Promise<boolean> =>
      new Promise((resolve) => {
        const own = {cert: readFileSync(file('client.pem')), key: readFileSync(file('client.key'))};
        const options = {
          host,
          port: Number(port),
          rejectUnauthorized: false,
          ALPNProtocols: ['h2', 'http/1.1'],
          ...own,
        };
        // With TLS 1.2 the handshake ends after the certificate of the client was judged.
        const socket = connect({...options, maxVersion: 'TLSv1.2'}, () => {
          resolve(true);
          socket.destroy();
        });
        socket.once('error', () => resolve(false));
      });
    expect(await isTaken()).toBe(false);
    copyFileSync(file('ca.pem'), ca);
    await expect.poll(isTaken).toBe(true);
  });

  it('a file that is not there is named', async () => {
    await expect(through(protocol, `{cert_file: /nowhere/a.pem, key_file: b.pem}`, '{}')).rejects.toThrow(
      'cannot read /nowhere/a.pem',
    );
  });
});
