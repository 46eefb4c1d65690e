/** The `service` section: which parts are used, and in which order. */

import {
  type ConfigNode,
  describeNode,
  isNull,
  listed,
  type MapNode,
  type Position,
  type Report,
  suggestion,
} from '../config/index.ts';
import type {Signal} from '../model/index.ts';
import {allSignals, type Factories, type Kind} from './component.ts';

export interface PipelineConfig {
  /** `traces`, `traces/2`. */
  readonly id: string;
  readonly signal: Signal;
  readonly at: Position;
  /** Ids of receivers and connectors. */
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  /** Ids of exporters and connectors. */
  readonly exporters: readonly string[];
}

/** A part that the configuration defines. `config` is undefined where it is faulty. */
export interface Defined {
  readonly type: string;
  readonly at: Position;
  readonly config: unknown;
  /** What is written of it, with references replaced. */
  readonly node: ConfigNode;
  /** Ids of the extensions that it names. */
  readonly extensions: readonly string[];
}
export type Definitions = Readonly<Record<Kind, ReadonlyMap<string, Defined>>>;

type Role = 'receivers' | 'processors' | 'exporters';
const roles: readonly Role[] = ['receivers', 'processors', 'exporters'];
const singular: Readonly<Record<Kind, string>> = {
  receivers: 'receiver',
  processors: 'processor',
  connectors: 'connector',
  exporters: 'exporter',
  extensions: 'extension',
};

export function readPipelines(node: ConfigNode, definitions: Definitions, factories: Factories, report: Report) {
  const pipelines: PipelineConfig[] = [];
  if (node.kind !== 'map' || node.entries.size === 0) {
    report.fault(node.at, 'name at least one pipeline, such as `traces: {receivers: [otlp], exporters: [weft]}`');
    return pipelines;
  }
  for (const [id, {at, value}] of node.entries) {
    const signal = id.split('/', 1)[0] as Signal;
    if (!allSignals.includes(signal) || id.endsWith('/')) {
      const known = `A pipeline is one of ${listed(allSignals)}, with or without \`/name\``;
      const hint = id.startsWith('profiles') ? ': Weft takes no profiles.' : suggestion(signal, allSignals);
      report.fault(at, `unknown pipeline \`${id}\`${hint || '.'} ${known}`);
      continue;
    }
    if (value.kind !== 'map') {
      report.fault(value.at, `pipeline \`${id}\`: expected a map with ${listed(roles)}, found ${describeNode(value)}`);
      continue;
    }
    for (const [key, entry] of value.entries) {
      if (!roles.includes(key as Role)) {
        report.fault(
          entry.at,
          `unknown key \`${key}\` in a pipeline${suggestion(key, roles)}; the keys are ${listed(roles)}`,
        );
      }
    }
    const read = (role: Role) => readReferences(id, signal, at, role, value, definitions, factories, report);
    pipelines.push({
      id,
      signal,
      at,
      receivers: read('receivers'),
      processors: read('processors'),
      exporters: read('exporters'),
    });
  }
  return pipelines;
}

function readReferences(
  pipeline: string,
  signal: Signal,
  at: Position,
  role: Role,
  node: MapNode,
  definitions: Definitions,
  factories: Factories,
  report: Report,
): string[] {
  const list = node.entries.get(role)?.value;
  const absent = list === undefined || isNull(list);
  if (list !== undefined && !absent && list.kind !== 'list') {
    report.fault(
      list.at,
      `\`${role}\` of pipeline \`${pipeline}\`: expected a list, as in [a, b]; found ${describeNode(list)}`,
    );
    return [];
  }
  const items = list?.kind === 'list' ? list.items : [];
  if (items.length === 0 && role !== 'processors') {
    report.fault(absent ? at : (list?.at ?? at), `pipeline \`${pipeline}\` needs at least one ${singular[role]}`);
  }
  const ids: string[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar') {
      report.fault(item.at, `expected the id of a ${singular[role]}, found ${describeNode(item)}`);
      continue;
    }
    const id = item.text.trim();
    if (ids.includes(id)) {
      if (role === 'processors') report.fault(item.at, `pipeline \`${pipeline}\` names processor \`${id}\` twice`);
      continue;
    }
    ids.push(id);
    checkReference(pipeline, signal, role, id, item.at, definitions, factories, report);
  }
  return ids;
}

function checkReference(
  pipeline: string,
  signal: Signal,
  role: Role,
  id: string,
  at: Position,
  definitions: Definitions,
  factories: Factories,
  report: Report,
): void {
  const connector = role === 'processors' ? undefined : definitions.connectors.get(id);
  const defined = definitions[role].get(id) ?? connector;
  if (defined === undefined) {
    const known = [...definitions[role].keys(), ...(role === 'processors' ? [] : definitions.connectors.keys())];
    const close = suggestion(id, known);
    const fix = close === '' ? `; define it under \`${role}:\`` : close;
    report.fault(at, `pipeline \`${pipeline}\` names ${singular[role]} \`${id}\`, which is not defined${fix}`);
    return;
  }
  // A connector's signals are judged over all pipelines, in `checkConnectors`.
  if (defined === connector) return;
  const factory = Object.hasOwn(factories[role], defined.type) ? factories[role][defined.type] : undefined;
  if (factory !== undefined && !factory.signals.includes(signal)) {
    const takes = listed(factory.signals);
    report.fault(at, `${singular[role]} \`${id}\` cannot be part of a ${signal} pipeline; it works on ${takes}`);
  }
}

/** A connector ends some pipelines and begins others; each signal that it takes must become one that it is asked for. */
export function checkConnectors(
  pipelines: readonly PipelineConfig[],
  definitions: Definitions,
  factories: Factories,
  report: Report,
): void {
  for (const [id, {type, at}] of definitions.connectors) {
    const from = pipelines.filter((each) => each.exporters.includes(id));
    const to = pipelines.filter((each) => each.receivers.includes(id));
    if (from.length === 0 && to.length === 0) continue;
    if (to.length === 0) report.fault(at, `connector \`${id}\` is no pipeline's receiver: what it makes goes nowhere`);
    if (from.length === 0) report.fault(at, `connector \`${id}\` is no pipeline's exporter: nothing reaches it`);
    const conversions = Object.hasOwn(factories.connectors, type) ? factories.connectors[type]?.conversions : undefined;
    if (conversions === undefined) continue;
    const makes = (source: PipelineConfig, target: PipelineConfig): boolean =>
      conversions[source.signal]?.includes(target.signal) === true;
    const names = (list: readonly PipelineConfig[]): string => list.map((each) => `\`${each.id}\``).join(', ');
    const useless = from.filter((source) => to.length > 0 && !to.some((target) => makes(source, target)));
    for (const source of useless) {
      report.fault(
        source.at,
        `connector \`${id}\` can make nothing of ${source.signal} (pipeline \`${source.id}\`) for ${names(to)}`,
      );
    }
    for (const target of to) {
      if (useless.length === from.length || from.some((source) => makes(source, target))) continue;
      report.fault(
        target.at,
        `connector \`${id}\` cannot make ${target.signal} (pipeline \`${target.id}\`) of what ${names(from)} gives it`,
      );
    }
  }
  checkCycles(pipelines, definitions, report);
}

function checkCycles(pipelines: readonly PipelineConfig[], definitions: Definitions, report: Report): void {
  const done = new Set<PipelineConfig>();
  const visit = (pipeline: PipelineConfig, path: readonly PipelineConfig[]): void => {
    const start = path.indexOf(pipeline);
    if (start >= 0) {
      const names = [...path.slice(start), pipeline].map((each) => each.id).join(' → ');
      report.fault(pipeline.at, `connectors make a circle of pipelines: ${names}`);
      return;
    }
    if (done.has(pipeline)) return;
    for (const id of pipeline.exporters) {
      if (!definitions.connectors.has(id)) continue;
      for (const next of pipelines) if (next.receivers.includes(id)) visit(next, [...path, pipeline]);
    }
    done.add(pipeline);
  };
  for (const pipeline of pipelines) visit(pipeline, []);
}

/** Warns of what is defined and never used. */
export function warnUnused(
  pipelines: readonly PipelineConfig[],
  used: readonly string[],
  definitions: Definitions,
  report: Report,
): void {
  const inPipelines = (kind: Kind, id: string): boolean =>
    kind === 'extensions'
      ? used.includes(id)
      : kind === 'connectors'
        ? pipelines.some((each) => each.receivers.includes(id) || each.exporters.includes(id))
        : pipelines.some((each) => each[kind].includes(id));
  for (const kind of Object.keys(singular) as Kind[]) {
    for (const [id, {at}] of definitions[kind]) {
      if (inPipelines(kind, id)) continue;
      const where = kind === 'extensions' ? '`service.extensions`' : 'any pipeline';
      report.warn(at, `${singular[kind]} \`${id}\` is defined and not used in ${where}`);
    }
  }
}
