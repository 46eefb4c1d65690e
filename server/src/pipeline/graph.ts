/** From a configuration to connected components, their life, and their change while data flows (docs/decisions/0072-reload.md). */
import {type Clock, errorMessage, type Log, systemClock} from '../base/index.ts';
import type {Fault} from '../config/index.ts';
import type {Consumer} from '../model/index.ts';
import {createSocketRegistry} from '../net/index.ts';
import {allSignals} from './component.ts';
import {ComponentFaults, faultOf} from './component-faults.ts';
import type {CollectorConfig} from './config-check.ts';
import {fanOut} from './fan-out.ts';
import {createPartMeters} from './part-meter.ts';
import {createPartSampling} from './part-sampling.ts';
import {
  createPart,
  ofPipeline,
  ofSignal,
  type Part,
  type PartContext,
  type PartSettings,
  type Targets,
} from './parts.ts';
import {edgeKey, type Plan, type PlanEdge, type PlanNode, planGraph} from './plan.ts';
import {
  createBlame,
  createEdgeTally,
  createPartTally,
  type EdgeTally,
  notingLog,
  type PartTally,
  tallied,
} from './tally.ts';

export interface Graph {
  /** Throws ComponentFaults with all that hinders a start and can be seen before it: files that are not there. */
  check(): Promise<void>;
  /** Checks, and starts: exporters first, receivers last. Where one cannot start, those that did are stopped and its error is thrown. */
  start(): Promise<void>;
  /**
   * Goes over to another configuration. Parts whose settings stay run on, with what they hold; the others are started beside
   * those that they replace, get the data from one moment to the next, and then the old ones hand on what they have. Where a
   * new one cannot start, everything stays as it was and its error is thrown. One at a time.
   */
  reload(config: CollectorConfig): Promise<Change>;
  /**
   * Receivers first, each once everything before it has stopped, so that nothing that was taken is lost on the way. After
   * `limitMs` the rest is left as it is. Idempotent; never rejects.
   */
  stop(limitMs: number): Promise<void>;
  readonly running: RunningGraph;
}

/** The graph as it runs now. */
export interface RunningGraph {
  readonly config: CollectorConfig;
  readonly plan: Plan;
  readonly parts: ReadonlyMap<string, Part>;
  readonly edges: readonly {readonly edge: PlanEdge; readonly tally: EdgeTally}[];
}

/** What a reload did, by the keys of the parts. */
export interface Change {
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
}

interface Generation extends RunningGraph {
  /** Whom each part that is kept gives to from now on. */
  readonly targets: ReadonlyMap<string, Targets>;
  /** The parts that are new, in the order in which they start. */
  readonly fresh: readonly Part[];
  /** Puts another instance in the place of a new part that could not start. */
  remake(part: Part): Part;
}

/** How long parts that a reload takes out may take to hand on what they hold. */
const retireMs = 30_000;
/** How long a part that must stop before its successor starts may take until those behind it, which it may wait for, stop too. */
const patienceMs = 5000;

export type SettingsOf = (kind: string, id: string) => PartSettings;

/** `settings` makes the settings of one component. Creating opens nothing. */
export function createGraph(
  config: CollectorConfig,
  settingsOf: SettingsOf,
  log: Log,
  clock: Clock = systemClock,
): Graph {
  const blame = createBlame(() => clock.now());
  const sockets = createSocketRegistry();
  const meters = createPartMeters();
  const sampling = createPartSampling();
  /** By key: instances that follow each other go on with the same. */
  const edgeTallies = new Map<string, EdgeTally>();
  const partTallies = new Map<string, PartTally>();
  const none: RunningGraph = {config, plan: planGraph(config), parts: new Map(), edges: []};
  let current: RunningGraph = generationOf(config, none);
  let stopped: Promise<void> | undefined;

  function generationOf(wanted: CollectorConfig, before: RunningGraph): Generation {
    const plan = planGraph(wanted);
    const parts = new Map<string, Part>();
    const targets = new Map<string, Targets>();
    const fresh: Part[] = [];
    const context: PartContext = {
      config: wanted,
      blame,
      sockets,
      meters,
      sampling,
      settings(kind, id, tally) {
        const settings = settingsOf(kind, id);
        return {...settings, log: notingLog(settings.log, tally, () => clock.now())};
      },
      extension: (id) => parts.get(`extension/${id}`)?.extension,
    };
    const remake = ({node, tally}: Part): Part => {
      const part = createPart(context, node, tally, targets.get(node.key) ?? new Map());
      fresh[fresh.findIndex((each) => each.node === node)] = part;
      parts.set(node.key, part);
      return part;
    };
    const faults: Fault[] = [];
    const faulty = new Set<string>();
    const join = (node: PlanNode, to: Targets): void => {
      const kept = before.parts.get(node.key);
      targets.set(node.key, to);
      if (kept?.node.fingerprint === node.fingerprint) {
        parts.set(node.key, kept);
        return;
      }
      // It would only repeat what its extension lacks.
      if (node.defined.extensions.some((id) => faulty.has(id))) return;
      try {
        const part = createPart(context, node, entryOf(partTallies, node.key, createPartTally), to);
        parts.set(node.key, part);
        fresh.push(part);
      } catch (error) {
        faults.push(faultOf(node, error));
        if (node.kind === 'extension') faulty.add(node.id);
      }
    };
    const edges = plan.edges.map((edge) => ({edge, tally: entryOf(edgeTallies, edgeKey(edge), createEdgeTally)}));
    /** Every part of `pipeline` behind `from`, as one consumer. */
    const behind = (from: string, pipeline: string): Consumer =>
      fanOut(
        edges.flatMap(({edge, tally}) => {
          if (edge.from !== from || edge.pipeline !== pipeline) return [];
          const entrance = parts.get(edge.to)?.entrance;
          return entrance === undefined ? [] : [tallied(tally, entrance.consumer)];
        }),
      );
    const nothing: Targets = new Map();
    try {
      for (const node of [...plan.extensions, ...plan.exporters]) join(node, nothing);
      for (const node of plan.inner.toReversed()) {
        if (node.pipeline !== undefined) {
          join(node, new Map([[ofPipeline(node.pipeline.id), behind(node.key, node.pipeline.id)]]));
        } else join(node, sourceTargets(wanted, node, behind));
      }
      for (const node of plan.receivers) join(node, sourceTargets(wanted, node, behind));
      if (faults.length > 0) throw new ComponentFaults(faults);
    } catch (error) {
      for (const part of fresh) {
        void part.life.stop().catch(() => {}); // nothing of it was opened
        part.release();
      }
      for (const part of before.parts.values()) part.restore();
      throw error;
    }
    return {config: wanted, plan, parts, edges, targets, fresh, remake};
  }

  const reload = async (wanted: CollectorConfig): Promise<Change> => {
    const before = current;
    const next = generationOf(wanted, before);
    const outgoing = new Map([...before.parts].filter(([key, part]) => next.parts.get(key) !== part));
    try {
      await checkParts(next.fresh);
    } catch (error) {
      for (const part of next.fresh) part.release();
      for (const old of outgoing.values()) old.restore();
      throw error;
    }
    for (const old of outgoing.values()) old.offer(true);
    const early: Part[] = [];
    const ends: Promise<void>[] = [];
    let ending = 0;
    const stopEarly = async (old: Part): Promise<void> => {
      if (early.includes(old)) return;
      // Those that keep their files in an extension's room let go of them first.
      if (old.node.kind === 'extension') {
        for (const each of outgoing.values())
          if (each.node.defined.extensions.includes(old.node.id)) await stopEarly(each);
      }
      // Where one in front of it has not ended it refuses instead: what that one still hands on must not wait here for its end.
      if (ending === 0) old.entrance?.hold();
      early.push(old);
      ending++;
      const end = old.life.stop().finally(() => ending--);
      ends.push(end);
      await within(patienceMs, end, () => {});
    };
    /** In the order of the data: what one of them hands on at its end is taken by those behind it. */
    const stopKeepers = async (): Promise<void> => {
      for (const old of stagesOf(before.plan, outgoing).flat()) {
        if (old.keeps && next.parts.has(old.node.key)) await stopEarly(old);
      }
      await Promise.all(ends);
    };
    try {
      for (const part of next.fresh) {
        const old = outgoing.get(part.node.key);
        if (old?.keeps) await stopKeepers();
        try {
          await startPart(part);
        } catch (error) {
          if (part.node.kind !== 'receiver' || !isPortTaken(error)) throw error;
          // Perhaps by a receiver that goes, and whose socket cannot be handed over: a UDP port.
          await part.life.stop();
          part.release();
          // They end when what they have taken has gone through.
          openDoors(next.parts, early);
          for (const each of outgoing.values()) {
            if (each.node.kind === 'receiver') await stopEarly(each);
          }
          await Promise.all(ends);
          await startPart(next.remake(part));
        }
      }
    } catch (error) {
      await stopStages(stagesOf(next.plan, new Map(next.fresh.map((part) => [part.node.key, part]))), log);
      for (const part of next.fresh) part.release();
      for (const old of outgoing.values()) {
        old.offer(false);
        old.restore();
      }
      await bringBack(before, early);
      throw error;
    }
    takeOver(next, early);
    current = next;
    tell(true);
    await within(retireMs, stopStages(stagesOf(before.plan, outgoing), log, 'retire'), () =>
      log.warn({limitMs: retireMs}, 'components that were taken out did not drain in time'),
    );
    for (const old of outgoing.values()) old.release();
    const present = new Set(next.plan.edges.map(edgeKey));
    for (const key of edgeTallies.keys()) if (!present.has(key)) edgeTallies.delete(key);
    for (const key of partTallies.keys()) if (!next.parts.has(key)) partTallies.delete(key);
    const fresh = next.fresh.map((part) => part.node.key);
    return {
      added: fresh.filter((key) => !before.parts.has(key)),
      replaced: fresh.filter((key) => before.parts.has(key)),
      removed: [...outgoing.keys()].filter((key) => !next.parts.has(key)),
    };
  };

  /** Parts that had to stop before their successors could start, made again because these could not. */
  const bringBack = async (before: RunningGraph, early: readonly Part[]): Promise<void> => {
    const again = new Map(before.parts);
    for (const old of early) again.delete(old.node.key);
    const restored = generationOf(before.config, {...before, parts: again});
    current = restored;
    for (const part of restored.fresh) {
      try {
        await part.life.start();
      } catch (error) {
        log.error(
          {err: error, part: part.life.id},
          `${part.life.id} could not be started again: ${errorMessage(error)}`,
        );
      }
    }
    takeOver(restored, early);
  };

  /** Extensions that ask are told what runs. */
  const tell = (isRunning: boolean): void => {
    const {pipelines, extensions} = current.config;
    for (const {extension} of current.parts.values()) {
      extension?.pipelines?.(isRunning ? {pipelines, extensions} : undefined);
    }
  };
  let reloading: Promise<unknown> = Promise.resolve();
  const stop = (limitMs: number): Promise<void> =>
    (stopped ??= within(
      limitMs,
      (async () => {
        // What a reload took out hands on what it holds first, if that does not take all the time that there is.
        await within(
          limitMs / 2,
          reloading.then(
            () => {},
            () => {}, // told to whoever asked for it
          ),
          () => {},
        );
        tell(false);
        await stopStages(stagesOf(current.plan, current.parts), log);
      })(),
      () => log.warn({limitMs}, 'the pipeline did not drain in time; what was not acknowledged is left'),
    ));
  const check = (): Promise<void> => checkParts([...current.parts.values()]);
  return {
    check,
    async start() {
      try {
        await check();
        for (const part of stagesOf(current.plan, current.parts).toReversed().flat()) await startPart(part);
      } catch (error) {
        await stop(5000);
        throw error;
      }
      tell(true);
    },
    reload(wanted) {
      const change = reloading.then(
        () => reload(wanted),
        () => reload(wanted),
      );
      reloading = change;
      return change;
    },
    stop,
    get running() {
      return current;
    },
  };
}

function entryOf<T>(entries: Map<string, T>, key: string, make: () => T): T {
  let known = entries.get(key);
  if (known === undefined) entries.set(key, (known = make()));
  return known;
}

/** From now on data goes through `generation`; the doors of parts that stopped `early` are opened. */
function takeOver({parts, targets}: Generation, early: readonly Part[]): void {
  for (const [key, part] of parts) {
    for (const [name, target] of targets.get(key) ?? []) part.outlets.get(name)?.point(target);
  }
  openDoors(parts, early);
}

/** What waits at the doors of parts that stopped goes to their successors; those without one refuse it. */
function openDoors(parts: ReadonlyMap<string, Part>, stopped: readonly Part[]): void {
  for (const {node, entrance} of stopped) {
    const successor = parts.get(node.key)?.entrance;
    if (successor === undefined) entrance?.release();
    else entrance?.point(successor.consumer);
  }
}

/** Whom a receiver or a connector gives to: all pipelines that name it, by signal, and a connector each of them by its id. */
function sourceTargets(
  config: CollectorConfig,
  node: PlanNode,
  behind: (from: string, pipeline: string) => Consumer,
): Targets {
  const targets = new Map<string, Consumer>();
  const named = config.pipelines.filter((each) => each.receivers.includes(node.id));
  for (const signal of allSignals) {
    const heads = named.filter((each) => each.signal === signal).map((each) => behind(node.key, each.id));
    if (heads.length > 0) targets.set(ofSignal(signal), fanOut(heads));
  }
  if (node.kind === 'connector') {
    for (const pipeline of named) targets.set(ofPipeline(pipeline.id), behind(node.key, pipeline.id));
  }
  return targets;
}

/** Those of `parts` that the plan has, in the order of the data. */
function stagesOf(plan: Plan, parts: ReadonlyMap<string, Part>): Part[][] {
  const of = (nodes: readonly PlanNode[]): Part[] => nodes.flatMap(({key}) => parts.get(key) ?? []);
  return [of(plan.receivers), ...of(plan.inner).map((part) => [part]), of(plan.exporters), of(plan.extensions)];
}

async function stopStages(
  stages: readonly (readonly Part[])[],
  log: Log,
  how: 'stop' | 'retire' = 'stop',
): Promise<void> {
  for (const stage of stages) {
    await Promise.all(
      stage.map(async ({life}) => {
        try {
          await life[how]();
        } catch (error) {
          log.error({err: error, part: life.id}, `${life.id} did not stop cleanly: ${errorMessage(error)}`);
        }
      }),
    );
  }
}

/** Throws ComponentFaults with those of all. */
async function checkParts(parts: readonly Part[]): Promise<void> {
  const faults: Fault[] = [];
  for (const {node, life} of parts) {
    try {
      await life.check();
    } catch (error) {
      faults.push(faultOf(node, error));
    }
  }
  if (faults.length > 0) throw new ComponentFaults(faults);
}

/** Throws ComponentFaults. */
async function startPart({node, life}: Part): Promise<void> {
  try {
    await life.start();
  } catch (error) {
    throw new ComponentFaults([faultOf(node, error)], {cause: error});
  }
}

function isPortTaken(error: unknown): boolean {
  const {code, cause} = error as {readonly code?: unknown; readonly cause?: unknown};
  return code === 'EADDRINUSE' || (cause instanceof Error && isPortTaken(cause));
}

async function within(limitMs: number, work: Promise<void>, onLate: () => void): Promise<void> {
  const limit = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => limit.resolve('late'), limitMs);
  const outcome = await Promise.race([work, limit.promise]);
  clearTimeout(timer);
  if (outcome === 'late') onLate();
}
