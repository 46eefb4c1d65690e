import {parentPort, workerData} from 'node:worker_threads';
import {startLoad} from '../../e2e/load.ts';

export type HonestCommand = 'acknowledged' | 'stop';

export interface HonestReport {
  /** Trace ids. */
  readonly acknowledged: ReadonlySet<string>;
  readonly sent: ReadonlySet<string>;
  /** How often each answer came: `http 200`, `grpc 14`. */
  readonly answers: ReadonlyMap<string, number>;
  /** Milliseconds of each acknowledged request. */
  readonly latencies: readonly number[];
}

const load = startLoad({endpoints: workerData as Record<string, string>, senders: 1, pauseMs: 20});
parentPort?.on('message', async (command: HonestCommand) => {
  if (command === 'acknowledged') return parentPort?.postMessage(load.acknowledged.size);
  await load.stop();
  const {acknowledged, sent, answers, latencies} = load;
  parentPort?.postMessage({acknowledged, sent, answers, latencies} satisfies HonestReport);
});
