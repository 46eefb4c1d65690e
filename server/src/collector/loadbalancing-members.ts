/** The members of a load-balanced fleet: a sender for each, and the ring that says what goes to whom. */
import {existsSync, readdirSync} from 'node:fs';
import {rmdir} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {errorMessage, PermanentError, RetryableError} from '../base/index.ts';
import {
  type AnyBatch,
  type Batch,
  type ConsumeContext,
  copyBatch,
  emptyBatch,
  gatherRows,
  type Lent,
  subset,
} from '../model/index.ts';
import {type Extension, type Forwarder, type QueuedRequest, type Settings, throwWorst} from '../pipeline/index.ts';
import {type OtlpCodec, otlp} from '../wire/index.ts';
import type {LoadBalancingConfig} from './exporter-loadbalancing.ts';
import {createOtlpGrpc} from './exporter-otlp-grpc.ts';
import {type RoutingKey, route, routingKeys} from './loadbalancing-keys.ts';
import {dnsResolver, type Resolver, staticResolver} from './loadbalancing-resolver.ts';
import {createRing, type Ring} from './loadbalancing-ring.ts';

/** One collector of the fleet. */
interface Member {
  readonly endpoint: string;
  /** Of its queue, where that is on disk. */
  readonly folder: string;
  readonly forwarder: Forwarder;
  readonly outcome: (isGood: boolean, ms: number) => void;
}

interface Members {
  start(): Promise<void>;
  stop(): Promise<void>;
  route(batch: Lent<AnyBatch>, context: ConsumeContext): Promise<void>;
  reroute(request: QueuedRequest): Promise<void>;
}

/** Endpoints that have series of their own; those of later ones are counted together. */
const maxSeries = 256;
const latencyBounds = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
/** Between two attempts to route again what a member that left had not sent. */
const rerouteWaitMs = 500;

/** Who they are, and what goes to whom. */
export function createMembers(
  settings: Settings,
  options: LoadBalancingConfig,
  resolver: Resolver = resolverOf(settings, options),
): Members {
  const {log, meter, id} = settings;
  const members = new Map<string, Member>();
  /** Members that are on their way out. */
  const leaving = new Set<Promise<void>>();
  const stopping = new AbortController();
  const seen = new Set<string>();
  const folders = new Set<string>();
  const queues = queueDirectory(settings, options);
  let ring: Ring | undefined;

  const latencies = meter.histogram(
    'otelcol_loadbalancer_backend_latency',
    'Response latency in ms for the backends.',
    latencyBounds,
  );
  const outcomes = meter.counter(
    'otelcol_loadbalancer_backend_outcome',
    'Number of successes and failures for each endpoint.',
  );
  const rerouted = meter
    .counter('weft_loadbalancer_rerouted_items', 'Items that a member which left had not sent, and another was given.')
    .with({exporter: id});
  const sum = (read: (queue: Forwarder['queue']) => number) => (): number =>
    [...members.values()].reduce((total, {forwarder}) => total + read(forwarder.queue), 0);
  const gauge = (name: string, help: string, read: () => number): void =>
    meter.gauge(`otelcol_exporter_queue_${name}`, help).with({exporter: id}).observe(read);
  if (options.protocol.otlp.sending_queue.enabled && options.sending_queue === undefined) {
    gauge(
      'size',
      'Current size of the sending queue.',
      sum((queue) => queue.size),
    );
    gauge(
      'capacity',
      'Fixed capacity of the sending queue.',
      sum((queue) => queue.capacity),
    );
  }

  /** A member that comes back while its queue is still being routed again gets another. */
  const freeFolder = (endpoint: string): string => {
    const name = encodeURIComponent(endpoint);
    for (let i = 0; ; i++) {
      const folder = i === 0 ? name : `${name}~${i}`;
      if (!folders.has(folder)) return folder;
    }
  };
  const create = (endpoint: string, folder = freeFolder(endpoint)): Member => {
    if (seen.size < maxSeries) seen.add(endpoint);
    const label = seen.has(endpoint) ? endpoint : 'others';
    const latency = latencies.with({endpoint: label});
    const good = outcomes.with({endpoint: label, success: 'true'});
    const bad = outcomes.with({endpoint: label, success: 'false'});
    folders.add(folder);
    const own: Settings = {...settings, extension: (wanted) => inFolder(settings.extension(wanted), folder)};
    const {tls} = options.protocol.otlp;
    const target = {target: `dns:///${withPort(endpoint)}`, scheme: tls.insecure ? 'http' : 'https'} as const;
    return {
      endpoint,
      folder,
      forwarder: createOtlpGrpc(own, options.protocol.otlp, target, false),
      outcome(isGood, ms) {
        latency.record(ms);
        (isGood ? good : bad).add(1);
      },
    };
  };
  const change = (endpoints: readonly string[]): void => {
    const isFirst = ring === undefined;
    for (const endpoint of endpoints) {
      if (members.has(endpoint)) continue;
      const joined = create(endpoint);
      members.set(endpoint, joined);
      joined.forwarder
        .start()
        .catch((error: unknown) => log.error({endpoint, error: errorMessage(error)}, 'a member cannot be sent to'));
    }
    ring = createRing(endpoints);
    for (const [endpoint, gone] of members) {
      if (endpoints.includes(endpoint)) continue;
      members.delete(endpoint);
      log.info({endpoint}, 'a member left; what it was not sent is routed again');
      leave(gone);
    }
    if (isFirst) for (const folder of leftFolders(queues)) if (!folders.has(folder)) leaveBehind(folder);
  };
  /** The queue of a member that an earlier process had and this one has not. */
  const leaveBehind = (folder: string): void => {
    const gone = create(decodeURIComponent(folder.replace(/~\d+$/, '')), folder);
    log.info({endpoint: gone.endpoint}, 'the queue of a member that is none any more is routed again');
    leave(gone);
  };
  /** Gives what a member was not sent to those that are left. */
  const leave = ({endpoint, folder, forwarder}: Member): void => {
    const left = (async () => {
      try {
        await forwarder.start();
        await forwarder.release(insist);
        folders.delete(folder);
        // Only where nothing is left in it.
        if (queues !== undefined) await rmdir(join(queues, folder));
      } catch (error) {
        log.debug({endpoint, error: errorMessage(error)}, 'the queue of a member that left stays');
      }
    })().finally(() => leaving.delete(left));
    leaving.add(left);
  };
  /** Until somebody takes it, or the exporter stops. */
  const insist = async (request: QueuedRequest): Promise<void> => {
    for (;;) {
      try {
        await reroute(request);
        rerouted.add(request.items);
        return;
      } catch (error) {
        if (!(error instanceof RetryableError) || stopping.signal.aborted) throw error;
        await sleep(Math.max(rerouteWaitMs, error.retryAfterMs), undefined, {signal: stopping.signal}).catch(() => {});
      }
    }
  };
  const reroute = ({signal, tenant, metadata, body}: QueuedRequest): Promise<void> => {
    const codec = otlp[signal] as unknown as OtlpCodec<AnyBatch>;
    return routeBatch(codec.decodeProto(body).batch, {tenant, ...(metadata && {metadata})});
  };
  const routeBatch = async (batch: Lent<AnyBatch>, context: ConsumeContext): Promise<void> => {
    if (ring === undefined) throw new RetryableError('no_members', `${id}: the members are not known yet`);
    const now = ring;
    const {signal} = batch;
    const key: RoutingKey = options.routing_key ?? (routingKeys[signal][0] as RoutingKey);
    if (!routingKeys[signal].includes(key)) {
      throw new PermanentError(
        'routing_key',
        `${id}: ${signal} cannot be routed by ${key}; use one of ${routingKeys[signal].join(', ')}`,
      );
    }
    const routes = route(batch, now, key, options.routing_attributes);
    const send = async (index: number, rows: readonly number[]): Promise<void> => {
      const {forwarder, outcome} = members.get(now.endpoints[index] as string) as Member;
      const part = rows.length === batch.items.count ? batch : subset(batch, rows);
      const begin = performance.now();
      let isGood = false;
      try {
        const {consumer} = forwarder;
        await (consumer.access === 'reads'
          ? consumer.consume(part, context)
          : consumer.consume(ownPart(batch, rows), context));
        isGood = true;
      } finally {
        outcome(isGood, performance.now() - begin);
      }
    };
    throwWorst(await Promise.allSettled([...routes].map(([index, rows]) => send(index, rows))));
  };
  return {
    route: routeBatch,
    reroute,
    async start() {
      await resolver.start(change);
      // A fault of their settings, such as a file that is not there, is found now.
      await Promise.all([...members.values()].map(({forwarder}) => forwarder.start()));
    },
    async stop() {
      resolver.stop();
      stopping.abort();
      await Promise.all([...leaving, ...[...members.values()].map(({forwarder}) => forwarder.stop())]);
    },
  };
}

function resolverOf(settings: Settings, {resolver: {static: fixed, dns}}: LoadBalancingConfig): Resolver {
  return fixed === undefined ? dnsResolver(settings, dns!) : staticResolver(settings, fixed.hostnames);
}

const withPort = (endpoint: string): string => (/:\d+$/.test(endpoint) ? endpoint : `${endpoint}:4317`);

/** Rows of a lent batch, to be kept. */
export function ownPart(batch: Lent<AnyBatch>, rows: readonly number[]): AnyBatch {
  if (rows.length === batch.items.count) return copyBatch(batch);
  const part = emptyBatch(batch.signal);
  gatherRows<Batch>(part, batch, rows);
  return part;
}

/** The extension, whose storage is a folder of the one that it is. */
const inFolder = (extension: Extension, folder: string): Extension => {
  const {storage} = extension;
  if (storage === undefined) return extension;
  return {
    ...extension,
    storage(owner) {
      const room = storage(owner);
      return {...room, directory: join(room.directory, folder)};
    },
  };
};

/** Where the members' queues are, if they are on disk. */
function queueDirectory(settings: Settings, {protocol}: LoadBalancingConfig): string | undefined {
  const {enabled, storage} = protocol.otlp.sending_queue;
  if (!enabled || storage === undefined) return undefined;
  return settings.extension(storage).storage?.(`exporter_${settings.id}`).directory;
}

function leftFolders(directory: string | undefined): string[] {
  if (directory === undefined || !existsSync(directory)) return [];
  return readdirSync(directory, {withFileTypes: true})
    .filter((entry) => entry.isDirectory())
    .map(({name}) => name);
}
