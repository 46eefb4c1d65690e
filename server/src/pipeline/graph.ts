/** From a configuration to connected parts, and their life. */
import {bug, errorMessage, type Log} from '../base/index.ts';
import type {Batch, Consumer, Signal} from '../model/index.ts';
import type {Component, Consumers, Exporter, Registry, Settings} from './component.ts';
import type {CollectorConfig} from './config-check.ts';
import type {Defined, PipelineConfig} from './config-pipelines.ts';
import {type Branch, fanOut} from './fan-out.ts';

export interface Graph {
  /** Exporters first, receivers last. Where one cannot start, those that did are stopped and its error is thrown. */
  start(): Promise<void>;
  /**
   * Receivers first, each once everything before it has stopped, so that nothing that was taken is lost on the way. After
   * `limitMs` the rest is left as it is. Idempotent; never rejects.
   */
  stop(limitMs: number): Promise<void>;
}

interface Part {
  readonly id: string;
  readonly component: Component;
}

/** `settings` makes the settings of one part. Creating opens nothing. */
export function createGraph(
  config: CollectorConfig,
  registry: Registry,
  settings: (kind: string, id: string) => Settings,
  log: Log,
): Graph {
  const {components, pipelines} = config;
  const exporters = new Map<string, {readonly exporter: Exporter; readonly mutates: boolean}>();
  const pipelineParts: Part[] = [];
  const receivers: Part[] = [];

  for (const id of used(pipelines, 'exporters')) {
    const defined = components.exporters.get(id);
    if (defined === undefined) continue;
    const factory = registry.exporters[defined.type] ?? bug(`no exporter ${defined.type}`);
    exporters.set(id, {exporter: factory.create(settings('exporter', id), defined.config), mutates: factory.mutates});
  }
  const exporterParts = [...exporters].map(([id, {exporter}]) => ({id: `exporter ${id}`, component: exporter}));

  const heads = new Map<string, Branch>();
  /** The branch that leads into a pipeline; built from its end, so connectors build the pipelines behind them first. */
  const headOf = (pipeline: PipelineConfig): Branch => {
    const known = heads.get(pipeline.id);
    if (known !== undefined) return known;
    const ends = pipeline.exporters.map((id) => endOf(id, pipeline.signal));
    let consume = fanOut(ends);
    let mutates = ends.some((end) => end.mutates);
    for (const id of pipeline.processors.toReversed()) {
      const defined = components.processors.get(id) ?? bug(`no processor ${id}`);
      const factory = registry.processors[defined.type] ?? bug(`no processor ${defined.type}`);
      const next = consume as Consumer<never> as never;
      const processor = factory.create(settings('processor', id), defined.config, next, pipeline.signal);
      consume = processor.consume as Consumer<Batch>;
      mutates ||= factory.mutates;
      pipelineParts.unshift({id: `processor ${id} of ${pipeline.id}`, component: processor});
    }
    const head = {consume, mutates};
    heads.set(pipeline.id, head);
    return head;
  };
  const connectors = new Map<string, {readonly exporter: Exporter; readonly mutates: boolean}>();
  const endOf = (id: string, signal: Signal): Branch => {
    const connector = components.connectors.get(id);
    const end = connector === undefined ? exporters.get(id) : (connectors.get(id) ?? connect(id, connector));
    const consume = end?.exporter.consumers[signal] ?? bug(`${id} takes no ${signal}`);
    return {consume: consume as Consumer<Batch>, mutates: end?.mutates ?? false};
  };
  const connect = (id: string, {type, config: own}: Defined) => {
    const factory = registry.connectors[type] ?? bug(`no connector ${type}`);
    const exporter = factory.create(settings('connector', id), own, into(id));
    const end = {exporter, mutates: factory.mutates};
    connectors.set(id, end);
    pipelineParts.unshift({id: `connector ${id}`, component: exporter});
    return end;
  };
  /** What a receiver (or a connector's giving end) gives to: all pipelines that name it, by signal. */
  const into = (id: string): Consumers => {
    const next: Partial<Record<Signal, Consumer<Batch>>> = {};
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const heads = pipelines.filter((each) => each.signal === signal && each.receivers.includes(id)).map(headOf);
      if (heads.length > 0) next[signal] = fanOut(heads);
    }
    return next as Consumers;
  };
  for (const id of used(pipelines, 'receivers')) {
    const defined = components.receivers.get(id);
    if (defined === undefined) continue;
    const factory = registry.receivers[defined.type] ?? bug(`no receiver ${defined.type}`);
    const component = factory.create(settings('receiver', id), defined.config, into(id));
    receivers.push({id: `receiver ${id}`, component});
  }
  const extensions = config.extensions.map((id) => {
    const defined = components.extensions.get(id) ?? bug(`no extension ${id}`);
    const factory = registry.extensions[defined.type] ?? bug(`no extension ${defined.type}`);
    return {id: `extension ${id}`, component: factory.create(settings('extension', id), defined.config)};
  });

  // Sources first: the order of stopping. Among processors and connectors, `unshift` has put the later ones first only
  // within what was built before; stopping in stages keeps the order of the data.
  return lifeOf([receivers, ...stages(pipelineParts), exporterParts, extensions], log);
}

const stages = (parts: readonly Part[]): Part[][] => parts.map((part) => [part]);

function used(pipelines: readonly PipelineConfig[], role: 'receivers' | 'exporters'): Set<string> {
  return new Set(pipelines.flatMap((pipeline) => pipeline[role]));
}

/** `stages` in the order of the data. */
function lifeOf(stages: readonly (readonly Part[])[], log: Log): Graph {
  let stopped: Promise<void> | undefined;
  const started: Part[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stage of stages) {
      await Promise.all(
        stage.map(async ({id, component}) => {
          try {
            await component.stop?.();
          } catch (error) {
            log.error({err: error, part: id}, `${id} did not stop cleanly: ${errorMessage(error)}`);
          }
        }),
      );
    }
  };
  const stop = (limitMs: number): Promise<void> =>
    (stopped ??= (async () => {
      const limit = Promise.withResolvers<'late'>();
      const timer = setTimeout(() => limit.resolve('late'), limitMs);
      const outcome = await Promise.race([stopAll(), limit.promise]);
      clearTimeout(timer);
      if (outcome === 'late')
        log.warn({limitMs}, 'the pipeline did not drain in time; what was not acknowledged is left');
    })());
  return {
    async start() {
      for (const part of stages.toReversed().flat()) {
        try {
          await part.component.start?.();
          started.push(part);
        } catch (error) {
          await stop(5000);
          throw error;
        }
      }
    },
    stop,
  };
}
