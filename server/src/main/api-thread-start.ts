/** Starts the API thread, and starts it again on the same address when it dies: ingest does not notice. */
import {MessageChannel, type MessagePort, type Worker} from 'node:worker_threads';
import type {Control} from '../api/index.ts';
import {errorMessage, type Log} from '../base/index.ts';
import {isLoopback} from '../config/index.ts';
import type {Engine} from '../engine/index.ts';
import type {ApiCommands, ApiThreadData, GrpcAddress, Listening} from './api-thread.ts';
import {startApiWorker} from './api-worker.ts';
import type {LogFormat, LogLevel} from './log.ts';
import {callsTo, serveCalls} from './rpc.ts';

export interface ApiThreadOptions {
  readonly http: {readonly host: string; readonly port: number};
  /** Undefined where nothing is served over gRPC. */
  readonly grpc: GrpcAddress | undefined;
  /** Whether assistants are answered; undefined: where the address is a loopback one. */
  readonly mcp?: boolean | undefined;
  /** Names of this machine beside the loopback ones. */
  readonly hosts: readonly string[];
  readonly uiDirectory: string | undefined;
  readonly log: Log;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly engine: Pick<Engine, 'endpoint' | 'database' | 'state' | 'onReady' | 'onAway'>;
  /** Of `SpanChanges`: whether anything new can be found. */
  readonly changes: SharedArrayBuffer;
  /** Tells what is stored to a thread that has just been started, until the port closes. */
  readonly tellNews: (port: MessagePort) => void;
  /** Answers what only the main thread knows. */
  readonly control: Control;
  readonly memory: ApiThreadData['memory'];
  /** The module that the thread runs. Default `api-thread.ts`. */
  readonly module?: URL;
  /** One that is loading or waits for its data, to be the first. Default a new one. */
  readonly worker?: Worker;
}

export interface ApiThread {
  /** Listens and returns the addresses. */
  listen(): Promise<Listening>;
  stop(): Promise<void>;
}

interface Running {
  readonly worker: Worker;
  readonly commands: ApiCommands;
}

const restartMs = 1000;
/** A heavy answer may hold the thread up for seconds; longer, and it is ended all the same. */
const commandLimits = {listen: 30_000, stop: 5000};

const portOf = (text: string): number => Number(text.slice(text.lastIndexOf(':') + 1));

/** Resolves when the thread has loaded. Rejects with the cause where it cannot. */
export async function startApiThread(options: ApiThreadOptions): Promise<ApiThread> {
  const log = options.log.child({part: 'api'});
  let {http: address, grpc} = options;
  let wanted = true;
  let current: Running | undefined;
  let {worker: prepared} = options;

  const launch = async (): Promise<Running> => {
    const controlPorts = new MessageChannel();
    const commandPorts = new MessageChannel();
    const newsPorts = new MessageChannel();
    serveCalls(controlPorts.port1, options.control);
    options.tellNews(newsPorts.port1);
    const {endpoint, database} = options.engine;
    const data: ApiThreadData = {
      control: controlPorts.port2,
      commands: commandPorts.port2,
      endpoint: endpoint.kind === 'url' ? {kind: 'url', url: endpoint.url.href} : endpoint,
      database,
      changes: options.changes,
      news: newsPorts.port2,
      host: address.host,
      port: address.port,
      grpc,
      loopback: isLoopback(address.host),
      mcp: options.mcp,
      hosts: options.hosts,
      uiDirectory: options.uiDirectory,
      logLevel: options.logLevel,
      logFormat: options.logFormat,
      memory: options.memory,
    };
    const worker = prepared ?? startApiWorker(options.module);
    prepared = undefined;
    worker.postMessage(data, [controlPorts.port2, commandPorts.port2, newsPorts.port2]);
    const commands = callsTo<ApiCommands>(commandPorts.port1, {limitsMs: commandLimits});
    const loaded = Promise.withResolvers<void>();
    worker.once('message', () => loaded.resolve());
    worker.on('error', (error) => {
      if (worker === current?.worker) log.error({err: error}, 'the API thread failed');
      loaded.reject(new Error(`the API thread cannot start: ${errorMessage(error)}`, {cause: error}));
    });
    worker.on('exit', (code) => {
      controlPorts.port1.close();
      commandPorts.port1.close();
      newsPorts.port1.close();
      loaded.reject(new Error(`the API thread cannot start: it ended with code ${code}`));
      if (wanted && worker === current?.worker) void relaunch();
    });
    await loaded.promise;
    if (options.engine.state.kind === 'unavailable') await commands.engineChanged(false);
    return {worker, commands};
  };

  const relaunch = async (): Promise<void> => {
    log.warn({}, 'starting the API thread again');
    try {
      current = await launch();
      if (wanted) await current.commands.listen();
      else await current.worker.terminate();
    } catch (error) {
      log.error({err: error, againInMs: restartMs}, 'the API thread cannot start, trying again');
      const failed = current?.worker;
      current = undefined;
      await failed?.terminate();
      setTimeout(() => wanted && void relaunch(), restartMs).unref();
    }
  };

  current = await launch();
  const tell = (there: boolean) => (): void => {
    current?.commands.engineChanged(there).catch(() => {}); // one that takes its place is told at its start
  };
  options.engine.onReady(tell(true));
  options.engine.onAway(tell(false));
  return {
    async listen() {
      if (current === undefined) throw new Error('the API thread is being started again');
      const listening = await current.commands.listen();
      // A thread that takes its place must be found where this one was.
      address = {host: address.host, port: portOf(listening.http)};
      // Its place is its own now, but one that cannot have it again must not keep the page away.
      grpc = grpc && listening.grpc !== undefined ? {...grpc, port: portOf(listening.grpc), optional: true} : undefined;
      return listening;
    },
    async stop() {
      wanted = false;
      await current?.commands.stop().catch(() => {}); // it may have died by itself
      await current?.worker.terminate();
    },
  };
}
