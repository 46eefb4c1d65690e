/** The shop as one thing: what `./weft demo` and the tests start and stop. */
import type {PeerName, Peers} from './control.ts';
import {allFaults, type FaultId, type FaultMode, type FaultView, viewFaults} from './faults.ts';
import type {LoadShape} from './load-shapes.ts';
import {createSupervisor, type ProcessPlan} from './supervisor.ts';

export interface ShopOptions {
  /** Base URL of an OTLP/HTTP receiver. Default `http://127.0.0.1:4318`. */
  readonly otlpEndpoint?: string;
  /** Where the storefront's links to traces lead. Default `http://127.0.0.1:16686`. */
  readonly weftUrl?: string;
  /** The port the storefront wants; a free one is taken where it is in use. Default 8080; 0 for any. */
  readonly storefrontPort?: number;
  /** `free` (default) or the first of ten ports in a row for the services. */
  readonly ports?: 'free' | number;
  readonly load?: LoadShape;
  readonly faults?: FaultMode;
  /** Servers to use instead of the shop's own: PostgreSQL and Redis URLs, Kafka brokers as `host:port,host:port`. */
  readonly postgres?: string;
  readonly redis?: string;
  readonly kafka?: string;
  /** Called with every line a process writes; most are JSON. Default: dropped. */
  readonly log?: (name: string, line: string) => void;
}

export interface Shop {
  readonly storefrontUrl: string;
  /** Process name → what it is and where it listens. */
  readonly services: Readonly<Record<string, {readonly pid: number; readonly url: string | undefined}>>;
  /** What was started in place of given servers, and other remarks for the person who started it. */
  readonly notes: readonly string[];
  readonly faults: {
    list(): readonly FaultView[];
    set(id: FaultId, mode: FaultMode): void;
  };
  setLoad(shape: LoadShape): void;
  /** Stops the load, then the services with their telemetry flushed, then the engines. Idempotent. */
  stop(): Promise<void>;
}

const services = ['gateway', 'order', 'inventory', 'payment', 'notification'] as const;
/** In `service.version`. */
const versions: Readonly<Record<(typeof services)[number], string>> = {
  gateway: '1.8.2',
  order: '2.3.0',
  inventory: '1.12.1',
  payment: '3.1.4',
  notification: '1.0.9',
};

/** Starts everything and resolves when the storefront answers. When any part fails, stops the rest and rejects. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const given = givenPeers(options);
  const supervisor = createSupervisor({
    log: options.log ?? (() => undefined),
    peers: given,
    faults: allFaults(options.faults ?? 'default'),
    load: options.load ?? 'steady',
  });
  const plans = [
    ...enginePlans(given),
    {name: 'provider', script: 'provider.ts', heapMegabytes: 48},
    ...servicePlans(options),
  ];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopAll());
  async function stopAll(): Promise<void> {
    await supervisor.stop('load');
    await Promise.all(services.map((name) => supervisor.stop(name)));
    await Promise.all(['provider', 'engines'].map((name) => supervisor.stop(name)));
  }
  let notes: string[];
  try {
    const told = await Promise.all(plans.map((plan) => supervisor.start(plan)));
    await supervisor.start({name: 'load', script: 'load.ts', heapMegabytes: 64});
    notes = told.filter((note) => note !== undefined && note !== '') as string[];
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    storefrontUrl: supervisor.peers.gateway ?? '',
    get services() {
      return Object.fromEntries(
        Object.entries(supervisor.pids).map(([name, pid]) => [name, {pid, url: supervisor.peers[name as PeerName]}]),
      );
    },
    notes,
    faults: {
      list: () => viewFaults(supervisor.faults),
      set: (id, mode) => supervisor.setFaults({...supervisor.faults, [id]: mode}),
    },
    setLoad: (shape) => supervisor.setLoad(shape),
    stop,
  };
}

function givenPeers({postgres, redis, kafka}: ShopOptions): Peers {
  const given = {
    postgres: postgres ?? process.env.SHOP_POSTGRES_URL,
    redis: redis ?? process.env.SHOP_REDIS_URL,
    kafka: kafka ?? process.env.SHOP_KAFKA_BROKERS,
  };
  return Object.fromEntries(Object.entries(given).filter(([, url]) => url !== undefined && url !== '')) as Peers;
}

function enginePlans(given: Peers): ProcessPlan[] {
  const missing = (['postgres', 'redis', 'kafka'] as const).filter((name) => given[name] === undefined);
  if (missing.length === 0) return [];
  return [{name: 'engines', script: 'engines.ts', env: {SHOP_ENGINES: missing.join(',')}, heapMegabytes: 128}];
}

function servicePlans({
  otlpEndpoint = 'http://127.0.0.1:4318',
  weftUrl,
  storefrontPort = 8080,
  ports = 'free',
}: ShopOptions): ProcessPlan[] {
  return services.map((name, index) => ({
    name,
    script: 'run-service.ts',
    arguments: [name],
    heapMegabytes: 96,
    env: {
      SHOP_PORT: String(name === 'gateway' ? storefrontPort : ports === 'free' ? 0 : ports + index),
      ...(weftUrl === undefined ? {} : {SHOP_WEFT_URL: weftUrl}),
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
      OTEL_RESOURCE_ATTRIBUTES: `service.namespace=shop,service.version=${versions[name]},deployment.environment.name=demo`,
      OTEL_METRIC_EXPORT_INTERVAL: '10000',
    },
  }));
}
