/**
 * The API's own thread: HTTP routes, the page, query evaluation. A heavy answer may block it without delaying ingest. It asks
 * the main thread over a port for facts that only the main thread knows (the spool, the receivers, the counters).
 */
import {flushCompileCache} from 'node:module';
import type {AddressInfo} from 'node:net';
import {type MessagePort, parentPort} from 'node:worker_threads';
import {apiShare, type Control, createApi, createGrpcApi} from '../api/index.ts';
import {createMeter, errorMessage, giveMemoryBackAtRest} from '../base/index.ts';
import type {Endpoint} from '../engine/index.ts';
import {createAdmission} from '../net/index.ts';
import {createReaders} from '../store/index.ts';
import {createLog, type LogFormat, type LogLevel} from './log.ts';
import {callsTo, serveCalls} from './rpc.ts';

export interface ApiThreadData {
  readonly control: MessagePort;
  readonly commands: MessagePort;
  readonly endpoint: Exclude<Endpoint, {kind: 'url'}> | {readonly kind: 'url'; readonly url: string};
  readonly database: string;
  /** Of `SpanChanges`. */
  readonly changes: SharedArrayBuffer;
  /** Brings `SpanNews`. */
  readonly news: MessagePort;
  readonly host: string;
  readonly port: number;
  /** Undefined where nothing is served over gRPC. */
  readonly grpc: GrpcAddress | undefined;
  readonly loopback: boolean;
  /** Whether assistants are answered; undefined: where it is loopback. */
  readonly mcp: boolean | undefined;
  /** Names beside loopback ones. */
  readonly hosts: readonly string[];
  readonly uiDirectory: string | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** The bound on what the process holds for others, and what its threads hold of it. */
  readonly memory: {readonly limitBytes: number; readonly shared: SharedArrayBuffer};
}

export interface GrpcAddress {
  readonly host: string;
  readonly port: number;
  /** Whether to go on without it where another process uses the port. */
  readonly optional: boolean;
}

/** Where the thread listens. */
export interface Listening {
  readonly http: string;
  readonly grpc?: string;
}

/** The calls that the main thread may make to this one. */
export interface ApiCommands {
  /** Listens and returns the addresses. */
  listen(): Promise<Listening>;
  /** ClickHouse has come back or gone away. */
  engineChanged(there: boolean): Promise<void>;
  stop(): Promise<void>;
}

// Loaded before it is known with what it is to work: see `head-start.ts`.
const data = await new Promise<ApiThreadData>((resolve) => parentPort?.once('message', resolve));
const log = createLog(data.logLevel, data.logFormat);
const endpoint: Endpoint =
  data.endpoint.kind === 'url' ? {kind: 'url', url: new URL(data.endpoint.url)} : data.endpoint;
const readers = createReaders(endpoint, data.database, {...data, log: log.child({part: 'api'})});
const meter = createMeter();
const admission = createAdmission(data.memory.limitBytes, {shared: data.memory.shared, thread: 1, share: apiShare});
const own = log.child({part: 'api'});
const grpc = data.grpc && createGrpcApi({source: readers, meter, log: own, admission});
const api = await createApi({
  source: readers,
  // The main thread ends a flush by itself, a little earlier.
  control: callsTo<Control>(data.control, {limitsMs: {flush: 35_000}}),
  meter,
  log: own,
  uiDirectory: data.uiDirectory,
  loopback: data.loopback,
  mcp: data.mcp,
  hosts: data.hosts,
  admission,
});

const addressText = ({address, family, port}: AddressInfo): string =>
  `${family === 'IPv6' ? `[${address}]` : address}:${port}`;

async function listenForGrpc(): Promise<string | undefined> {
  if (grpc === undefined || data.grpc === undefined) return undefined;
  const {host, port, optional} = data.grpc;
  try {
    return addressText(await grpc.listen({host, port}));
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (isTaken && optional) {
      own.warn(
        {port},
        `the APIs over gRPC are not served: another process uses port ${port}; stop it, or set another \`weft.grpc.endpoint\``,
      );
      return undefined;
    }
    const reason = isTaken ? 'another process uses the port' : errorMessage(error);
    throw new Error(
      `cannot listen on ${host}:${port} for the APIs over gRPC: ${reason}; stop it, set another \`weft.grpc.endpoint\`, or use --free-ports`,
      {cause: error},
    );
  }
}

serveCalls(data.commands, {
  async listen() {
    await api.listen({host: data.host, port: data.port});
    const http = addressText(api.server.address() as AddressInfo);
    const bound = await listenForGrpc();
    return bound === undefined ? {http} : {http, grpc: bound};
  },
  async engineChanged(there) {
    readers.presence.change(there);
  },
  async stop() {
    await Promise.all([api.close(), grpc?.stop(1000)]);
    readers.close();
  },
} satisfies ApiCommands);
parentPort?.postMessage('loaded');
// A thread that is terminated does not do so by itself.
flushCompileCache();
giveMemoryBackAtRest(log.child({part: 'api'}));
