/** Shared by exporters over a network: encode once, batch, queue, retry, authenticate, count. */
import {errorMessage, RetryableError} from '../base/index.ts';
import type {AnyBatch, Consumer, Lent, Signal} from '../model/index.ts';
import {errorStatus} from '../net/index.ts';
import {createBatcher} from './batcher.ts';
import type {ClientAuth, Exporter, Headers, Settings} from './component.ts';
import {failedItems, refusedItems, sentItems} from './exporter-metrics.ts';
import {createQueue, type SendingQueue} from './exporter-queue.ts';
import {diskStore, memoryStore, type QueueStore} from './exporter-queue-store.ts';
import type {QueuedRequest} from './exporter-request.ts';
import {withRetry} from './exporter-retry.ts';
import {reads} from './kit.ts';
import {maxFlushMs, type QueueConfig, type RetryConfig} from './settings-exporter.ts';

export type {QueuedRequest} from './exporter-request.ts';

/** One encoded request on its way. */
export interface ForwardRequest extends QueuedRequest {
  /**
   * The headers that an attempt is sent with, by their names in lower case: those given, and what the exporter's `auth` makes
   * of them. Every exporter that takes `auth` sends these and no others.
   */
  authorize(headers: Headers): Headers;
}

export interface ForwardOptions {
  readonly sending_queue: QueueConfig;
  readonly retry_on_failure: RetryConfig;
  readonly auth?: {readonly authenticator: string} | undefined;
  encode(batch: Lent<AnyBatch>): Uint8Array;
  /** One attempt. Throws RetryableError or PermanentError; what it returns is how many items the other side rejected. */
  send(request: ForwardRequest): Promise<{readonly rejected: number; readonly message: string}>;
  /** False where others count what was sent. */
  readonly countsSent?: boolean;
  /** As a component's: whether it could be opened. */
  check?(): Promise<void>;
  /** Before anything is sent. */
  open?(): Promise<void>;
  close(): Promise<void>;
}

export interface Forwarder extends Exporter {
  start(): Promise<void>;
  stop(): Promise<void>;
  retire(): Promise<void>;
  readonly queue: Pick<SendingQueue, 'size' | 'capacity'>;
  /**
   * Stops, and gives what waits to `instead` rather than sending it: every request that was acknowledged and whose
   * destination is not to be used any more.
   */
  release(instead: (request: QueuedRequest) => Promise<void>): Promise<void>;
}

/**
 * An exporter of every signal. On stop, what is queued in memory is sent once more, and what fails then is dropped and counted;
 * what is queued on disk stays there for the next start. Where nobody follows, what is on disk is sent once more too, and what
 * fails stays there and is told. `isObserved`: whether its queue has gauges of its own.
 */
export function createForwarder(settings: Settings, options: ForwardOptions, isObserved = true): Forwarder {
  const {log, meter, id} = settings;
  const config = options.sending_queue;
  const labels = {exporter: id};
  const stopping = new AbortController();
  const sent = (signal: Signal, count: number): void => {
    if (options.countsSent !== false) sentItems(meter, signal).with(labels).add(count);
  };
  const failed = (signal: Signal, count: number, reason: string): void =>
    failedItems(meter, signal)
      .with({...labels, reason})
      .add(count);
  const auth = options.auth && clientAuth(settings, options.auth.authenticator);
  const inFlight = meter
    .gauge(
      'otelcol_exporter_in_flight_requests',
      'Number of export requests in flight, waits between attempts included.',
    )
    .with(labels);

  let isFailing = false;
  const attempt = async (request: QueuedRequest): Promise<void> => {
    const {signal, items} = request;
    const {tenant, metadata} = request;
    const authorize = (headers: Headers): Headers =>
      auth?.authorize(headers, {tenant, ...(metadata && {metadata}), auth: request.auth}) ?? headers;
    inFlight.add(1);
    try {
      await withRetry(
        options.retry_on_failure,
        stopping.signal,
        async () => {
          const answer = await options.send({...request, authorize});
          // A peer may say that it rejected more than there was.
          const rejected = Math.min(answer.rejected, items);
          sent(signal, items - rejected);
          if (rejected === 0) return;
          failed(signal, rejected, 'partial_success');
          log.warn({rejected, signal, answer: answer.message}, 'the other side rejected a part of the data');
        },
        (error, waitMs) => {
          const fields = {error: error.message, waitMs: Math.round(waitMs)};
          // Every attempt would flood the log for as long as the other side is away.
          if (isFailing) log.debug(fields, 'sending failed; it is tried again');
          else log.warn(fields, 'sending failed; it is tried again, and told of again at debug only');
          isFailing = true;
        },
      );
      if (isFailing) log.info({}, 'sending works again');
      isFailing = false;
    } finally {
      inFlight.add(-1);
    }
  };
  /** Attempts that no queue knows of. */
  const unqueued = new Set<Promise<void>>();
  /** What a stop drops of the queue. */
  const dropped = {requests: 0, items: new Map<Signal, number>(), error: ''};
  const giveUp = ({signal, items}: QueuedRequest, error: unknown, isAnswered: boolean): void => {
    failed(signal, items, errorStatus(error).reason);
    if (!isAnswered) return;
    if (stopping.signal.aborted) {
      dropped.requests++;
      dropped.items.set(signal, (dropped.items.get(signal) ?? 0) + items);
      dropped.error = errorMessage(error);
      return;
    }
    log.error({error: errorMessage(error), signal, items}, 'queued data could not be sent and is dropped');
  };
  const store = storeOf(settings, config);
  const queue = createQueue({
    config,
    store,
    send: attempt,
    onFailed: giveUp,
    onLost(items) {
      meter
        .counter('weft_exporter_queue_lost_items', 'Items of queued requests that the disk lost.')
        .with(labels)
        .add(items);
      log.error({items}, 'a queued request cannot be read from the disk any more and is lost');
    },
    onUnconfirmed: (error) =>
      log.warn(
        {error: errorMessage(error)},
        'the disk does not take that a request was sent; a restart sends it again',
      ),
  });
  if (config.enabled && isObserved) {
    const gauge = (name: string, help: string, read: () => number): void =>
      meter.gauge(`otelcol_exporter_queue_${name}`, help).with(labels).observe(read);
    gauge('size', 'Current size of the sending queue.', () => queue.size);
    gauge('capacity', 'Fixed capacity of the sending queue.', () => queue.capacity);
  }
  /** Of batches that were encoded to know their size. */
  const encoded = new WeakMap<object, Uint8Array>();
  const encodedBytes = (batch: AnyBatch): number => {
    const body = options.encode(batch);
    encoded.set(batch, body);
    return body.length;
  };
  const queueSizes = config.enabled ? sizesOf(settings, config.batch !== undefined) : undefined;
  const enqueue: Consumer = reads(async (batch, {tenant, metadata, client}) => {
    const {signal} = batch;
    const request: QueuedRequest = {
      signal,
      tenant,
      metadata,
      // Credentials are not kept, and not written to a disk, for nobody.
      auth: auth && client?.auth,
      items: batch.items.count,
      body: encoded.get(batch) ?? options.encode(batch),
    };
    await opened();
    if (!config.enabled) {
      const attempted = attempt(request).finally(() => unqueued.delete(attempted));
      unqueued.add(attempted);
      return attempted.catch((error: unknown) => {
        giveUp(request, error, false);
        throw error;
      });
    }
    queueSizes?.(request.items, request.body.length);
    const {sent} = await queue.add(request).catch((error: unknown) => {
      refusedItems(meter, signal)
        .with({...labels, reason: errorStatus(error).reason})
        .add(request.items);
      throw error;
    });
    await sent;
  });
  const batcher =
    config.enabled && config.batch !== undefined ? batcherOf(settings, config, encodedBytes, enqueue) : undefined;
  let opening: Promise<void> | undefined;
  /** Also where an exporter has a start of its own that does not call this one's. */
  const opened = (): Promise<void> =>
    (opening ??= (async () => {
      await options.check?.();
      await options.open?.();
      if (config.enabled) await queue.open();
    })());
  const end = async (instead?: (request: QueuedRequest) => Promise<void>): Promise<void> => {
    await batcher?.stop();
    stopping.abort();
    // What has not been opened holds nothing.
    if (
      config.enabled &&
      opening !== undefined &&
      (await opening.then(
        () => true,
        () => false,
      ))
    )
      await queue.drain(instead);
    // Cut off, they may have arrived, and their senders would send them again.
    while (unqueued.size > 0) await Promise.allSettled(unqueued);
    const {requests, items, error} = dropped;
    if (requests > 0)
      log.error(
        {error, requests, ...Object.fromEntries(items)},
        'queued data could not be sent before the stop and is dropped',
      );
    await options.close();
  };
  const left = () => ({size: queue.size, unit: config.sizer, directory: store.directory});
  /** Sends what is on disk once more, until the other side refuses. */
  const retire = async (): Promise<void> => {
    let refused: unknown;
    await end(async (request) => {
      if (refused !== undefined) throw refused;
      await attempt(request).catch((error: unknown) => {
        if (error instanceof RetryableError) refused = error;
        throw error;
      });
    });
    if (refused !== undefined)
      log.warn(
        {error: errorMessage(refused), ...left()},
        'queued data could not be sent before the exporter was taken out: it stays on disk until an exporter of this id has this storage',
      );
  };
  return {
    consumer: batcher?.consumer ?? enqueue,
    countsItself: true,
    queue,
    async check() {
      await options.check?.();
    },
    start: opened,
    async stop() {
      await end();
      if (store.keeps && queue.size > 0) log.info(left(), 'queued data stays on disk for the next start');
    },
    retire: () => (store.keeps ? retire() : end()),
    release: end,
  };
}

/** The extension that shows credentials. Throws where it is of another kind. */
export function clientAuth(settings: Settings, authenticator: string): ClientAuth {
  const found = settings.extension(authenticator).clientAuth;
  if (found !== undefined) return found;
  throw new Error(`${settings.id}: extension ${authenticator} has no credentials for exporters`);
}

function storeOf(settings: Settings, {storage}: QueueConfig): QueueStore {
  if (storage === undefined) return memoryStore;
  const {storage: room} = settings.extension(storage);
  if (room === undefined) throw new Error(`${settings.id}: extension ${storage} cannot store; name a \`file_storage\``);
  const labels = {exporter: settings.id};
  return diskStore(room(`exporter_${settings.id}`), (bytes) => {
    settings.meter
      .counter(
        'weft_exporter_queue_damaged_bytes',
        'Bytes of queues on disk that were no requests and were passed over.',
      )
      .with(labels)
      .add(bytes);
    settings.log.warn({bytes}, 'a part of the queue on disk is no request: a write that was cut short, or damage');
  });
}

const itemBounds = [
  10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000, 30_000,
  50_000, 100_000,
];

/** 128 to 16 MiB. */
const byteBounds = Array.from({length: 18}, (_, i) => 128 * 2 ** i);

/** Records what goes into the queue; batches are made in front of it. */
function sizesOf({meter, id}: Settings, isBatched: boolean): (items: number, bytes: number) => void {
  const histogram = (name: string, help: string, bounds: readonly number[]) =>
    meter.histogram(`otelcol_exporter_${name}`, help, bounds).with({exporter: id});
  const items = histogram('enqueue_size', 'Number of units in the request added to the sending queue.', itemBounds);
  const bytes = [
    histogram('enqueue_size_bytes', 'Number of bytes in the request added to the sending queue.', byteBounds),
    ...(isBatched
      ? [histogram('queue_batch_send_size_bytes', 'Number of bytes in the batch that was sent.', byteBounds)]
      : []),
  ];
  return (count, length) => {
    items.record(count);
    for (const each of bytes) each.record(length);
  };
}

function batcherOf(
  {id, meter}: Settings,
  config: QueueConfig,
  encodedBytes: (batch: AnyBatch) => number,
  next: Consumer,
) {
  const {min_size, max_size, flush_timeout, partition, ...batch} = config.batch!;
  const keys = partition.metadata_keys.map((key) => key.toLowerCase());
  const labels = {exporter: id};
  const sizes = meter
    .histogram('otelcol_exporter_queue_batch_send_size', 'Number of units in the batch.', itemBounds)
    .with(labels);
  const batcher = createBatcher({
    sizer: batch.sizer ?? (config.sizer === 'bytes' ? 'bytes' : 'items'),
    minSize: min_size,
    maxSize: max_size,
    timeoutMs: Math.min(flush_timeout, maxFlushMs),
    keys,
    maxKeys: partition.cache_size,
    beyond: 'sends_oldest',
    encodedBytes,
    onPiece: (items) => sizes.record(items),
    next,
  });
  if (keys.length > 0) {
    const gauge = (name: string, help: string, read: () => number): void =>
      meter.gauge(`otelcol_exporter_queue_batch_partition_cache_${name}`, help).with(labels).observe(read);
    gauge('size', 'Current number of partitions whose batch is being filled.', () => batcher.filling);
    gauge('capacity', 'Maximum number of partitions whose batch is being filled.', () => partition.cache_size);
  }
  return batcher;
}
