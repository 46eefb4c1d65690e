import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Clock, Log, Meter} from '../base/index.ts';
import {createAdmission, createOverloadGuard, type OverloadGuard} from '../net/index.ts';
import {createSampling, type Sampling} from '../sampling/index.ts';
import type {Settings, WeftSink} from './component.ts';
import type {CollectorConfig} from './config-check.ts';
import {createGraph} from './graph.ts';

export interface CollectorOptions {
  readonly config: CollectorConfig;
  readonly sink: WeftSink;
  readonly log: Log;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Where components keep what outlives the process, each in a directory of its own. */
  readonly directory: string;
  /** Listen on any free port instead of the configured ones. */
  readonly freePorts?: boolean;
  /** Configured ports that are listened on all the same. */
  readonly keptPorts?: ReadonlySet<number>;
  /** The owner's, which outlives the collector; without it, one in memory that ends with it. */
  readonly sampling?: Sampling;
  /** The bytes of `max_in_flight` that this thread, the first, and others hold together. */
  readonly memory?: SharedArrayBuffer;
}

export interface Collector {
  /** Where the receivers listen: `otlp_grpc` → `127.0.0.1:4317`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Takes no more, hands on what it has, within `limitMs` (8 s). Idempotent; never rejects. */
  stop(limitMs?: number): Promise<void>;
}

/** Starts the pipelines of a configuration. Rejects with an Error that says what to do where a part cannot start. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const {config, sink, log, clock, meter} = options;
  const endpoints: Record<string, string> = {};
  const guard = createOverloadGuard();
  const admission = createAdmission(config.weft.ingest.max_in_flight, {
    guard,
    ...(options.memory && {shared: options.memory}),
  });
  meter
    .gauge('weft_receiver_in_flight_bytes', 'Bytes of requests that receivers hold, decompressed ones included.')
    .with({})
    .observe(() => admission.inFlightBytes);
  const sampling = options.sampling ?? createSampling({clock, log, meter});
  const settings = (kind: string, id: string): Omit<Settings, 'extension'> => ({
    id,
    log: log.child({kind, id}),
    clock,
    meter,
    admission,
    sink: watched(sink, guard),
    freePorts: options.freePorts ?? false,
    keptPorts: options.keptPorts ?? new Set(),
    sampling,
    directory: () => ownDirectory(options.directory, kind, id),
    announce: (protocol, address, prefix = id) => {
      endpoints[`${prefix}_${protocol}`] = address;
    },
  });
  const graph = createGraph(config, settings, log);
  const close = (): void => {
    guard.stop();
    if (options.sampling === undefined) sampling.stop();
  };
  try {
    await graph.start();
  } catch (error) {
    close();
    throw error;
  }
  return {
    endpoints,
    async stop(limitMs = 8000) {
      await graph.stop(limitMs);
      close();
    },
  };
}

/** The store is this process's own: that something waits for it long is a sign of congestion. */
const watched = ({access, consume}: WeftSink, guard: OverloadGuard): WeftSink => ({
  access,
  async consume(batch, context) {
    const done = guard.ownWait();
    try {
      await consume(batch, context);
    } finally {
      done();
    }
  },
});

/** `DIRECTORY/exporter_otlp%2Fbackup`: an id may hold what no name of a file can. */
function ownDirectory(directory: string, kind: string, id: string): string {
  const own = join(directory, `${kind}_${encodeURIComponent(id)}`);
  mkdirSync(own, {recursive: true});
  return own;
}
