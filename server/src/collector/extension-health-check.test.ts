/** The extensions that only answer questions about the process, asked over HTTP. */
import {expect, it} from 'vitest';
import {startTestCollector, type TestCollector} from './testing.ts';

const started = (extensions: string, ids: readonly string[] = [extensions.split(':', 1)[0]!]): Promise<TestCollector> =>
  startTestCollector({
    yaml: `
extensions: {${extensions}}
receivers: {otlp: {protocols: {grpc: }}}
exporters: {nop: , weft/2: }
service:
  extensions: [${ids.join(', ')}]
  pipelines: {"traces/a<b": {receivers: [otlp], exporters: [nop, weft/2]}}`,
  });

it('health_check: answers as the Collector does while the pipelines run', async () => {
  await using collector = await started('health_check: ');
  const answer = await fetch(`http://${collector.endpoints.health_check_http}/`);
  expect(answer.status).toBe(200);
  const {status, upSince, uptime} = (await answer.json()) as Record<string, string>;
  expect(status).toBe('Server available');
  expect(Date.parse(upSince!)).toBeLessThanOrEqual(Date.now());
  expect(uptime).toMatch(/^(0s|[\d.]+(ms|s))$/);
  expect((await fetch(`http://${collector.endpoints.health_check_http}/other`)).status).toBe(404);
});

it('health_check: has its own path and body', async () => {
  await using collector = await started('health_check: {path: /live, response_body: {healthy: fine, unhealthy: ill}}');
  const answer = await fetch(`http://${collector.endpoints.health_check_http}/live`);
  expect([answer.status, await answer.text()]).toEqual([200, 'fine']);
});

it('health_check: the keys of its second version are refused with what there is instead', async () => {
  await expect(started('health_check: {http: {endpoint: "localhost:13133"}}')).rejects.toThrow(
    '`GET /api/weft/v1/pipeline`',
  );
});

it('zpages: show the pipelines and extensions that run', async () => {
  await using collector = await started('zpages: , health_check: ', ['zpages', 'health_check']);
  const page = async (name: string): Promise<string> =>
    (await fetch(`http://${collector.endpoints.zpages_http}/debug/${name}`)).text();
  expect(await page('servicez')).toContain('Running.');
  expect(await page('extensionz')).toContain('<td>zpages</td>');
  expect(await page('pipelinez')).toContain(
    '<tr><td>traces/a&lt;b</td><td>otlp</td><td></td><td>nop<br>weft/2</td></tr>',
  );
});

it('pprof: gives a profile of the processor and of the heap, one at a time', async () => {
  await using collector = await started('pprof: ');
  const url = `http://${collector.endpoints.pprof_http}/debug/pprof`;
  const cpu = await fetch(`${url}/profile?seconds=0.02`);
  expect(await cpu.json()).toMatchObject({nodes: expect.any(Array), samples: expect.any(Array)});
  expect(await (await fetch(`${url}/heap?seconds=0.01`)).json()).toMatchObject({head: {children: expect.any(Array)}});
  const both = await Promise.all([0, 1].map(async () => (await fetch(`${url}/profile?seconds=0.2`)).status));
  expect(both.toSorted()).toEqual([200, 503]);
  expect((await fetch(`${url}/profile?seconds=1000`)).status).toBe(400);
});

it('pprof: a profile under way does not hold up the end', async () => {
  const collector = await started('pprof: ');
  const profile = fetch(`http://${collector.endpoints.pprof_http}/debug/pprof/profile?seconds=100`).catch(() => {});
  await expect
    .poll(async () => (await fetch(`http://${collector.endpoints.pprof_http}/debug/pprof/profile?seconds=0.01`)).status)
    .toBe(503);
  await collector.stop();
  await profile;
});
