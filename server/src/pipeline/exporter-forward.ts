/** Shared by exporters over a network: encode once, queue, retry, count. */
import {errorMessage, type TenantId} from '../base/index.ts';
import type {AnyBatch, Lent, Signal} from '../model/index.ts';
import {errorStatus} from '../net/index.ts';
import type {Exporter, Settings} from './component.ts';
import {createQueue, type Job} from './exporter-queue.ts';
import {withRetry} from './exporter-retry.ts';
import {reads} from './kit.ts';
import {itemNoun} from './receiver-metrics.ts';
import type {QueueConfig, RetryConfig} from './settings-exporter.ts';

/** One encoded request on its way. */
export interface ForwardRequest {
  readonly signal: Signal;
  readonly tenant: TenantId;
  readonly body: Uint8Array;
}

export interface ForwardOptions {
  readonly sending_queue: QueueConfig;
  readonly retry_on_failure: RetryConfig;
  encode(batch: Lent<AnyBatch>): Uint8Array;
  /** One attempt. Throws RetryableError or PermanentError; what it returns is how many items the other side rejected. */
  send(request: ForwardRequest): Promise<{readonly rejected: number; readonly message: string}>;
  close(): Promise<void>;
}

/** An exporter of every signal. On stop, what is queued is sent once more; what fails then is dropped and counted. */
export function createForwarder(settings: Settings, options: ForwardOptions): Exporter {
  const {log, meter, id} = settings;
  const labels = {exporter: id};
  const stopping = new AbortController();
  const counter = (name: string, signal: Signal, help: string) =>
    meter.counter(`otelcol_exporter_${name}_${itemNoun[signal]}`, help);
  const sent = (signal: Signal, count: number): void =>
    counter('sent', signal, 'Number of items successfully sent to destination.').with(labels).add(count);
  const failed = (signal: Signal, count: number, reason: string): void =>
    counter('send_failed', signal, 'Number of items in failed attempts to send to destination.')
      .with({...labels, reason})
      .add(count);

  const attempt = async (request: ForwardRequest, count: number): Promise<void> => {
    try {
      await withRetry(
        options.retry_on_failure,
        stopping.signal,
        async () => {
          const answer = await options.send(request);
          // A peer may say that it rejected more than there was.
          const rejected = Math.min(answer.rejected, count);
          sent(request.signal, count - rejected);
          if (rejected === 0) return;
          failed(request.signal, rejected, 'partial_success');
          log.warn(
            {rejected, signal: request.signal, answer: answer.message},
            'the other side rejected a part of the data',
          );
        },
        (error, waitMs) =>
          log.debug({error: error.message, waitMs: Math.round(waitMs)}, 'sending failed; it is tried again'),
      );
    } catch (error) {
      failed(request.signal, count, errorStatus(error).reason);
      throw error;
    }
  };
  const queue = createQueue(options.sending_queue, (job, error) =>
    log.error({error: errorMessage(error), items: job.items}, 'queued data could not be sent and is dropped'),
  );
  if (options.sending_queue.enabled) {
    const gauge = (name: string, help: string, read: () => number): void =>
      meter.gauge(`otelcol_exporter_queue_${name}`, help).with(labels).observe(read);
    gauge('size', 'Current size of the sending queue.', () => queue.size);
    gauge('capacity', 'Fixed capacity of the sending queue.', () => queue.capacity);
  }
  const consumer = reads(async (batch, {tenant}) => {
    const {signal} = batch;
    const items = batch.items.count;
    const body = options.encode(batch);
    const run = (): Promise<void> => attempt({signal, tenant, body}, items);
    if (!options.sending_queue.enabled) return run();
    const job: Job = {requests: 1, items, bytes: body.length, run};
    try {
      await queue.add(job);
    } catch (error) {
      counter('enqueue_failed', signal, 'Number of items failed to be added to the sending queue.')
        .with({...labels, reason: errorStatus(error).reason})
        .add(items);
      throw error;
    }
  });
  return {
    consumer,
    countsItself: true,
    async stop() {
      // Queued requests are sent once more; a failure now is not tried again.
      stopping.abort();
      await queue.drain();
      await options.close();
    },
  };
}
