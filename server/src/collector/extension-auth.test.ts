/** Authenticators before real receivers: who is let in, who is not, and in which words. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as grpc from '@grpc/grpc-js';
import {afterAll, describe, expect, it} from 'vitest';
import {readAttributes} from '../model/index.ts';
import type {ServerAuth} from '../net/index.ts';
import {testSettings} from '../pipeline/testing.ts';
import {basicAuthExtension} from './extension-basicauth.ts';
import {grpcPaths} from './otlp-paths.ts';
import {startTestCollector, type TestCollector} from './testing.ts';
import {requestOf} from './testing-contract.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-auth-'));
afterAll(() => rmSync(root, {recursive: true, force: true}));

const body = requestOf('traces', ['shop']);
const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

const started = (type: string, config: string, http = '', grpcSettings = ''): Promise<TestCollector> =>
  startTestCollector({
    yaml: `
extensions: {${type}: ${config}}
receivers: {otlp: {protocols: {grpc: {auth: {authenticator: ${type}}${grpcSettings}}, http: {auth: {authenticator: ${type}${http}}}}}}
exporters: {weft: }
service: {extensions: [${type}], pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`,
  });

async function viaHttp({endpoints}: TestCollector, headers: Record<string, string>, query = '') {
  const answer = await fetch(`http://${endpoints.otlp_http}/v1/traces${query}`, {
    method: 'POST',
    headers: {'content-type': 'application/x-protobuf', ...headers},
    body: new Uint8Array(body),
  });
  await answer.arrayBuffer();
  return {status: answer.status, challenge: answer.headers.get('www-authenticate')};
}

async function viaGrpc({endpoints}: TestCollector, headers: Record<string, string>): Promise<string> {
  const client = new grpc.Client(endpoints.otlp_grpc as string, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const same = (bytes: Buffer): Buffer => bytes;
  try {
    return await new Promise((resolve) =>
      client.makeUnaryRequest(grpcPaths.traces, same, same, Buffer.from(body), metadata, (error) =>
        resolve(error === null ? 'OK' : `${grpc.status[error.code]}: ${error.details}`),
      ),
    );
  } finally {
    client.close();
  }
}

describe('auth data', () => {
  it.each(['', ', storage: file_storage'])(
    'auth data: processors and headers_setter see who sent, over both protocols (queue in memory or on disk%s)',
    async (storage) => {
      await using behind = await startTestCollector({
        yaml: `
receivers: {otlp: {protocols: {http: {include_metadata: true}}}}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`,
      });
      const directory = mkdtempSync(join(root, 'queue-'));
      await using collector = await startTestCollector({
        yaml: `
extensions:
  basicauth: {htpasswd: {inline: "ann:pw"}}
  file_storage: {directory: "${directory}"}
  headers_setter: {headers: [{key: x-user, from_attribute: username}, {key: x-none, from_attribute: subject, default_value: d}]}
receivers: {otlp: {protocols: {grpc: {auth: {authenticator: basicauth}}, http: {auth: {authenticator: basicauth}}}}}
processors:
  resource:
    attributes:
      - {key: user, action: insert, from_context: auth.username}
      - {key: raw, action: insert, from_context: auth.raw}
      - {key: peer, action: insert, from_context: client.address}
      - {key: nobody, action: insert, from_context: auth.subject}
exporters:
  otlphttp: {endpoint: "http://${behind.endpoints.otlp_http}", auth: {authenticator: headers_setter}, sending_queue: {enabled: true${storage}}}
service:
  extensions: [basicauth, headers_setter, file_storage]
  pipelines: {traces: {receivers: [otlp], processors: [resource], exporters: [otlphttp]}}`,
      });
      const authorization = basic('ann:pw');
      // The second one's password is known already, and is not worked out again.
      expect((await viaHttp(collector, {authorization})).status).toBe(200);
      expect((await viaHttp(collector, {authorization})).status).toBe(200);
      expect(await viaGrpc(collector, {authorization})).toBe('OK');
      await expect.poll(() => behind.traces.length).toBe(3);
      for (const [i, batch] of behind.traces.entries()) {
        const {attributes} = batch.resources.columns;
        const said = readAttributes(batch, attributes.from(0), attributes.count(0)).map(({key, value}) => [
          key,
          value.type === 'string' ? value.value.replace('::ffff:', '') : value,
        ]);
        expect(said).toEqual([
          ['service.name', 'shop'],
          ['user', 'ann'],
          ['raw', authorization],
          ['peer', '127.0.0.1'],
        ]);
        const {metadata} = behind.contexts[i]!;
        expect([metadata?.get('x-user'), metadata?.get('x-none')]).toEqual([['ann'], ['d']]);
      }
    },
  );
});

describe('bearertokenauth', () => {
  it('bearertokenauth: a receiver lets those in that show a known token, over both protocols', async () => {
    await using collector = await started('bearertokenauth', '{tokens: [one, two]}');
    for (const authorization of ['Bearer one', 'Bearer two']) {
      expect((await viaHttp(collector, {authorization})).status).toBe(200);
      expect(await viaGrpc(collector, {authorization})).toBe('OK');
    }
    for (const authorization of ['Bearer three', 'one', 'bearer one', '']) {
      expect(await viaHttp(collector, {authorization})).toEqual({status: 401, challenge: 'Bearer'});
      expect(await viaGrpc(collector, {authorization})).toMatch(/^UNAUTHENTICATED: bearertokenauth: /);
    }
    expect(await viaGrpc(collector, {})).toBe(
      'UNAUTHENTICATED: bearertokenauth: no credentials in the header Authorization',
    );
    expect(collector.traces.length).toBe(4);
    expect(collector.count('otelcol_receiver_requests', {reason: 'unauthenticated'})).toBe(9);
  });

  it('bearertokenauth: takes another header without a scheme, and from the URL where the receiver says so', async () => {
    await using collector = await started(
      'bearertokenauth',
      '{scheme: "", header: X-Api-Key, token: secret}',
      ', request_params: [x-api-key]',
    );
    expect((await viaHttp(collector, {'x-api-key': 'secret'})).status).toBe(200);
    expect((await viaHttp(collector, {}, '?x-api-key=secret')).status).toBe(200);
    expect((await viaHttp(collector, {}, '?x-api-key=other')).status).toBe(401);
    expect((await viaHttp(collector, {})).status).toBe(401);
  });

  it('bearertokenauth: reads its file again when it changes, and keeps what it had when the file is emptied', async () => {
    const filename = join(root, 'tokens');
    writeFileSync(filename, 'old # of the last month\n\n other \n');
    await using collector = await started('bearertokenauth', `{filename: ${filename}}`);
    const status = async (token: string): Promise<number> =>
      (await viaHttp(collector, {authorization: `Bearer ${token}`})).status;
    expect(await Promise.all(['old', 'other', 'new'].map(status))).toEqual([200, 200, 401]);
    writeFileSync(filename, 'new');
    await expect.poll(() => status('new')).toBe(200);
    expect(await status('old')).toBe(401);
    writeFileSync(filename, '');
    writeFileSync(filename, 'newest');
    await expect.poll(() => status('newest')).toBe(200);
  });
});

describe('bearertokenauth: a file of tokens that comes after the start', () => {
  const known = async (collector: TestCollector): Promise<number> =>
    (await viaHttp(collector, {authorization: 'Bearer late'})).status;
  const settings = (filename: string, more: string): string =>
    `{filename: ${filename}, retry_on_failure: {enabled: true, interval: 20ms${more}`;

  it('bearertokenauth: receivers start without it, and know its tokens once it is there', async () => {
    const filename = join(root, 'late');
    await using collector = await started('bearertokenauth', settings(filename, '}}'));
    expect(await known(collector)).toBe(401);
    writeFileSync(filename, 'late');
    await expect.poll(() => known(collector)).toBe(200);
  });

  it('bearertokenauth: with `wait_for_token_file` the start waits for it', async () => {
    const filename = join(root, 'waited-for');
    const starting = started('bearertokenauth', settings(filename, '}, wait_for_token_file: true}'));
    setTimeout(() => writeFileSync(filename, 'late'), 50);
    await using collector = await starting;
    expect(await known(collector)).toBe(200);
  });

  it('bearertokenauth: the start fails where it does not come within the retries that it waits for', async () => {
    const config = settings(join(root, 'never'), ', max_retries: 2}, wait_for_token_file: true}');
    await expect(started('bearertokenauth', config)).rejects.toThrow(/cannot use .*never/);
  });
});

describe('basicauth', () => {
  const users = join(root, 'users');
  writeFileSync(
    users,
    [
      '# as htpasswd, openssl and perl write them',
      'apr:$apr1$abcdefgh$KSy5w54/hvA4DILdrbB.M0',
      'blow:$2y$06$abcdefghijklmnopqrstuuxLa0AkDDSrQ9VwNnETzOsObiucpMYgC',
      'sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=',
      'ssha:{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0',
      'both:file',
    ].join('\n'),
  );
  it('basicauth: a receiver knows the hashes of htpasswd, and the lines written in the configuration come first', async () => {
    await using collector = await started(
      'basicauth',
      `{htpasswd: {file: ${users}, inline: "plain:with:colon\\nboth:inline"}}`,
    );
    const status = async (credentials: string): Promise<number> =>
      (await viaHttp(collector, {authorization: basic(credentials)})).status;
    const good = ['apr:p4ss word', 'blow:secret', 'sha:secret', 'ssha:secret', 'plain:with:colon', 'both:inline'];
    expect(await Promise.all(good.map(status))).toEqual(good.map(() => 200));
    // Once more, as they are known now.
    expect(await Promise.all(good.map(status))).toEqual(good.map(() => 200));
    const bad = ['apr:other', 'blow:Secret', 'sha:', 'ssha:x', 'both:file', 'nobody:secret', 'secret', ':'];
    expect(await Promise.all(bad.map(status))).toEqual(bad.map(() => 401));
    expect(await viaHttp(collector, {authorization: 'Bearer x'})).toEqual({
      status: 401,
      challenge: 'Basic realm="weft", charset="UTF-8"',
    });
    expect(await viaGrpc(collector, {authorization: basic('blow:secret')})).toBe('OK');
    expect(await viaGrpc(collector, {authorization: basic('blow:no')})).toBe(
      'UNAUTHENTICATED: basicauth: the credentials are not known',
    );
  });

  it('basicauth: a flood of wrong passwords is told to come later, and a known sender gets in meanwhile', async () => {
    const config = {
      htpasswd: {
        secret_provider: undefined,
        file: undefined,
        inline: 'blow:$2y$06$abcdefghijklmnopqrstuuxLa0AkDDSrQ9VwNnETzOsObiucpMYgC',
      },
      client_auth: undefined,
    };
    const {check} = basicAuthExtension.create(testSettings(), config).serverAuth as ServerAuth;
    const ask = async (credentials: string): Promise<string> => {
      try {
        await check({authorization: basic(credentials)});
        return 'in';
      } catch (error) {
        return (error as Error).name;
      }
    };
    expect(await ask('blow:secret')).toBe('in');
    const flood = Promise.all(Array.from({length: 40}, (_, index) => ask(`blow:${index}`)));
    expect(await ask('blow:secret')).toBe('in');
    const answers = await flood;
    expect(answers.filter((each) => each === 'RetryableError')).toHaveLength(8);
    expect(answers.filter((each) => each === 'PermanentError')).toHaveLength(32);
  });
});

it('authenticators: a receiver that names one of another kind does not start, and says why', async () => {
  await expect(started('headers_setter', '{headers: [{key: a, value: b}]}')).rejects.toThrow(
    'otlp: extension headers_setter cannot authenticate senders; it has no settings for them',
  );
});

it.each([
  ['bearertokenauth', '{}', 'set one of `token`, `tokens` and `filename`'],
  ['bearertokenauth', '{token: ""}', 'an empty token would let everybody in'],
  ['bearertokenauth', '{token: a, tokens: [b]}', 'set either `token` or `tokens`'],
  ['bearertokenauth', '{token: a, retry_on_failure: {enabled: true}}', '`retry_on_failure` needs `filename`'],
  ['bearertokenauth', '{filename: a, wait_for_token_file: true}', '`wait_for_token_file` needs `retry_on_failure'],
  ['basicauth', '{client_auth: {secret_provider: {id: vault}}}', 'no extension here provides secrets'],
  ['basicauth', '{}', 'set either `htpasswd`, for receivers, or `client_auth`, for exporters'],
  ['basicauth', '{htpasswd: {}}', 'set `file` or `inline`'],
  ['basicauth', '{htpasswd: {inline: "a:$6$x$y"}}', 'line 1 of the users has a hash of the kind `$6$`'],
  ['basicauth', '{client_auth: {username: "a:b"}}', '`username` may hold no `:`'],
  ['headers_setter', '{headers: []}', '`headers` names none'],
  ['headers_setter', '{headers: [{key: a}]}', 'set one of `value`, `value_file`, `from_context` and `from_attribute`'],
  [
    'headers_setter',
    '{headers: [{key: a, value: b, default_value: c}]}',
    '`default_value` goes with `from_context` or `from_attribute`',
  ],
])('authenticators: a %s of %s is a fault', async (type, config, message) => {
  await expect(started(type, config)).rejects.toThrow(message);
});
