/** Instances of components: made from a node of the plan, joined to those behind them, supervised. */
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {bug, type Meter} from '../base/index.ts';
import type {Consumer, Signal} from '../model/index.ts';
import type {Sockets} from '../net/index.ts';
import type {Sampling} from '../sampling/index.ts';
import {allSignals, type Consumers, type Extension, type Settings} from './component.ts';
import type {CollectorConfig} from './config-check.ts';
import {createIntake} from './intake.ts';
import {createIntakeOutlet, createOutlet, type Outlet} from './outlet.ts';
import type {PartMeter} from './part-meter.ts';
import type {PartSampling} from './part-sampling.ts';
import type {PlanNode} from './plan.ts';
import {countOutgoing, ownWork, type Supervised, type Supervisor, supervise, supervised} from './supervise.ts';
import type {Blame, PartTally} from './tally.ts';

export interface Part {
  readonly node: PlanNode;
  readonly life: Supervised;
  /** Where batches go in; a receiver and an extension have none. */
  readonly entrance: Outlet | undefined;
  /** Where they come out, by the names of `Targets`. */
  readonly outlets: ReadonlyMap<string, Outlet>;
  readonly extension: Extension | undefined;
  /** Of its component. */
  readonly answers: string | undefined;
  /** Where it listens, by the names of `endpoints.json`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** It keeps something on disk, which two instances must not do at once. */
  readonly keeps: boolean;
  /** Whether its successor may have what components share, such as its sockets: it is about to go. */
  offer(isOffered: boolean): void;
  /** Takes that back from a successor that could not start. */
  restore(): void;
  /** Lets go of it, once it has stopped. */
  release(): void;
  readonly tally: PartTally;
}

/** The consumers that a part gives to. A processor has one; a receiver one a signal; a connector also one a pipeline. */
export type Targets = ReadonlyMap<string, Consumer>;
export const ofSignal = (signal: Signal): string => `signal ${signal}`;
export const ofPipeline = (id: string): string => `pipeline ${id}`;

/** The settings of a component that the graph does not add itself. */
export type PartSettings = Omit<Settings, 'extension' | 'sockets'>;

export interface PartContext {
  readonly config: CollectorConfig;
  settings(kind: string, id: string, tally: PartTally): PartSettings;
  readonly sockets: () => Sockets;
  readonly meters: (meter: Meter, own: Meter) => PartMeter;
  readonly sampling: (base: Sampling) => PartSampling;
  /** Of the same generation, or still running. */
  extension(id: string): Extension | undefined;
  readonly blame: Blame;
}

/** Opens nothing. */
export function createPart(context: PartContext, node: PlanNode, tally: PartTally, targets: Targets): Part {
  const {config, blame} = context;
  const {kind, id} = node;
  const {type, config: own} = node.defined;
  const endpoints: Record<string, string> = {};
  let keeps = false;
  const base = context.settings(kind, id, tally);
  const sockets = context.sockets();
  const meter = context.meters(base.meter, tally.meter);
  const sampling = context.sampling(base.sampling);
  const settings: Settings = {
    ...base,
    sampling: sampling.sampling,
    sockets,
    meter: meter.meter,
    directory() {
      keeps = true;
      const own = base.directory();
      if (node.pipeline === undefined) return own;
      // A processor has an instance in each pipeline that names it.
      const ofPipeline = join(own, encodeURIComponent(node.pipeline.id));
      mkdirSync(ofPipeline, {recursive: true});
      return ofPipeline;
    },
    announce(protocol, address, prefix = id) {
      endpoints[`${prefix}_${protocol}`] = address;
      base.announce(protocol, address, prefix);
    },
    extension(wanted) {
      const extension = context.extension(wanted) ?? bug(`${id} asks for an extension ${wanted} that does not run`);
      if (extension.storage !== undefined) keeps = true;
      return extension;
    },
  };
  const supervisor: Supervisor = {meter: settings.meter, tally, blame};
  const outlets = new Map(
    [...targets].map(([name, target]) => [
      name,
      kind === 'receiver' ? createIntakeOutlet(target) : createOutlet(target),
    ]),
  );
  const outlet = (name: string): Consumer => outlets.get(name)?.consumer ?? bug(`${id} has no outlet ${name}`);
  interface More {
    readonly consumer?: Consumer;
    readonly extension?: Extension;
    readonly answers?: string | undefined;
  }
  const made = (life: Supervised, more: More = {}): Part => ({
    node,
    life,
    entrance: more.consumer && createOutlet(more.consumer),
    outlets,
    extension: more.extension,
    answers: more.answers,
    endpoints,
    get keeps() {
      return keeps || more.extension?.storage !== undefined;
    },
    offer(isOffered) {
      sockets.offer(isOffered);
      sampling.offer(isOffered);
    },
    restore() {
      meter.restore();
      sampling.restore();
    },
    release() {
      meter.release();
      sampling.release();
    },
    tally,
  });
  switch (kind) {
    case 'extension': {
      const factory = config.factories.extensions[type] ?? bug(`no extension ${type}`);
      const extension = factory.create(settings, own);
      return made(supervise(`extension ${id}`, extension), {extension});
    }
    case 'exporter': {
      const factory = config.factories.exporters[type] ?? bug(`no exporter ${type}`);
      const exporter = factory.create(settings, own);
      const {consumer, gate} = supervised(supervisor, kind, id, exporter.consumer, exporter);
      return made(supervise(`exporter ${id}`, exporter, gate), {consumer});
    }
    case 'processor': {
      const factory = config.factories.processors[type] ?? bug(`no processor ${type}`);
      const {pipeline = bug(`processor ${id} without a pipeline`)} = node;
      const work = ownWork(settings.meter, id);
      const next = countOutgoing(settings.meter, kind, id, outlet(ofPipeline(pipeline.id)), work);
      const processor = factory.create(settings, own, next, pipeline.signal);
      const {consumer, gate} = supervised(supervisor, kind, id, processor.consumer, {work});
      return made(supervise(`processor ${id} of ${pipeline.id}`, processor, gate), {consumer});
    }
    case 'connector': {
      const factory = config.factories.connectors[type] ?? bug(`no connector ${type}`);
      const counted = (name: string): Consumer => countOutgoing(settings.meter, kind, id, outlet(name));
      const behind = config.pipelines.filter((each) => each.receivers.includes(id));
      const each = new Map(behind.map((pipeline) => [pipeline.id, counted(ofPipeline(pipeline.id))]));
      const connector = factory.create(settings, own, bySignal(outlets, counted), each);
      const {consumer, gate} = supervised(supervisor, kind, id, connector.consumer);
      return made(supervise(`connector ${id}`, connector, gate), {consumer});
    }
    case 'receiver': {
      const factory = config.factories.receivers[type] ?? bug(`no receiver ${type}`);
      const {intake, gate} = createIntake(supervisor, id, bySignal(outlets, outlet));
      const receiver = factory.create(settings, own, intake);
      return made(supervise(`receiver ${id}`, receiver, gate), {answers: receiver.answers});
    }
  }
}

function bySignal(outlets: ReadonlyMap<string, Outlet>, consumerOf: (name: string) => Consumer): Consumers {
  const signals = allSignals.filter((signal) => outlets.has(ofSignal(signal)));
  return Object.fromEntries(signals.map((signal) => [signal, consumerOf(ofSignal(signal))]));
}
