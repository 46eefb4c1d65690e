/** Puts Weft together: engine, spool, collector, API thread. Sinks start first and stop last. */
import {accessSync, constants, mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {MessageChannel, Worker} from 'node:worker_threads';
import type {Control, Readiness, StatusResponse} from '../api/index.ts';
import {createMeter, errorMessage, type Log, systemClock, unixNanoFromMillis} from '../base/index.ts';
import {isLoopback} from '../config/index.ts';
import {createEmbeddedEngine, createRemoteEngine, type Engine} from '../engine/index.ts';
import {type Collector, type CollectorConfig, startCollector} from '../pipeline/index.ts';
import {createSampling, samplingControl} from '../sampling/index.ts';
import {createStore, storeFigures} from '../store/index.ts';
import type {ApiCommands, ApiThreadData} from './api-thread.ts';
import {type Endpoints, removeEndpoints, writeEndpoints} from './endpoints.ts';
import {collectGarbageBySize} from './garbage.ts';
import type {LogFormat, LogLevel} from './log.ts';
import {observeProcess} from './process-metrics.ts';
import {callsTo, serveCalls} from './rpc.ts';
import {version} from './version.ts';

export interface ServeOptions {
  readonly config: CollectorConfig;
  /** Everything that must survive a restart. */
  readonly dataDirectory: string;
  /** Of the page and the APIs. */
  readonly http: {readonly host: string; readonly port: number};
  /** Every listener on any free port. */
  readonly freePorts: boolean;
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
  /** What is amiss, in words; empty when all is well. */
  readonly problems: readonly string[];
  /** Refuses new data, hands on what was taken, ends the engine. Idempotent; takes at most some 10 s. */
  stop(): Promise<void>;
}

/** Resolves once data is taken; `opened` says when it can be asked for. */
export async function serve(options: ServeOptions): Promise<Weft> {
  collectGarbageBySize();
  const {config, log} = options;
  const directory = resolve(options.dataDirectory);
  const started = Date.now();
  makeDirectory(directory);

  const meter = createMeter();
  const engine = createEngine(config, directory, log);
  const store = createStore({
    engine,
    directory,
    spoolLimitBytes: config.weft.spool.max_bytes,
    retention: config.weft.retention,
    log,
  });
  observeProcess(meter, engine, store.spool);
  const sampling = createSampling({directory, clock: systemClock, log: log.child({part: 'sampling'}), meter});

  let endpoints: Endpoints = {};
  let collector: Collector | undefined;
  let apiLoading: Promise<ApiThread> | undefined;
  /** The directory is this Weft's: until then another may be running on it. */
  let owned = false;
  let stopping: Promise<void> | undefined;
  let isOpen = false;

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

  const readiness = (): Readiness => {
    const reasons: string[] = [];
    if (stopping !== undefined) reasons.push('Weft is stopping');
    if (collector === undefined) reasons.push('the receivers are not listening yet');
    // Once: what goes away later is back before long, and data is taken meanwhile.
    if (!isOpen) reasons.push('the store is being opened');
    const {refusing, problems} = store;
    if (refusing !== undefined && stopping === undefined) reasons.push(refusing);
    return {reasons, degraded: problems};
  };
  const control: Control = {
    flush: () => store.spool.flush(),
    async status(): Promise<StatusResponse> {
      const {reasons, degraded} = readiness();
      return {
        version,
        startedUnixNano: unixNanoFromMillis(started).toString(),
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
    ...samplingControl(sampling),
  };

  try {
    // The API thread and the engine take a while; what arrives meanwhile is safe in the spool.
    apiLoading = startApiThread(options, engine, control);
    apiLoading.catch(() => {}); // awaited below; must not be unhandled if the store fails first
    await store.start();
    owned = true;
    removeEndpoints(directory);
    const opening = store.open();
    opening.catch(() => {}); // likewise
    collector = await startCollector({
      config,
      sink: store.sink,
      log,
      clock: systemClock,
      meter,
      sampling,
      freePorts: options.freePorts,
    });
    const http = await listenForPage(await apiLoading, options);
    endpoints = {...collector.endpoints, http};
    writeEndpoints(directory, endpoints);
    const opened = opening.then(
      () => {
        isOpen = true;
        log.info({endpoints, ms: Date.now() - started, degraded: store.problems}, 'ready');
      },
      async (error: unknown) => {
        await stop();
        throw error;
      },
    );
    opened.catch(() => {}); // whoever awaits it hears of it
    return {
      endpoints,
      opened,
      get problems() {
        return store.problems;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listenForPage(api: ApiThread, {http: {host, port}}: ServeOptions): Promise<string> {
  try {
    return await api.listen();
  } catch (error) {
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
    mkdirSync(directory, {recursive: true});
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'it is no directory' : errorMessage(error);
    throw new Error(`cannot keep data in ${directory}: ${reason}. Name another directory with --data`, {cause: error});
  }
}

function createEngine(config: CollectorConfig, directory: string, log: Log): Engine {
  const {clickhouse} = config.weft;
  const part = log.child({part: 'engine'});
  return clickhouse === undefined
    ? createEmbeddedEngine({directory: join(directory, 'clickhouse'), log: part})
    : createRemoteEngine({url: clickhouse.href, log: part});
}

interface ApiThread {
  listen(): Promise<string>;
  stop(): Promise<void>;
}

/** Resolves when the thread has loaded. One that dies later is started anew on the same address: ingest does not notice. */
async function startApiThread(options: ServeOptions, engine: Engine, control: Control): Promise<ApiThread> {
  const log = options.log.child({part: 'api'});
  let address = {host: options.http.host, port: options.freePorts ? 0 : options.http.port};
  let wanted = true;
  let current = await launch();

  async function launch(): Promise<{worker: Worker; commands: ApiCommands}> {
    const controlPorts = new MessageChannel();
    const commandPorts = new MessageChannel();
    serveCalls(controlPorts.port1, control);
    const {endpoint} = engine;
    const workerData: ApiThreadData = {
      control: controlPorts.port2,
      commands: commandPorts.port2,
      endpoint: endpoint.kind === 'url' ? {kind: 'url', url: endpoint.url.href} : endpoint,
      database: engine.database,
      host: address.host,
      port: address.port,
      loopback: isLoopback(address.host),
      hosts: options.config.weft.http.hosts,
      uiDirectory: options.uiDirectory,
      logLevel: options.logLevel,
      logFormat: options.logFormat,
    };
    const worker = new Worker(new URL('./api-thread.ts', import.meta.url), {
      workerData,
      transferList: [controlPorts.port2, commandPorts.port2],
      name: 'weft-api',
      resourceLimits: {maxOldGenerationSizeMb: 2048},
    });
    worker.on('error', (error) => log.error({err: error}, 'the API thread failed'));
    worker.on('exit', () => {
      controlPorts.port1.close();
      commandPorts.port1.close();
      if (wanted && worker === current?.worker) void relaunch();
    });
    await new Promise<void>((ready, failed) => {
      worker.once('message', () => ready());
      worker.once('error', failed);
    });
    return {worker, commands: callsTo<ApiCommands>(commandPorts.port1)};
  }

  async function relaunch(): Promise<void> {
    log.warn({}, 'starting the API thread again');
    try {
      current = await launch();
      await current.commands.listen();
    } catch (error) {
      log.error({err: error}, 'the API thread cannot start; trying again in a second');
      setTimeout(() => wanted && void relaunch(), 1000).unref();
    }
  }

  return {
    async listen() {
      const text = await current.commands.listen();
      // A thread that takes its place must be found where this one was.
      address = {host: address.host, port: Number(text.slice(text.lastIndexOf(':') + 1))};
      return text;
    },
    async stop() {
      wanted = false;
      await current.commands.stop().catch(() => {}); // it may have died by itself
      await current.worker.terminate();
    },
  };
}
