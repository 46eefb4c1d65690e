/** `kill -9` of a collector that samples by tails: what it had acknowledged is decided by the next one. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {spansOf, type TestSpan} from '../tail/testing.ts';
import {sendBatch, startCollectorProcess, startPeer} from './testing-processes.ts';

/** Three spans, the last one of every second trace has failed. */
const spansOfTrace = (trace: number): TestSpan[] =>
  [0, 1, 2].map((span) => ({
    trace,
    span,
    ...(span > 0 && {parent: 0}),
    name: `${trace}/${span}`,
    status: span === 2 && trace % 2 === 0 ? 2 : 0,
  }));
const names = (traces: readonly number[]): string[] =>
  traces.filter((trace) => trace % 2 === 0).flatMap((trace) => spansOfTrace(trace).map(({name}) => name as string));
const range = (from: number, to: number): number[] => Array.from({length: to - from}, (_, i) => from + i);

it('tail_sampling: kill -9 loses nothing that was acknowledged, and repeats nothing that had been delivered before', {
  timeout: 240_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-tail-kill-'));
  const peer = await startPeer((response, take) => {
    take();
    response.writeHead(200).end();
  });
  const start = () =>
    startCollectorProcess(
      directory,
      `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors:
  tail_sampling:
    decision_wait: 600ms
    policies: [{name: failed, type: status_code, status_code: {status_codes: [ERROR]}}]
exporters: {otlphttp: {endpoint: "http://${peer.address}", compression: none}}
service: {pipelines: {traces: {receivers: [otlp], processors: [tail_sampling], exporters: [otlphttp]}}}`,
    );
  let collector = await start();
  /** Each span in a request of its own, those of several traces at once. */
  const send = async (traces: readonly number[]): Promise<void> => {
    const sent = await Promise.all(
      traces.map(async (trace) => {
        const all: boolean[] = [];
        for (const span of spansOfTrace(trace))
          all.push(await sendBatch(collector.endpoints.otlp_http!, spansOf([span])));
        return all;
      }),
    );
    expect(sent.flat()).not.toContain(false);
  };
  const missing = (traces: readonly number[]): string[] => names(traces).filter((name) => !peer.taken.has(name));
  try {
    await send(range(0, 20));
    await expect.poll(() => missing(range(0, 20))).toEqual([]);
    // What the journal took after the decisions of the first traces says that it has those too.
    for (const trace of range(20, 30)) await send([trace]);
    await send(range(30, 50));
    await collector.kill();
    collector = await start();
    await send(range(50, 60));
    await expect.poll(() => missing(range(0, 60))).toEqual([]);
    expect(names(range(0, 20)).map((name) => peer.taken.get(name))).toEqual(names(range(0, 20)).map(() => 1));
    expect([...peer.taken.keys()].toSorted()).toEqual(names(range(0, 60)).toSorted());
    const counters = await collector.stop();
    const lost = counters.find(({name}) => name === 'weft_processor_tail_sampling_lost_spans');
    expect(lost?.series ?? []).toEqual([]);
  } finally {
    await collector.kill();
    peer.stop();
    rmSync(directory, {recursive: true, force: true});
  }
});
