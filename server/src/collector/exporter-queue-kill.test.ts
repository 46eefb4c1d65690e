/**
 * `kill -9` of a collector whose queue is on disk, under load, at random moments, while its destination answers, refuses and
 * keeps silent in turn. A long series: `npm run kill`.
 */
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {sendSpans, startCollectorProcess, startPeer} from './testing-processes.ts';

const kills = Number(process.env.WEFT_KILLS ?? 3);
const consumers = 4;

test(`queue on disk: ${kills} kills lose nothing that was acknowledged, and repeat what was in flight at most`, {
  timeout: 240_000 + kills * 10_000,
}, async () => {
  const root = mkdtempSync(join(tmpdir(), 'weft-queue-kill-'));
  let turn = 0;
  const peer = await startPeer((response, take) => {
    // Two of three are taken, one of them late; the third is to come again.
    if (turn++ % 3 === 0) return void response.writeHead(503, {'retry-after': '0'}).end();
    take();
    setTimeout(() => response.writeHead(200).end(), (turn % 5) * 2);
  });
  const yaml = `
extensions: {file_storage: {directory: ${root}/storage, create_directory: true}}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters:
  otlphttp:
    endpoint: http://${peer.address}
    compression: none
    retry_on_failure: {initial_interval: 1ms, max_interval: 5ms, max_elapsed_time: 0}
    sending_queue: {storage: file_storage, num_consumers: ${consumers}, queue_size: 100000}
service: {extensions: [file_storage], pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}`;
  const acknowledged: string[] = [];
  let sent = 0;
  try {
    for (let i = 0; i < kills; i++) {
      const collector = await startCollectorProcess(root, yaml);
      let over = false;
      const before = acknowledged.length;
      const senders = Array.from({length: 8}, async () => {
        while (!over) {
          const name = `span ${sent++}`;
          if (await sendSpans(collector.endpoints.otlp_http!, name)) acknowledged.push(name);
        }
      });
      await expect.poll(() => acknowledged.length, {interval: 5}).toBeGreaterThan(before + 20);
      // Not a wait for something: the moment of the kill is what the test draws.
      await sleep(Math.random() * 150);
      await collector.kill();
      over = true;
      await Promise.all(senders);
    }
    const missing = () => acknowledged.filter((name) => !peer.taken.has(name)).length;
    const goOn = async () => {
      const collector = await startCollectorProcess(root, yaml);
      await expect.poll(missing, {interval: 20}).toBe(0);
      await collector.stop();
      return readdirSync(join(root, 'storage', 'exporter_otlphttp'));
    };
    // A stop leaves what is not sent yet: spans wait there too whose senders were not answered before the kill.
    await expect.poll(goOn, {interval: 20}).toEqual([]);
    const repeated = [...peer.taken.values()].reduce((sum, times) => sum + times - 1, 0);
    expect(repeated).toBeLessThanOrEqual(kills * consumers);
    if (kills > 3) console.log(`${kills} kills, ${acknowledged.length} acknowledged, ${repeated} sent twice`);
  } finally {
    peer.stop();
    rmSync(root, {recursive: true, force: true});
  }
});
