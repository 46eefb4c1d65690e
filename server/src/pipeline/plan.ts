/** The graph that a configuration asks for, as plain data: what runs, what it is made of, and who gives to whom. */
import {bug} from '../base/index.ts';
import type {ConfigNode} from '../config/index.ts';
import type {Signal} from '../model/index.ts';
import type {Kind} from './component.ts';
import type {CollectorConfig} from './config-check.ts';
import type {Defined, PipelineConfig} from './config-pipelines.ts';

export type PartKind = 'receiver' | 'processor' | 'connector' | 'exporter' | 'extension';

/** An instance of a component. */
export interface PlanNode {
  /** `receiver/otlp`, `processor/batch@traces`: the same for its successor after a reload. */
  readonly key: string;
  readonly kind: PartKind;
  readonly id: string;
  readonly defined: Defined;
  /** Of a processor: each pipeline has its own instance. */
  readonly pipeline?: PipelineConfig;
  /** Everything that an instance is made of but the consumers behind it. One of the same fingerprint can stay as it is. */
  readonly fingerprint: string;
}

export interface PlanEdge {
  readonly from: string;
  readonly to: string;
  readonly signal: Signal;
  /** The pipeline that it belongs to. */
  readonly pipeline: string;
}

export interface Plan {
  readonly receivers: readonly PlanNode[];
  /** Processors and connectors, in the order of the data. */
  readonly inner: readonly PlanNode[];
  readonly exporters: readonly PlanNode[];
  /** In the order in which they start. */
  readonly extensions: readonly PlanNode[];
  readonly edges: readonly PlanEdge[];
}

export const edgeKey = ({from, to, pipeline}: PlanEdge): string => `${from} ${to} ${pipeline}`;
export const processorKey = (id: string, pipeline: string): string => `processor/${id}@${pipeline}`;

/** A pipeline's `exporters` and `receivers` by the keys of their parts. */
export const endKey = (config: CollectorConfig, id: string): string =>
  config.components.connectors.has(id) ? `connector/${id}` : `exporter/${id}`;
const sourceKey = (config: CollectorConfig, id: string): string =>
  config.components.connectors.has(id) ? `connector/${id}` : `receiver/${id}`;

export function planGraph(config: CollectorConfig): Plan {
  const {components, pipelines} = config;
  const definedOf = (kind: Kind, id: string): Defined => components[kind].get(id) ?? bug(`no ${id} among ${kind}`);
  const node = (
    kind: PartKind,
    id: string,
    key: string,
    more: readonly string[],
    pipeline?: PipelineConfig,
  ): PlanNode => {
    const defined = definedOf(`${kind}s`, id);
    const fingerprint = JSON.stringify([defined.type, ...more, ownText(components.extensions, defined)]);
    return {key, kind, id, defined, fingerprint, ...(pipeline && {pipeline})};
  };
  const idsOf = (role: 'receivers' | 'exporters', isConnector: boolean): string[] => [
    ...new Set(pipelines.flatMap((each) => each[role]).filter((id) => components.connectors.has(id) === isConnector)),
  ];
  const signalsOf = (id: string): string[] => [
    ...new Set(pipelines.filter((each) => each.receivers.includes(id)).map((each) => each.signal)),
  ];

  // From the ends, so that each comes before everything that it gives to.
  const inner: PlanNode[] = [];
  const known = new Set<string>();
  const visitEnd = (id: string): void => {
    if (!components.connectors.has(id) || known.has(id)) return;
    known.add(id);
    const behind = pipelines.filter((each) => each.receivers.includes(id));
    for (const pipeline of behind) visit(pipeline);
    inner.unshift(
      node(
        'connector',
        id,
        `connector/${id}`,
        behind.map((each) => each.id),
      ),
    );
  };
  const visited = new Set<PipelineConfig>();
  const visit = (pipeline: PipelineConfig): void => {
    if (visited.has(pipeline)) return;
    visited.add(pipeline);
    for (const id of pipeline.exporters) visitEnd(id);
    for (const id of pipeline.processors.toReversed()) {
      inner.unshift(node('processor', id, processorKey(id, pipeline.id), [pipeline.signal], pipeline));
    }
  };
  for (const pipeline of pipelines) visit(pipeline);

  return {
    receivers: idsOf('receivers', false).map((id) => node('receiver', id, `receiver/${id}`, signalsOf(id))),
    inner,
    exporters: idsOf('exporters', false).map((id) => node('exporter', id, `exporter/${id}`, [])),
    extensions: config.extensions.map((id) => node('extension', id, `extension/${id}`, [])),
    edges: pipelines.flatMap((pipeline) => edgesOf(config, pipeline)),
  };
}

function edgesOf(config: CollectorConfig, pipeline: PipelineConfig): PlanEdge[] {
  const steps = [
    pipeline.receivers.map((id) => sourceKey(config, id)),
    ...pipeline.processors.map((id) => [processorKey(id, pipeline.id)]),
    pipeline.exporters.map((id) => endKey(config, id)),
  ];
  return steps
    .slice(1)
    .flatMap((to, index) =>
      (steps[index] as string[]).flatMap((from) =>
        to.map((each) => ({from, to: each, signal: pipeline.signal, pipeline: pipeline.id})),
      ),
    );
}

/** A component's configuration, and that of the extensions that it names. */
function ownText(
  extensions: ReadonlyMap<string, Defined>,
  defined: Defined,
  above: readonly Defined[] = [],
): readonly unknown[] {
  const named = defined.extensions.flatMap((id) => {
    const extension = extensions.get(id);
    return extension === undefined || above.includes(extension)
      ? [id]
      : [id, ownText(extensions, extension, [...above, defined])];
  });
  return [plain(defined.node), ...named];
}

/** The values of a tree without their places. */
function plain(node: ConfigNode): unknown {
  if (node.kind === 'map') return [...node.entries].map(([key, {value}]) => [key, plain(value)]);
  if (node.kind === 'list') return {list: node.items.map(plain)};
  return {text: node.text, type: typeof node.value};
}
