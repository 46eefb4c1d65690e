/** `weft doctor` as somebody in trouble runs it. */
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import type {PipelineResponse} from '../server/src/api/contract.ts';
import {startWeft} from './harness.ts';
import {traceBody} from './load.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-doctor-'));
afterAll(() => rmSync(directory, {recursive: true, force: true}));

const doctor = async (...args: string[]): Promise<{code: number | null; text: string}> => {
  const cli = join(import.meta.dirname, '..', 'server', 'src', 'main', 'cli.ts');
  const child = spawn(process.execPath, [cli, 'doctor', ...args], {stdio: ['ignore', 'pipe', 'inherit']});
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return {code, text};
};

test('weft doctor: nothing runs, something else runs, all is well, a sender has the wrong port, path or clock', async () => {
  const down = await doctor('--data', directory, '--http', '127.0.0.1:1');
  expect(down).toEqual({code: 1, text: expect.stringContaining(`no Weft runs on ${directory}`)});

  await using weft = await startWeft({dataDirectory: directory});
  const {otlp_http, otlp_grpc} = weft.endpoints as Record<'otlp_http' | 'otlp_grpc', string>;
  const other = await doctor('--http', otlp_http);
  expect(other).toEqual({code: 1, text: expect.stringContaining('is not Weft')});

  const well = await doctor('--data', directory);
  expect(well.code).toBe(0);
  expect(well.text).toContain('✓ the span can be found');
  expect(well.text).toContain('· no application has sent a span yet');

  await fetch(`http://${otlp_grpc}/v1/traces`, {method: 'POST', body: '{}'}).catch(() => {}); // it is no HTTP/1.1 port
  await fetch(`http://${otlp_http}/`, {method: 'POST', body: '{}'});
  const future = traceBody('ab'.repeat(16)).replaceAll(
    /"(\d{10})(\d{9})"/g,
    (_, s, ns) => `"${Number(s) + 7200}${ns}"`,
  );
  await weft.send(JSON.parse(future));
  const {code, text} = await doctor('--data', directory);
  expect(code).toBe(0);
  expect(text).toContain('over grpc that did not get through since the start: 1 (other protocol)');
  // The doctor itself asked there a moment ago.
  expect(text).toContain('over http that did not get through since the start: 2 (unknown path)');
  expect(text).toMatch(/spans of load are \d+ min in the future/);
});

test('weft doctor: a configuration that stores nothing is told as the cause, with what arrives', async () => {
  const own = join(directory, 'forwarding');
  const yaml = [
    'receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}',
    'exporters: {debug: }',
    'service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}',
  ].join('\n');
  await using weft = await startWeft({dataDirectory: own, args: ['--config', `yaml:${yaml}`]});
  await weft.send(JSON.parse(traceBody('cd'.repeat(16))));
  const {code, text} = await doctor('--data', own);
  expect(code).toBe(1);
  expect(text).toMatch(
    /· pipeline `traces` \(otlp → debug\): spans arrive \(.* since the start\), but it does not end in `weft`/,
  );
  expect(text).toMatch(
    /✗ the span was acknowledged and cannot be found: spans of the receiver `otlp` go through `traces` to debug/,
  );
  expect(text).toContain('Add `weft` to `service.pipelines.traces.exporters`');
  expect(text).not.toContain('no application has sent a span yet');
});

test('weft doctor: a configuration without OTLP/HTTP, with credentials, another path or no traces is told as such', async () => {
  const own = join(directory, 'receivers');
  const http = (more: string): string => `{protocols: {http: {endpoint: "127.0.0.1:0"${more}}}}`;
  const yaml = `
extensions: {bearertokenauth: {token: t}}
receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}
  otlp/auth: ${http(', auth: {authenticator: bearertokenauth}')}
  otlp/path: ${http(', traces_url_path: /own/traces')}
  otlp/logs: ${http('')}
exporters: {weft: }
service:
  extensions: [bearertokenauth]
  pipelines:
    traces: {receivers: [otlp, otlp/auth, otlp/path], exporters: [weft]}
    logs: {receivers: [otlp/logs], exporters: [weft]}`;
  await using weft = await startWeft({dataDirectory: own, args: ['--config', `yaml:${yaml}`]});
  const {nodes} = (await (await fetch(`${weft.http}/api/weft/v1/pipeline`)).json()) as PipelineResponse;
  const of = async (id: string): Promise<string> => {
    const [address = ''] = Object.values(nodes.find((node) => node.id === id)?.endpoints ?? {});
    const {code, text} = await doctor('--data', own, ...(id === 'otlp' ? [] : ['--otlp', `http://${address}`]));
    return `${code} ${text}`;
  };
  const [none, auth, path, logs] = await Promise.all(['otlp', 'otlp/auth', 'otlp/path', 'otlp/logs'].map(of));
  expect(none).toMatch(/^0 [\s\S]*· the configuration has no OTLP\/HTTP receiver/);
  expect(auth).toMatch(/^0 [\s\S]*· .*asks for credentials, which the doctor has not/);
  expect(path).toMatch(/^1 [\s\S]*`traces_url_path` is another/);
  expect(logs).toMatch(
    /^1 [\s\S]*✗ .*takes no spans at \/v1\/traces: no traces pipeline has the receiver `otlp\/logs`/,
  );
});

test('weft doctor: a changed configuration that is faulty is told as such, and the span is looked for all the same', async () => {
  const own = join(directory, 'faulty');
  const file = join(directory, 'faulty.yaml');
  writeFileSync(
    file,
    'receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}',
  );
  await using weft = await startWeft({dataDirectory: own, args: ['--config', file]});
  writeFileSync(file, 'receivers: {otlp: {protocls: }}');
  await expect
    .poll(async () => (await (await fetch(`${weft.http}/ready`)).json()) as unknown)
    .toMatchObject({degraded: expect.arrayContaining([expect.stringContaining('protocls')])});
  const {code, text} = await doctor('--http', weft.http, '--data', own);
  expect(code).toBe(1);
  expect(text).toMatch(/✗ .*not in use: .*unknown key `protocls`.*\n {4}Weft runs on with the one before it\./);
  expect(text).not.toContain('kept in the spool');
  expect(text).toContain('✓ the span can be found');
});
