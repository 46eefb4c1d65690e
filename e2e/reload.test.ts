/** A running Weft that is given other configurations, by SIGHUP and by files that change, while clients send. */
import {mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import * as http from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {PipelineResponse, StatusResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft} from './harness.ts';
import {traceOf} from './ui-testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-reload-'));
/** As Kubernetes mounts a ConfigMap: the file lies behind a link that is swapped. */
const file = join(directory, 'data', 'weft.yaml');
let version = 0;
function write(text: string): void {
  const next = String(++version);
  mkdirSync(join(directory, next));
  writeFileSync(join(directory, next, 'weft.yaml'), text);
  symlinkSync(next, join(directory, 'data.new'));
  renameSync(join(directory, 'data.new'), join(directory, 'data'));
}
const yaml = ({size = 20, timeout = '10ms', receivers = 'otlp'} = {}): string => `
receivers:
  otlp: {protocols: {http: {endpoint: "127.0.0.1:0", max_request_body_size: ${size}MiB}}}
  otlp/other: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}
processors: {batch: {timeout: ${timeout}}}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [${receivers}], processors: [batch], exporters: [weft]}}}
`;

let weft: RunningWeft;
beforeAll(async () => {
  write(yaml());
  weft = await startWeft({args: ['--config', file]});
});
afterAll(async () => {
  await weft?.stop();
  rmSync(directory, {recursive: true});
});

const ask = async <T>(path: string): Promise<T> =>
  (await fetch(`${weft.http}/api/weft/v1${path}`)).json() as Promise<T>;
const configuration = async () => (await ask<PipelineResponse>('/pipeline')).configuration;
const loadedAt = async (): Promise<string> => (await configuration()).loadedUnixNano;

/** Does something, and resolves when the configuration has been loaded again after it. */
async function reloaded(cause: () => void): Promise<void> {
  const before = await loadedAt();
  cause();
  await expect.poll(loadedAt).not.toBe(before);
}

test('reload: by SIGHUP and by a swapped link, nothing that was sent is refused or lost', async () => {
  const agent = new http.Agent({keepAlive: true});
  const failures: string[] = [];
  let sent = 0;
  let running = true;
  const send = (): Promise<void> =>
    new Promise((resolve) => {
      const {body} = traceOf(1000, [{id: 'a', service: 'reload', name: 'work', start: 0, end: 1, kind: 2}]);
      const headers = {'content-type': 'application/json'};
      // Every third over a connection of its own.
      const own = sent++ % 3 === 0 ? {agent: false as const} : {agent};
      const request = http.request(
        `http://${weft.endpoints.otlp_http}/v1/traces`,
        {method: 'POST', headers, ...own},
        (response) => {
          if (response.statusCode !== 200) failures.push(`status ${response.statusCode}`);
          response.resume().on('end', resolve);
        },
      );
      request.on('error', (error) => {
        failures.push(error.message);
        resolve();
      });
      request.end(JSON.stringify(body));
    });
  const senders = Array.from({length: 4}, async () => {
    while (running) await send();
  });
  await reloaded(() => process.kill(weft.pid, 'SIGHUP'));
  await reloaded(() => write(yaml({timeout: '20ms'})));
  await reloaded(() => write(yaml({size: 10})));
  await reloaded(() => write(yaml({size: 20, timeout: '5ms'})));
  running = false;
  await Promise.all(senders);
  agent.destroy();
  expect(failures).toEqual([]);
  await fetch(`${weft.http}/api/weft/v1/flush`, {method: 'POST'});
  const {services} = await ask<{services: {name: string; spans: number}[]}>('/services');
  expect(services.find(({name}) => name === 'reload')?.spans).toBe(sent);
  expect(sent).toBeGreaterThan(100);
});

test('reload: a faulty file is told with every fault, and what ran goes on until it is mended', async () => {
  write(yaml({timeout: 'soon', receivers: 'otpl'}));
  const faults = async () => (await configuration()).refused?.faults;
  await expect
    .poll(faults)
    .toEqual([
      expect.stringContaining('weft.yaml:5:31: `timeout`: expected a duration'),
      expect.stringContaining('pipeline `traces` names receiver `otpl`, which is not defined; did you mean `otlp`?'),
    ]);
  expect((await ask<StatusResponse>('/status')).store.problems).toHaveLength(2);
  await weft.send(traceOf(1000, [{id: 'a', service: 'during', name: 'work', start: 0, end: 1}]).body);
  await reloaded(() => write(yaml()));
  expect(await faults()).toBeUndefined();
  expect((await ask<StatusResponse>('/status')).store.problems).toEqual([]);
});

test('reload: a receiver that comes is among the addresses, and goes again', async () => {
  const addresses = async () => Object.keys((await ask<StatusResponse>('/status')).endpoints).toSorted();
  await reloaded(() => write(yaml({receivers: 'otlp, otlp/other'})));
  expect(await addresses()).toEqual(['http', 'otlp/other_grpc', 'otlp_http', 'query_grpc']);
  await reloaded(() => write(yaml()));
  expect(await addresses()).toEqual(['http', 'otlp_http', 'query_grpc']);
});
