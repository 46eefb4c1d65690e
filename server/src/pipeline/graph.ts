/** From a configuration to connected components, and their life. */
import {bug, errorMessage, type Log} from '../base/index.ts';
import type {Consumer, Signal} from '../model/index.ts';
import {allSignals, type Consumers, type Extension, type Running, type Settings} from './component.ts';
import type {CollectorConfig} from './config-check.ts';
import type {PipelineConfig} from './config-pipelines.ts';
import {fanOut} from './fan-out.ts';
import {createIntake} from './intake.ts';
import {countOutgoing, type Supervised, supervise, supervised} from './supervise.ts';

export interface Graph {
  /** Exporters first, receivers last. Where one cannot start, those that did are stopped and its error is thrown. */
  start(): Promise<void>;
  /**
   * Receivers first, each once everything before it has stopped, so that nothing that was taken is lost on the way. After
   * `limitMs` the rest is left as it is. Idempotent; never rejects.
   */
  stop(limitMs: number): Promise<void>;
}

/** `settings` makes the settings of one component. Creating opens nothing. */
export function createGraph(
  {components, factories, pipelines, extensions: wanted}: CollectorConfig,
  settingsOf: (kind: string, id: string) => Omit<Settings, 'extension'>,
  log: Log,
): Graph {
  const running = new Map<string, Extension>();
  const settings = (kind: string, id: string): Settings => ({
    ...settingsOf(kind, id),
    extension: (wantedId) => running.get(wantedId) ?? bug(`${id} asks for an extension ${wantedId} that does not run`),
  });
  const extensions = wanted.map((id) => {
    const defined = components.extensions.get(id) ?? bug(`no extension ${id}`);
    const factory = factories.extensions[defined.type] ?? bug(`no extension ${defined.type}`);
    const extension = factory.create(settings('extension', id), defined.config);
    running.set(id, extension);
    return supervise(`extension ${id}`, extension);
  });
  const exporters = new Map<string, Consumer>();
  const exporterParts: Supervised[] = [];
  for (const id of used(pipelines, 'exporters')) {
    const defined = components.exporters.get(id);
    if (defined === undefined) continue;
    const own = settings('exporter', id);
    const exporter = factories.exporters[defined.type]?.create(own, defined.config) ?? bug(`no exporter ${id}`);
    const {consumer, gate} = supervised(own.meter, 'exporter', id, exporter.consumer, exporter.countsItself);
    exporters.set(id, consumer);
    exporterParts.push(supervise(`exporter ${id}`, exporter, gate));
  }

  /** The later ones of what was built together come first; `lifeOf` stops them one by one in the order of the data. */
  const pipelineParts: Supervised[] = [];
  const heads = new Map<string, Consumer>();
  /** The consumer that leads into a pipeline; built from its end, so connectors build the pipelines behind them first. */
  const headOf = (pipeline: PipelineConfig): Consumer => {
    const known = heads.get(pipeline.id);
    if (known !== undefined) return known;
    let head = fanOut(pipeline.exporters.map(endOf));
    for (const id of pipeline.processors.toReversed()) {
      const defined = components.processors.get(id) ?? bug(`no processor ${id}`);
      const factory = factories.processors[defined.type] ?? bug(`no processor ${defined.type}`);
      const own = settings('processor', id);
      const next = countOutgoing(own.meter, 'processor', id, head);
      const processor = factory.create(own, defined.config, next, pipeline.signal);
      const {consumer, gate} = supervised(own.meter, 'processor', id, processor.consumer);
      pipelineParts.unshift(supervise(`processor ${id} of ${pipeline.id}`, processor, gate));
      head = consumer;
    }
    heads.set(pipeline.id, head);
    return head;
  };
  const connectors = new Map<string, Consumer>();
  const endOf = (id: string): Consumer =>
    components.connectors.has(id)
      ? (connectors.get(id) ?? connect(id))
      : (exporters.get(id) ?? bug(`no exporter ${id}`));
  const connect = (id: string): Consumer => {
    const {type, config} = components.connectors.get(id) ?? bug(`no connector ${id}`);
    const factory = factories.connectors[type] ?? bug(`no connector ${type}`);
    const own = settings('connector', id);
    const counted = (head: Consumer): Consumer => countOutgoing(own.meter, 'connector', id, head);
    const each = new Map(
      pipelines
        .filter((pipeline) => pipeline.receivers.includes(id))
        .map((pipeline) => [pipeline.id, counted(headOf(pipeline))]),
    );
    const connector = factory.create(own, config, into(id, counted), each);
    const {consumer, gate} = supervised(own.meter, 'connector', id, connector.consumer);
    connectors.set(id, consumer);
    pipelineParts.unshift(supervise(`connector ${id}`, connector, gate));
    return consumer;
  };
  /** The consumers that a receiver (or a connector's giving end) gives to: all pipelines that name it, by signal. */
  const into = (id: string, wrap: (head: Consumer) => Consumer = (head) => head): Consumers => {
    const next: Partial<Record<Signal, Consumer>> = {};
    for (const signal of allSignals) {
      const heads = pipelines.filter((each) => each.signal === signal && each.receivers.includes(id)).map(headOf);
      if (heads.length > 0) next[signal] = wrap(fanOut(heads));
    }
    return next;
  };
  const receivers: Supervised[] = [];
  for (const id of used(pipelines, 'receivers')) {
    const defined = components.receivers.get(id);
    if (defined === undefined) continue;
    const factory = factories.receivers[defined.type] ?? bug(`no receiver ${defined.type}`);
    const own = settings('receiver', id);
    const {intake, gate} = createIntake(own.meter, id, into(id));
    receivers.push(supervise(`receiver ${id}`, factory.create(own, defined.config, intake), gate));
  }
  const graph = lifeOf([receivers, ...pipelineParts.map((part) => [part]), exporterParts, extensions], log);
  const tell = (now: Running | undefined): void => {
    for (const extension of running.values()) extension.pipelines?.(now);
  };
  return {
    async start() {
      await graph.start();
      tell({pipelines, extensions: wanted});
    },
    stop(limitMs) {
      tell(undefined);
      return graph.stop(limitMs);
    },
  };
}

function used(pipelines: readonly PipelineConfig[], role: 'receivers' | 'exporters'): Set<string> {
  return new Set(pipelines.flatMap((pipeline) => pipeline[role]));
}

/** `stages` in the order of the data. */
function lifeOf(stages: readonly (readonly Supervised[])[], log: Log): Graph {
  let stopped: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    for (const stage of stages) {
      await Promise.all(
        stage.map(async (part) => {
          try {
            await part.stop();
          } catch (error) {
            log.error({err: error, part: part.id}, `${part.id} did not stop cleanly: ${errorMessage(error)}`);
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
      try {
        for (const part of stages.toReversed().flat()) await part.start();
      } catch (error) {
        await stop(5000);
        throw error;
      }
    },
    stop,
  };
}
