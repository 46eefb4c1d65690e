/** Puts Weft together: engine, spool, collector, API thread. Sinks start first and stop last. */
import {accessSync, constants, mkdirSync} from 'node:fs';
import {flushCompileCache} from 'node:module';
import {join, resolve} from 'node:path';
import type {Control, PipelineResponse, Readiness, StatusResponse} from '../api/index.ts';
import {
  createMeter,
  errorMessage,
  giveMemoryBackAtRest,
  type Log,
  systemClock,
  unixNanoFromMillis,
  version,
} from '../base/index.ts';

import {createEmbeddedEngine, createRemoteEngine, type Engine} from '../engine/index.ts';
import {createForward, sharedAdmission} from '../net/index.ts';
import {type Collector, type CollectorConfig, startCollector, storesNothing} from '../pipeline/index.ts';
import {createSampling, samplingControl} from '../sampling/index.ts';
import {createStore, storeFigures} from '../store/index.ts';
import type {GrpcAddress, Listening} from './api-thread.ts';
import {type ApiThread, startApiThread} from './api-thread-start.ts';
import {type ConfigSource, type Configuration, createConfiguration} from './configuration.ts';
import {type Endpoints, removeEndpoints, writeEndpoints} from './endpoints.ts';
import type {HeadStart} from './head-start.ts';
import type {LogFormat, LogLevel} from './log.ts';
import {observeProcess} from './process-metrics.ts';

export interface ServeOptions {
  readonly config: CollectorConfig;
  /** Where it comes from, to read it again; without it there is no reload. */
  readonly source?: ConfigSource;
  /** Of reading it. */
  readonly warnings?: readonly string[];
  /** Everything that must survive a restart. */
  readonly dataDirectory: string;
  /** Of the page and the APIs. */
  readonly http: {readonly host: string; readonly port: number};
  /** Of the APIs over gRPC; undefined where they are off. */
  readonly grpc: GrpcAddress | undefined;
  /** Every receiver and extension on any free port, save those that are configured to listen on one of `keptPorts`. */
  readonly freePorts: boolean;
  readonly keptPorts: ReadonlySet<number>;
  readonly uiDirectory: string | undefined;
  readonly log: Log;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface Weft {
  readonly endpoints: Endpoints;
  /**
   * Resolves when queries are answered too, or when a ClickHouse that others run has been looked for in vain. Rejects, stopped,
   * with what only a person can mend.
   */
  readonly opened: Promise<void>;
  /** Problems, in words; empty when all is well. */
  readonly problems: readonly string[];
  /** Reads the configuration again and goes over to it, without dropping data. Never rejects: a faulty one changes nothing. */
  reload(): Promise<void>;
  /** Refuses new data, hands on what was taken, ends the engine. Idempotent; takes at most some 10 s. */
  stop(): Promise<void>;
}

/** Resolves once data is taken; `opened` says when it can be asked for. Goes on with what `start` has begun, if anything. */
export async function serve(options: ServeOptions, start?: HeadStart): Promise<Weft> {
  const {config, log} = options;
  const unstored = storesNothing(config);
  if (unstored !== undefined) log.info({}, unstored);
  const directory = resolve(options.dataDirectory);
  const started = Date.now();
  const startedAt = performance.now();
  // Everything that Weft writes is its user's alone: telemetry holds what applications know of people.
  process.umask(0o077);
  makeDirectory(directory);

  const meter = createMeter();
  // Of this thread and the API's.
  const memory = sharedAdmission(2);
  const engine = createEngine(config, directory, log, start);
  const store = createStore({
    engine,
    directory,
    spoolLimitBytes: config.weft.spool.max_bytes,
    retention: config.weft.retention,
    clock: systemClock,
    meter,
    log,
  });
  observeProcess(meter, engine, store.spool);
  const sampling = createSampling({directory, clock: systemClock, log: log.child({part: 'sampling'}), meter});

  let endpoints: Endpoints = {};
  /** Those of the API thread. */
  let own: Endpoints = {};
  let collector: Collector | undefined;
  let apiLoading: Promise<ApiThread> | undefined;
  /** The directory is this Weft's: until then another may be running on it. */
  let owned = false;
  let stopping: Promise<void> | undefined;
  let isOpen = false;
  let running = config;

  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      if (owned) removeEndpoints(directory);
      await collector?.stop();
      sampling.stop();
      const api = await apiLoading?.catch(() => undefined); // that it failed is told elsewhere
      await api?.stop();
      await store.stop(2000);
    })();
    return stopping;
  };

  const configuration: Configuration = createConfiguration(
    options.source,
    config,
    async (wanted) => {
      if (collector === undefined || stopping !== undefined) throw new Error('Weft is not running');
      const change = await collector.reload(wanted);
      running = wanted;
      endpoints = {...collector.endpoints, ...own};
      writeEndpoints(directory, endpoints);
      return change;
    },
    log.child({part: 'configuration'}),
    options.warnings,
  );

  const startedUnixNano = unixNanoFromMillis(started).toString();
  const readiness = (): Readiness => {
    const reasons: string[] = [];
    if (stopping !== undefined) reasons.push('Weft is stopping');
    if (collector === undefined) reasons.push('the receivers are not listening yet');
    // Once: what goes away later is back before long, and data is taken meanwhile.
    if (!isOpen) reasons.push('the store is being opened');
    const {refusing, problems} = store;
    if (refusing !== undefined && stopping === undefined) reasons.push(refusing);
    return {reasons, degraded: [...problems, ...configuration.problems], startedUnixNano};
  };
  const control: Control = {
    flush: () => store.flush(flushLimitMs),
    async status(): Promise<StatusResponse> {
      const {reasons, degraded} = readiness();
      return {
        version,
        startedUnixNano,
        endpoints,
        store: {
          kind: engine.kind,
          state: engine.state.kind === 'ready' ? 'ready' : 'unavailable',
          ...(await storeFigures(engine)),
          spooledBytes: store.spool.status.bytes,
          spoolLimitBytes: store.spool.status.limitBytes,
          problems: [...reasons, ...degraded],
        },
      };
    },
    readiness: async () => readiness(),
    metrics: async () => meter.read(),
    async pipeline(): Promise<PipelineResponse> {
      const view = collector?.view() ?? {stepSeconds: 0, pipelines: [], nodes: [], edges: []};
      return {configuration: configuration.state, ...view};
    },
    pipelineComponent: async (key) => collector?.component(key),
    ...samplingControl(sampling),
  };

  try {
    // The API thread and the engine take a while; what arrives meanwhile is safe in the spool.
    apiLoading = startApiThread({
      ...options,
      hosts: config.weft.http.hosts,
      mcp: config.weft.mcp.enabled,
      engine,
      changes: store.changes,
      tellNews: store.tellNews,
      control,
      memory: {limitBytes: config.weft.ingest.max_in_flight, shared: memory},
      ...(start && {worker: start.api}),
    });
    apiLoading.catch(() => {}); // awaited below; must not be unhandled if the store fails first
    await store.start();
    owned = true;
    removeEndpoints(directory);
    const opening = store.open();
    opening.catch(() => {}); // likewise
    collector = await startCollector({
      config,
      sink: store.sink,
      queries: {
        forward: createForward({address: () => endpoints.http, hosts: config.weft.http.hosts}),
        nothing: () => storesNothing(running),
      },
      directory: join(directory, 'components'),
      log,
      clock: systemClock,
      meter,
      sampling,
      freePorts: options.freePorts,
      keptPorts: options.keptPorts,
      memory,
    });
    const {http, grpc} = await listenForPage(await apiLoading, options);
    own = {http, ...(grpc === undefined ? {} : {query_grpc: grpc})};
    endpoints = {...collector.endpoints, ...own};
    writeEndpoints(directory, endpoints);
    const opened = opening.then(
      () => {
        isOpen = true;
        log.info({endpoints, ms: Math.round(performance.now() - startedAt), degraded: store.problems}, 'ready');
        // Not only at the end, which a killed process does not see.
        flushCompileCache();
        giveMemoryBackAtRest(log);
      },
      async (error: unknown) => {
        await stop();
        throw error;
      },
    );
    opened.catch(() => {}); // whoever awaits it hears of it
    return {
      get endpoints() {
        return endpoints;
      },
      opened,
      get problems() {
        return store.problems;
      },
      reload: () => configuration.reload(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `POST /flush` answers within this, whatever ClickHouse does. */
const flushLimitMs = 30_000;

async function listenForPage(api: ApiThread, {http: {host, port}}: ServeOptions): Promise<Listening> {
  try {
    return await api.listen();
  } catch (error) {
    if (/over gRPC/.test(errorMessage(error))) throw error;
    const reason = /EADDRINUSE/.test(errorMessage(error)) ? 'another process uses the port' : errorMessage(error);
    throw new Error(
      `cannot listen on ${host}:${port} for the page and the APIs: ${reason}; stop it, name another with --http, or use --free-ports`,
      {cause: error},
    );
  }
}

/** Fails before anything is started where nothing could be kept. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, {recursive: true, mode: 0o700});
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'it is no directory' : errorMessage(error);
    throw new Error(`cannot keep data in ${directory}: ${reason}. Name another directory with --data`, {cause: error});
  }
}

function createEngine(config: CollectorConfig, directory: string, log: Log, start?: HeadStart): Engine {
  const {clickhouse} = config.weft;
  const part = log.child({part: 'engine'});
  return clickhouse === undefined
    ? createEmbeddedEngine({directory: join(directory, 'clickhouse'), log: part, process: start?.engine})
    : createRemoteEngine({url: clickhouse.href, log: part});
}
