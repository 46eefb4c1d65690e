/**
 * The contract of the pipeline's components. To add one: write `receiver-x.ts` (or `processor-`, `connector-`, `exporter-`,
 * `extension-`) that exports a factory, and name it in `registry.ts`. Build its consumers with `kit.ts`. Counting, timing,
 * refusing after the end and draining are the graph's (`supervise.ts`).
 *
 * Life: `create` opens nothing; `start` is called once, exporters first and receivers last; `stop` once, receivers first.
 * A component that has stopped has handed on, or refused, everything that it took.
 */
import type {Clock, Log, Meter} from '../base/index.ts';
import type {ConfigType} from '../config/index.ts';
import type {AuthData, ConsumeContext, Consumer, Reader, Signal} from '../model/index.ts';
import type {Admission, Forward, ServerAuth, Sockets} from '../net/index.ts';
import type {Sampling} from '../sampling/index.ts';
import type {Intake} from './intake.ts';

/** A consumer for each signal that a component gives to. */
export type Consumers = {readonly [S in Signal]?: Consumer};

/** Where the `weft` exporter puts what it gets: the store. Resolves when the batch would survive a power cut. */
export type WeftSink = Reader;

/** The APIs of this process over the store, which run on a thread of their own. */
export interface Queries {
  readonly forward: Forward;
  /** In words, why there is nothing to be found; undefined where there may be. */
  readonly nothing: () => string | undefined;
}

export const allSignals: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** Given to every component besides its own configuration. */
export interface Settings {
  /** `type` or `type/name`, as the configuration has it. */
  readonly id: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly meter: Meter;
  /** The bound on bytes that receivers hold; shared by all of them. */
  readonly admission: Admission;
  readonly sink: WeftSink;
  /** For receivers on whose ports clients ask too; undefined where this process answers no queries. */
  readonly queries: Queries | undefined;
  /** Listen on any free port instead of the configured one. */
  readonly freePorts: boolean;
  /** Configured ports that are listened on all the same. */
  readonly keptPorts: ReadonlySet<number>;
  /** What components listen on, so that a successor takes it over. */
  readonly sockets: Sockets;
  /** The sampling that services are told, and the traffic that is seen of it. */
  readonly sampling: Sampling;
  /**
   * A directory of the component's own that outlives the process, made when it is first asked for. Throws an Error where it
   * cannot be made.
   */
  directory(): string;
  /** A running extension, whose id the configuration gave (`extensionId`). It is created before every other component. */
  extension(id: string): Extension;
  /** Tells the address that a component listens on: in `endpoints.json` it is `prefix_protocol`, its id without `prefix`. */
  readonly announce: (protocol: string, address: string, prefix?: string) => void;
}

export interface Component {
  /**
   * Looks whether the files and directories that `start` needs are there and say what they should; throws as `start` would. Opens
   * and changes nothing, and may be called where nothing is going to start, or while another instance runs.
   */
  check?(): Promise<void>;
  start?(): Promise<void>;
  /** Called once at most; also for a component that has not started, or failed to. */
  stop?(): Promise<void>;
  /**
   * Instead of `stop`, where a reload has taken the component out and another one may have its place: nothing of it may stay on disk
   * for a next start. A component with a directory is retired only where none has its place.
   */
  retire?(): Promise<void>;
  /** A receiver's: it has taken what nobody would send again, and hands that on before its `stop` resolves. */
  readonly drains?: boolean;
  /** What its addresses answer beside what it takes, in words for `check-config --explain`. */
  readonly answers?: string;
}

/** What an extension does for other components. Those that ask for something else than it offers say so when they are created. */
export interface Extension extends Component {
  /** Room for what the component `owner` (`exporter_otlp/backup`) must not lose: its queue. Nobody else gets the same. */
  readonly storage?: (owner: string) => Storage;
  /** Puts credentials and the like into the requests of an exporter (`auth: {authenticator}`). */
  readonly clientAuth?: ClientAuth;
  /** Judges the senders of a receiver (`auth: {authenticator}`). */
  readonly serverAuth?: ServerAuth;
  /** Told what runs once everything has started, and undefined when it begins to stop. */
  readonly pipelines?: (running: Running | undefined) => void;
}

/** The parts of a collector at work, by their ids. */
export interface Running {
  readonly pipelines: readonly {
    readonly id: string;
    readonly receivers: readonly string[];
    readonly processors: readonly string[];
    readonly exporters: readonly string[];
  }[];
  readonly extensions: readonly string[];
}

export interface Storage {
  /** It need not be there yet. */
  readonly directory: string;
  /** Whether what is written there has to be on disk before it counts as safe. */
  readonly fsync: boolean;
}

/** Headers by their names in lower case. */
export type Headers = Readonly<Record<string, string>>;

export interface ClientAuth {
  /** The headers that one attempt is sent with, from those that it would have had; `context` is of the data that it carries. */
  authorize(
    headers: Headers,
    context: Pick<ConsumeContext, 'tenant' | 'metadata'> & {readonly auth?: AuthData | undefined},
  ): Headers;
}

/** A processor in one pipeline; one instance each. */
export interface Processor extends Component {
  readonly consumer: Consumer;
}

/** An exporter, or a connector's taking end. One instance serves every signal and pipeline that names it. */
export interface Exporter extends Component {
  readonly consumer: Consumer;
  /** It counts by itself what was sent and what failed, because its promise says something else (that a batch is queued). */
  readonly countsItself?: boolean;
}

interface Factory<C> {
  /** One sentence for the reference. */
  readonly help: string;
  readonly config: ConfigType<C>;
}

export interface ReceiverFactory<C> extends Factory<C> {
  readonly signals: readonly Signal[];
  create(settings: Settings, config: C, intake: Intake): Component;
}

export interface ProcessorFactory<C> extends Factory<C> {
  readonly signals: readonly Signal[];
  /** Called once for each pipeline. */
  create(settings: Settings, config: C, next: Consumer, signal: Signal): Processor;
}

export interface ExporterFactory<C> extends Factory<C> {
  readonly signals: readonly Signal[];
  create(settings: Settings, config: C): Exporter;
}

export interface ConnectorFactory<C> extends Factory<C> {
  /** The signals it takes, each with the signals it can give for it. */
  readonly conversions: Readonly<Partial<Record<Signal, readonly Signal[]>>>;
  /** `next` leads into all pipelines whose receiver it is, by signal; `pipelines` into each of them by its id. */
  create(settings: Settings, config: C, next: Consumers, pipelines: ReadonlyMap<string, Consumer>): Exporter;
}

export interface ExtensionFactory<C> extends Factory<C> {
  /** Extensions with the same words do the same, "decides on sampling", and only one of them may run. */
  readonly sole?: string;
  create(settings: Settings, config: C): Extension;
}

/** The components that a configuration names, by kind and type. */
export interface Factories {
  readonly receivers: Readonly<Record<string, ReceiverFactory<unknown>>>;
  readonly processors: Readonly<Record<string, ProcessorFactory<unknown>>>;
  readonly connectors: Readonly<Record<string, ConnectorFactory<unknown>>>;
  readonly exporters: Readonly<Record<string, ExporterFactory<unknown>>>;
  readonly extensions: Readonly<Record<string, ExtensionFactory<unknown>>>;
}
export type Kind = keyof Factories;

/** Every component that a configuration can name: how to load it. Nobody pays for a module that no configuration names. */
export type Registry = {
  readonly [K in Kind]: Readonly<Record<string, () => Promise<Factories[K][string]>>>;
};

export const kinds = [
  'receivers',
  'processors',
  'connectors',
  'exporters',
  'extensions',
] as const satisfies readonly Kind[];

/** Loads the components of which `wanted` says so; without it, all. */
export async function loadFactories(
  registry: Registry,
  wanted: (kind: Kind, type: string) => boolean = () => true,
): Promise<Factories> {
  const load = async (kind: Kind) => {
    const types = Object.keys(registry[kind]).filter((type) => wanted(kind, type));
    return [
      kind,
      Object.fromEntries(await Promise.all(types.map(async (type) => [type, await registry[kind][type]!()]))),
    ];
  };
  return Object.fromEntries(await Promise.all(kinds.map(load))) as Factories;
}
