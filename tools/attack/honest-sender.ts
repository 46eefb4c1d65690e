/** The honest sender: OTLP over gRPC and HTTP from a thread of its own, so that what the attacker computes does not delay it. */
import {Worker} from 'node:worker_threads';
import type {HonestCommand, HonestReport} from './honest-worker.ts';

export interface HonestSender {
  /** How many requests have been acknowledged so far. */
  acknowledged(): Promise<number>;
  /** Sends no more, and tells what it felt. */
  stop(): Promise<HonestReport>;
}

export function startHonestSender(endpoints: Readonly<Record<string, string>>): HonestSender {
  const worker = new Worker(new URL('./honest-worker.ts', import.meta.url), {workerData: endpoints});
  const ask = <T>(command: HonestCommand): Promise<T> =>
    new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage(command);
    });
  return {
    acknowledged: () => ask<number>('acknowledged'),
    async stop() {
      const report = await ask<HonestReport>('stop');
      await worker.terminate();
      return report;
    },
  };
}
