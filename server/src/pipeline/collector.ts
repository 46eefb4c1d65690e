import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Clock, Log, Meter} from '../base/index.ts';
import {createAdmission, createOverloadGuard, type OverloadGuard} from '../net/index.ts';
import {createSampling, type Sampling} from '../sampling/index.ts';
import type {Queries, WeftSink} from './component.ts';
import {type ComponentView, viewComponent} from './component-view.ts';
import type {CollectorConfig} from './config-check.ts';
import {type Change, createGraph} from './graph.ts';
import type {PartSettings} from './parts.ts';
import {type PipelineView, watchPipeline} from './pipeline-view.ts';

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
  readonly queries?: Queries;
  /** The owner's, which outlives the collector; without it, one in memory that ends with it. */
  readonly sampling?: Sampling;
  /** The bytes of `max_in_flight` that this thread, the first, and others hold together. */
  readonly memory?: SharedArrayBuffer;
}

export interface Collector {
  /** Where the receivers listen: `otlp_grpc` → `127.0.0.1:4317`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /**
   * Goes over to another configuration without dropping data, and leaves alone what stays the same. Where a part cannot start,
   * all goes on as before, and the error says why.
   */
  reload(config: CollectorConfig): Promise<Change>;
  /** The running pipelines in figures. */
  view(): PipelineView;
  /** Counts up to now, as it does every two seconds. */
  look(): void;
  /** The configuration and documentation of one of their parts, by its `key`; undefined where there is none. */
  component(key: string): ComponentView | undefined;
  /** Takes no more, hands on what it has, within `limitMs` (8 s). Idempotent; never rejects. */
  stop(limitMs?: number): Promise<void>;
}

/** Starts the pipelines of a configuration. Rejects with an Error that says what to do where a part cannot start. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const {config, sink, log, clock, meter} = options;
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
  const settings = (kind: string, id: string): PartSettings => ({
    id,
    log: log.child({kind, id}),
    clock,
    meter,
    admission,
    sink: watched(sink, guard),
    queries: options.queries,
    freePorts: options.freePorts ?? false,
    keptPorts: options.keptPorts ?? new Set(),
    sampling,
    directory: () => ownDirectory(options.directory, kind, id),
    announce() {}, // the graph keeps the addresses of each part
  });
  const graph = createGraph(config, settings, log, clock);
  const watch = watchPipeline(graph, clock);
  const close = (): void => {
    watch.stop();
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
    get endpoints() {
      return Object.assign({}, ...[...graph.running.parts.values()].map((part) => part.endpoints));
    },
    reload: (wanted) => graph.reload(wanted),
    view: () => watch.read(),
    look: () => watch.look(),
    component(key) {
      const part = graph.running.parts.get(key);
      return part && viewComponent(graph.running.config, part.node);
    },
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
