/**
 * The contract of the pipeline's parts. To add one: write `receiver-x.ts` (or `processor-`, `connector-`, `exporter-`,
 * `extension-`) that exports a factory, and name it in `registry.ts`.
 *
 * Life: `create` opens nothing; `start` is called once, exporters first and receivers last; `stop` once, receivers first.
 * A part that has stopped has handed on, or refused, everything that it took.
 */
import type {Clock, Log, Meter} from '../base/index.ts';
import type {ConfigType} from '../config/index.ts';
import type {Batch, Consumer, LogBatch, MetricBatch, Signal, SpanBatch} from '../model/index.ts';
import type {Admission} from '../net/index.ts';
import type {Sampling} from '../sampling/index.ts';

export interface BatchOf {
  readonly traces: SpanBatch;
  readonly logs: LogBatch;
  readonly metrics: MetricBatch;
}

/** A consumer for each signal that a part takes or gives. */
export type Consumers = {readonly [S in Signal]?: Consumer<BatchOf[S]>};

/** Where the `weft` exporter puts what it gets: the store. Resolves when the batch would survive a power cut. */
export type WeftSink = {readonly [S in Signal]: Consumer<BatchOf[S]>};

export const allSignals: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** What every part is given besides its own configuration. */
export interface Settings {
  /** `type` or `type/name`, as the configuration has it. */
  readonly id: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly meter: Meter;
  /** The bound on bytes that receivers hold; shared by all of them. */
  readonly admission: Admission;
  readonly sink: WeftSink;
  /** Listen on any free port instead of the configured one. */
  readonly freePorts: boolean;
  /** What services are told of their sampling, and what is seen of it. */
  readonly sampling: Sampling;
  /** Tells the address that a part listens on: in `endpoints.json` it is `prefix_protocol`, the part's id without `prefix`. */
  readonly announce: (protocol: string, address: string, prefix?: string) => void;
}

export interface Component {
  start?(): Promise<void>;
  /** Idempotent; also called of a part that has not started, or failed to. */
  stop?(): Promise<void>;
}

export interface Processor<B extends Batch> extends Component {
  readonly consume: Consumer<B>;
}

/** An exporter, or a connector's taking end. One instance serves every signal and pipeline that names it. */
export interface Exporter extends Component {
  readonly consumers: Consumers;
}

interface Factory<C> {
  /** One sentence for the reference. */
  readonly help: string;
  readonly config: ConfigType<C>;
}

export interface ReceiverFactory<C> extends Factory<C> {
  readonly signals: readonly Signal[];
  /** `next` has a consumer for each signal that some pipeline takes from this receiver. */
  create(settings: Settings, config: C, next: Consumers): Component;
}

export interface ProcessorFactory<C> extends Factory<C> {
  readonly signals: readonly Signal[];
  /** Whether it edits or keeps the batches it is given; where pipelines share a batch, this decides who gets a copy. */
  readonly mutates: boolean;
  /** Called once for each pipeline. */
  create<S extends Signal>(settings: Settings, config: C, next: Consumer<BatchOf[S]>, signal: S): Processor<BatchOf[S]>;
}

export interface ExporterFactory<C> extends Factory<C> {
  readonly signals: readonly Signal[];
  readonly mutates: boolean;
  create(settings: Settings, config: C): Exporter;
}

export interface ConnectorFactory<C> extends Factory<C> {
  /** The signals it takes, each with the signals it can give for it. */
  readonly conversions: Readonly<Partial<Record<Signal, readonly Signal[]>>>;
  readonly mutates: boolean;
  create(settings: Settings, config: C, next: Consumers): Exporter;
}

export interface ExtensionFactory<C> extends Factory<C> {
  create(settings: Settings, config: C): Component;
}

/** Every part that a configuration can name, by kind and type. */
export interface Registry {
  readonly receivers: Readonly<Record<string, ReceiverFactory<unknown>>>;
  readonly processors: Readonly<Record<string, ProcessorFactory<unknown>>>;
  readonly connectors: Readonly<Record<string, ConnectorFactory<unknown>>>;
  readonly exporters: Readonly<Record<string, ExporterFactory<unknown>>>;
  readonly extensions: Readonly<Record<string, ExtensionFactory<unknown>>>;
}
export type Kind = keyof Registry;
