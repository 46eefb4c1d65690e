/**
 * Two collectors that balance load, and two Weft behind them that sample by tails and store, as processes: the spans of a trace
 * enter through both of the first, are judged by one of the others and found in its store, also while one of those restarts.
 */

import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {type CollectorProcess, sendBatch, startCollectorProcess} from '../server/src/collector/testing-processes.ts';
import {spansNamed} from '../server/src/pipeline/testing.ts';
import {type RunningWeft, startWeft, until} from './harness.ts';

const parts = 4;
const failed = 2;
const now = BigInt(Date.now()) * 1_000_000n;

/** One span of trace `number`; part 0 is its root, and the last one of every second trace has failed. */
function spanOf(number: number, part: number) {
  const batch = spansNamed(`${number}/${part}`);
  const {traceId, spanId, parentSpanId, statusCode, start, end} = batch.spans.columns;
  start.set(0, now + BigInt(part) * 1_000_000n);
  end.set(0, now + 5_000_000n);
  const id = Uint8Array.from({length: 16}, (_, i) => (i < 4 ? number >>> (8 * i) : 0xa0 + i) & 255);
  traceId.set(0, id);
  spanId.set(0, new Uint8Array(8).fill(part + 1));
  if (part > 0) parentSpanId.set(0, new Uint8Array(8).fill(1));
  if (part === parts - 1 && number % 2 === 0) statusCode.set(0, failed);
  return batch;
}

/** The spans in a store, by Zipkin's query API, which returns whole traces. */
async function storedIn({http}: RunningWeft): Promise<readonly string[]> {
  await fetch(`${http}/api/weft/v1/flush`, {method: 'POST', body: '{}'});
  const response = await fetch(`${http}/zipkin/api/v2/traces?limit=1500&lookback=3600000`);
  const traces = (await response.json()) as readonly (readonly {readonly name: string}[])[];
  return traces.flat().map(({name}) => name);
}

async function metric({http}: RunningWeft, name: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

it('fleet: traces reach the store of one tail sampler whole, and a restart of one loses no trace that it had not begun', {
  timeout: 200_000,
}, async () => {
  const root = mkdtempSync(join(tmpdir(), 'weft-fleet-'));
  /** By span: the sampler in whose store it is. */
  const arrived = new Map<string, string>();
  const sampler = (name: string, port = 0): Promise<RunningWeft> =>
    startWeft({
      dataDirectory: join(root, name),
      args: [
        '--config',
        `yaml:
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}}
# A decision waits longer than connections need to be made again: the spans of a trace come through two queues.
processors:
  tail_sampling: {decision_wait: 8s, policies: [{name: failed, type: status_code, status_code: {status_codes: [ERROR]}}]}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [otlp], processors: [tail_sampling], exporters: [weft]}}}`,
        ...(port === 0 ? [] : ['--set', `receivers.otlp.protocols.grpc.endpoint=127.0.0.1:${port}`]),
      ],
    });
  const samplers = {a: await sampler('a'), b: await sampler('b')};
  const addresses = Object.values(samplers).map(({endpoints}) => endpoints.otlp_grpc as string);
  const front = (name: string): Promise<CollectorProcess> =>
    startCollectorProcess(
      join(root, name),
      `
extensions: {file_storage: {directory: ${root}/${name}, create_directory: true}}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters:
  loadbalancing:
    protocol:
      otlp:
        tls: {insecure: true}
        retry_on_failure: {initial_interval: 20ms, max_interval: 200ms, max_elapsed_time: 0}
        sending_queue: {storage: file_storage}
    resolver: {static: {hostnames: ["${addresses.join('", "')}"]}}
service: {extensions: [file_storage], pipelines: {traces: {receivers: [otlp], exporters: [loadbalancing]}}}`,
    );
  const fronts = await Promise.all(['front1', 'front2'].map(front));
  try {
    let next = 0;
    /** Sends a trace's spans at once, each through the other front than the one before it. */
    const sendTrace = async (): Promise<number> => {
      const number = next++;
      await Promise.all(
        Array.from({length: parts}, async (_, part) => {
          const {endpoints} = fronts[(number + part) % 2] as CollectorProcess;
          // One that has too much in work says so, and a sender tries again.
          await until(() => sendBatch(endpoints.otlp_http as string, spanOf(number, part)));
        }),
      );
      return number;
    };
    const sendTraces = async (count: number): Promise<number[]> => {
      const numbers: number[] = [];
      while (numbers.length < count) numbers.push(...(await Promise.all(Array.from({length: 10}, sendTrace))));
      return numbers;
    };
    const look = async (): Promise<void> => {
      for (const [name, one] of Object.entries(samplers)) {
        for (const span of await storedIn(one)) {
          // In one store alone.
          expect(arrived.get(span) ?? name, span).toBe(name);
          arrived.set(span, name);
        }
      }
    };
    const spansOf = (number: number): string[] => Array.from({length: parts}, (_, part) => `${number}/${part}`);
    /** Every failed trace is there with all its spans, from one sampler; no other is. */
    const areWhole = async (numbers: readonly number[]): Promise<void> => {
      const kept = numbers.filter((number) => number % 2 === 0).flatMap(spansOf);
      const missing = async (): Promise<string[]> => {
        await look();
        return kept.filter((name) => !arrived.has(name));
      };
      await expect.poll(missing, {interval: 500}).toEqual([]);
      for (const number of numbers) {
        const from = new Set(spansOf(number).map((name) => arrived.get(name)));
        expect(from.size, `trace ${number}`).toBe(1);
        if (number % 2 === 1) expect([...from]).toEqual([undefined]);
      }
    };
    const before = await sendTraces(100);
    await areWhole(before);
    expect(new Set(arrived.values())).toEqual(new Set(['a', 'b']));

    // One of the two restarts under load. What is sent meanwhile waits in the queues of the fronts.
    let over = false;
    const meanwhile: number[] = [];
    const load = (async () => {
      while (!over) meanwhile.push(...(await sendTraces(10)));
    })();
    await expect.poll(() => meanwhile.length).toBeGreaterThan(20);
    const begun = next;
    const taken = await metric(samplers.b, 'otelcol_receiver_accepted_spans');
    await samplers.b.stop();
    const whileAway = next;
    await expect.poll(() => next).toBeGreaterThan(whileAway + 20);
    samplers.b = await sampler('b', Number(addresses[1]!.split(':')[1]));
    await expect.poll(() => next).toBeGreaterThan(whileAway + 60);
    over = true;
    await load;

    // Traces that nobody had begun when the sampler went are whole; those under way are, but where it had to judge them early.
    const after = meanwhile.filter((number) => number >= whileAway);
    await areWhole(after);
    const cut = meanwhile
      .filter((number) => number < whileAway && number % 2 === 0)
      .filter((number) => {
        const there = spansOf(number).filter((name) => arrived.has(name)).length;
        return there > 0 && there < parts;
      });
    const lost = meanwhile.filter(
      (number) => number < whileAway && number % 2 === 0 && spansOf(number).every((name) => !arrived.has(name)),
    );
    // Only traces that were being sent at that moment can have been cut: fewer than were under way at once.
    expect(cut.length + lost.length).toBeLessThanOrEqual(whileAway - begun + 20);
    // The stopped sampler had taken its share, and everything that a front took was handed on.
    expect(taken).toBeGreaterThan(0);
    const sum = (families: Awaited<ReturnType<CollectorProcess['stop']>>, name: string): number =>
      families.find((family) => family.name === name)?.series.reduce((total, {value}) => total + value, 0) ?? 0;
    let sent = 0;
    for (const each of fronts) {
      const counters = await each.stop();
      expect(sum(counters, 'otelcol_exporter_send_failed_spans')).toBe(0);
      sent += sum(counters, 'otelcol_exporter_sent_spans');
    }
    // One whose answer was lost may have been sent again.
    expect(sent).toBeGreaterThanOrEqual(next * parts);
    await Promise.all(Object.values(samplers).map((each) => each.stop()));
    fronts.length = 0;
  } finally {
    await Promise.all([...fronts.map((each) => each.kill()), ...Object.values(samplers).map((each) => each.stop())]);
    rmSync(root, {recursive: true, force: true});
  }
});
