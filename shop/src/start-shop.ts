/** The shop as one thing: what `./weft demo` and the tests start and stop. */
import type {PeerName, Peers} from './control.ts';
import {allFaults, type FaultId, type FaultMode, type FaultView, faultShare, viewFaults} from './faults.ts';
import type {LoadShape} from './load-shapes.ts';
import {createSupervisor, type ProcessPlan, type Supervisor} from './supervisor.ts';

export interface ShopOptions {
  /** Base URL of an OTLP/HTTP receiver. Default `http://127.0.0.1:4318`. */
  readonly otlpEndpoint?: string;
  /** Where the storefront's links to traces lead. Default `http://127.0.0.1:16686`. */
  readonly weftUrl?: string;
  /** Base URL that the services ask for log level and sampling; without it they do not. */
  readonly settingsUrl?: string;
  /** Where they ask how to sample, by Jaeger's protocol; without it they keep everything. */
  readonly samplingUrl?: string;
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
  /** Where each part listens or is reached. */
  readonly urls: Peers;
  /** Remarks for the person who started the shop, such as the servers started in place of given ones. */
  readonly notes: readonly string[];
  readonly faults: {
    list(): readonly FaultView[];
    /**
     * Resolves once the change is in force in every process. `seconds` is the period of a
     * fault that repeats.
     */
    set(id: FaultId, mode: FaultMode, seconds?: number): Promise<void>;
  };
  setLoad(shape: LoadShape): void;
  /** Stops the load, then the services with their telemetry flushed, then the engines. Idempotent. */
  stop(): Promise<void>;
}

const services = ['gateway', 'order', 'inventory', 'payment', 'notification'] as const;
const canaryName = 'payment-canary';
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
  const canary = followCanary(supervisor, options);
  const plans = [
    ...enginePlans(given),
    {name: 'provider', script: 'provider.ts', heapMegabytes: 48},
    ...services.map((name) => servicePlan(name, options)),
  ];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= supervisor.stopAll([['load'], [...services, canaryName], ['provider', 'engines']]));
  let notes: string[];
  try {
    const told = await Promise.all(plans.map((plan) => supervisor.start(plan)));
    await supervisor.start({name: 'load', script: 'load.ts', heapMegabytes: 64});
    await canary();
    supervisor.onFaults(canary);
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
    get urls() {
      return supervisor.peers;
    },
    notes,
    faults: {
      list: () => viewFaults(supervisor.faults),
      set: (id, mode, seconds) =>
        supervisor.setFaults({...supervisor.faults, [id]: {mode, ...(seconds === undefined ? {} : {seconds})}}),
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

function servicePlan(name: (typeof services)[number], options: ShopOptions, version = versions[name]): ProcessPlan {
  const {otlpEndpoint = 'http://127.0.0.1:4318', weftUrl, storefrontPort = 8080, ports = 'free'} = options;
  const {settingsUrl, samplingUrl} = options;
  const port = name === 'gateway' ? storefrontPort : ports === 'free' ? 0 : ports + services.indexOf(name);
  return {
    name,
    script: 'run-service.ts',
    arguments: [name],
    heapMegabytes: 96,
    restart: true,
    env: {
      SHOP_PORT: String(port),
      ...(weftUrl === undefined ? {} : {SHOP_WEFT_URL: weftUrl}),
      ...(settingsUrl === undefined ? {} : {WEFT_SETTINGS_ENDPOINT: settingsUrl}),
      ...(samplingUrl === undefined ? {} : {SHOP_SAMPLING_URL: samplingUrl}),
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
      OTEL_RESOURCE_ATTRIBUTES: `service.namespace=shop,service.version=${version},deployment.environment.name=demo`,
      OTEL_METRIC_EXPORT_INTERVAL: '10000',
      WEFT_BAGGAGE_ATTRIBUTES: 'tenant.id,user.tier',
      // The storefront asks for the last two every few seconds.
      WEFT_IGNORE_PATHS: '/health,/metrics,/api/faults,/api/load',
      WEFT_SHUTDOWN_TIMEOUT: '2000',
      // It takes batches, and makes the one span with a link for each message itself.
      ...(name === 'notification' ? {OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'kafkajs'} : {}),
    },
  };
}

/** Starts the canary of the payment service while its fault is on, and stops it after; one change after the other. */
function followCanary(supervisor: Supervisor, options: ShopOptions): () => Promise<void> {
  const {env, ...plan} = servicePlan('payment', options, '3.2.0-canary');
  let last: Promise<unknown> = Promise.resolve();
  const follow = async (): Promise<void> => {
    const isWanted = faultShare('bad-canary', supervisor.faults['bad-canary']) > 0;
    const isRunning = supervisor.pids[canaryName] !== undefined;
    if (isWanted && !isRunning) {
      await supervisor.start({...plan, name: canaryName, env: {...env, SHOP_PORT: '0', SHOP_CANARY: '1'}});
    }
    if (!isWanted && isRunning) await supervisor.stop(canaryName);
  };
  return async () => {
    const next = last.then(follow);
    last = next.catch((error: Error) => options.log?.('supervisor', error.message));
    await last;
  };
}
