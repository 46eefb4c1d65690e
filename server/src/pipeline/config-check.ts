/** From a merged and expanded tree to a typed configuration, with every fault in it. */

import {
  type ConfigNode,
  describeNode,
  emptyMap,
  formatAddress,
  isNull,
  isWildcard,
  listed,
  type MapNode,
  type Position,
  type Report,
  readTelemetry,
  suggestion,
  type TelemetryConfig,
  type WeftConfig,
  weftSection,
} from '../config/index.ts';
import {type Factories, type Kind, kinds, loadFactories, type Registry} from './component.ts';
import {reportForeign} from './config-foreign.ts';
import {alternatives, goneUpstream, knownType} from './config-known.ts';
import {
  checkConnectors,
  type Defined,
  type Definitions,
  type PipelineConfig,
  readPipelines,
  warnUnused,
} from './config-pipelines.ts';

/** A configuration that can be run. */
export interface CollectorConfig {
  /** The loaded factories of all components that it names. */
  readonly factories: Factories;
  readonly components: Definitions;
  readonly pipelines: readonly PipelineConfig[];
  /** Ids, in the order in which they start. */
  readonly extensions: readonly string[];
  /** The addresses that the running components are told to listen on, and `weft`, the page's. */
  readonly listeners: readonly {readonly kind: Kind | 'weft'; readonly id: string; readonly address: string}[];
  readonly telemetry: TelemetryConfig;
  readonly weft: WeftConfig;
}

const sections: readonly string[] = [...kinds, 'service', 'weft'];

/** `config` is of use only where nothing was reported as a fault. */
export async function checkConfig(root: ConfigNode, registry: Registry, report: Report): Promise<CollectorConfig> {
  const listeners: Listener[] = [];
  const references: Reference[] = [];
  // Further faults would only repeat that it is another program's.
  if (reportForeign(root, report)) report = {...report, fault() {}, warn() {}};
  if (root.kind !== 'map')
    report.fault(root.at, `expected a map with ${listed(sections)}, found ${describeNode(root)}`);
  const map = root.kind === 'map' ? root : emptyMap(root.at);
  for (const [key, {at}] of map.entries) {
    if (!sections.includes(key)) {
      report.fault(at, `unknown section \`${key}\`${suggestion(key, sections)}; the sections are ${listed(sections)}`);
    }
  }
  const factories = await loadFactories(registry, namedIn(map, registry));
  const read = (kind: Kind) => readComponents(kind, map, factories, registry, {listeners, references}, report);
  const components: Definitions = {
    receivers: read('receivers'),
    processors: read('processors'),
    connectors: read('connectors'),
    exporters: read('exporters'),
    extensions: read('extensions'),
  };
  checkAmbiguous(components, report);
  const service = section(map, 'service', ['pipelines', 'extensions', 'telemetry'], report);
  const pipelinesAt = service.entries.get('pipelines');
  const pipelines = readPipelines(pipelinesAt?.value ?? emptyMap(service.at), components, factories, report);
  checkConnectors(pipelines, components, factories, report);
  const extensions = readExtensions(service, components, factories, report);
  checkReferences(references, extensions, components, pipelines, report);
  warnUnused(pipelines, extensions, components, report);
  const weftNode = map.entries.get('weft')?.value ?? emptyMap(map.at);
  const weft = weftSection.read(weftNode, {
    ...report,
    listens: (at, host, port) => listeners.push({at, host, port, kind: 'weft', id: 'weft'}),
  });
  const runs = ({kind, id}: Listener): boolean => {
    if (kind === 'weft') return true;
    if (kind === 'extensions') return extensions.includes(id);
    return pipelines.some((each) => (kind === 'connectors' ? each.receivers : each[kind]).includes(id));
  };
  const opened = listeners.filter(runs);
  checkListeners(opened, report);
  return {
    factories,
    components,
    pipelines,
    extensions,
    listeners: opened.map(({kind, id, host, port}) => ({kind, id, address: formatAddress(host ?? '', port)})),
    telemetry: readTelemetry(service, report),
    weft,
  };
}

/**
 * In words, where nothing ends in Weft's own store: meant so in a gateway, and a surprise with a Collector's configuration as
 * it was.
 */
export function storesNothing({pipelines, components}: CollectorConfig): string | undefined {
  const isStore = (id: string): boolean => components.exporters.get(id)?.type === 'weft';
  if (pipelines.some(({exporters}) => exporters.some(isStore))) return undefined;
  return 'no pipeline ends in the exporter `weft`: data is passed on, and nothing is stored or found on the page';
}

/** Whether a section of the configuration has a component of the type. */
function namedIn(root: MapNode, registry: Registry): (kind: Kind, type: string) => boolean {
  const types = (kind: Kind): Set<string> => {
    const node = root.entries.get(kind)?.value;
    const written = node?.kind === 'map' ? [...node.entries.keys()].map((id) => id.split('/', 1)[0]!.trim()) : [];
    return new Set(written.map((type) => knownType(Object.keys(registry[kind]), type) ?? type));
  };
  const named = new Map(kinds.map((kind) => [kind, types(kind)]));
  return (kind, type) => named.get(kind)?.has(type) === true;
}

/** One of the top's maps; an absent one is empty. */
function section(root: MapNode, name: string, keys: readonly string[] | undefined, report: Report): MapNode {
  const node = root.entries.get(name)?.value;
  if (node === undefined || isNull(node)) return emptyMap(node?.at ?? root.at);
  if (node.kind !== 'map') {
    report.fault(node.at, `\`${name}\`: expected a map, found ${describeNode(node)}`);
    return emptyMap(node.at);
  }
  for (const [key, {at}] of node.entries) {
    if (keys === undefined || keys.includes(key)) continue;
    report.fault(at, `unknown key \`${key}\` in \`${name}\`${suggestion(key, keys)}; the keys are ${listed(keys)}`);
  }
  return node;
}

function readComponents(
  kind: Kind,
  root: MapNode,
  factories: Factories,
  registry: Registry,
  {listeners, references}: {readonly listeners: Listener[]; readonly references: Reference[]},
  report: Report,
): ReadonlyMap<string, Defined> {
  const defined = new Map<string, Defined>();
  for (const [written, {at, value}] of section(root, kind, undefined, report).entries) {
    const id = parseId(written, at, report);
    if (id === undefined) continue;
    const type = knownType(Object.keys(registry[kind]), id.type) ?? id.type;
    const factory = Object.hasOwn(factories[kind], type) ? factories[kind][type] : undefined;
    let config: unknown;
    const node = isNull(value) ? emptyMap(at) : value;
    const extensions: string[] = [];
    if (factory === undefined)
      report.fault(at, `unknown ${kind.slice(0, -1)} \`${id.type}\`${alternatives(kind, id.type, registry)}`);
    else {
      const listens = (where: Position, host: string | undefined, port: number): void => {
        listeners.push({at: where, host, port, kind, id: id.text});
      };
      const refers = (where: Position, to: Reference['to'], target: string): void => {
        references.push({at: where, by: id.text, to, id: target});
        if (to === 'extension') extensions.push(target);
      };
      const gone = goneUpstream(kind, type);
      if (gone !== undefined) report.warn(at, gone);
      config = factory.config.read(node, {...report, listens, refers});
    }
    defined.set(id.text, {type, at, config, node, extensions});
  }
  return defined;
}

/** `type` or `type/name`. */
function parseId(text: string, at: Position, report: Report): {type: string; text: string} | undefined {
  const [type, name] = text.split('/', 2).map((part) => part.trim()) as [string, string?];
  const good =
    /^[a-zA-Z][0-9a-zA-Z_]{0,62}$/.test(type) && (name === undefined || /^[^\p{Z}\p{C}\p{S}]{1,1024}$/u.test(name));
  if (!good) report.fault(at, `\`${text}\` is not an id; write \`type\` or \`type/name\``);
  return good ? {type, text: name === undefined ? type : `${type}/${name}`} : undefined;
}

function checkAmbiguous(components: Definitions, report: Report): void {
  for (const [id, {at}] of components.connectors) {
    for (const kind of ['receivers', 'exporters'] as const) {
      if (components[kind].has(id)) {
        report.fault(
          at,
          `\`${id}\` is defined as a connector and as one of \`${kind}\`; name one of them \`${id}/connector\``,
        );
      }
    }
  }
}

function readExtensions(service: MapNode, components: Definitions, factories: Factories, report: Report): string[] {
  const node = service.entries.get('extensions')?.value;
  if (node === undefined || isNull(node)) return [];
  if (node.kind !== 'list') {
    report.fault(node.at, `\`extensions\`: expected a list, as in [a, b]; found ${describeNode(node)}`);
    return [];
  }
  const ids: string[] = [];
  const soleOf = (id: string): string | undefined => {
    const type = components.extensions.get(id)?.type;
    return type === undefined ? undefined : factories.extensions[type]?.sole;
  };
  for (const item of node.items) {
    const id = item.kind === 'scalar' ? item.text : '';
    if (components.extensions.has(id)) {
      const sole = soleOf(id);
      const other = sole === undefined ? undefined : ids.find((each) => each !== id && soleOf(each) === sole);
      if (other !== undefined) report.fault(item.at, `\`${other}\` ${sole} already; name only one of it and \`${id}\``);
      ids.push(id);
    } else {
      const close = suggestion(id, components.extensions.keys());
      report.fault(
        item.at,
        `extension \`${id}\` is not defined${close === '' ? '; define it under `extensions:`' : close}`,
      );
    }
  }
  return ids;
}

interface Listener {
  readonly at: Position;
  readonly host: string | undefined;
  readonly port: number;
  readonly kind: Kind | 'weft';
  readonly id: string;
}

function checkListeners(listeners: readonly Listener[], report: Report): void {
  for (const [index, later] of listeners.entries()) {
    const earlier = listeners.slice(0, index).find((each) => collide(each, later));
    if (earlier === undefined) continue;
    const {source, line, column} = earlier.at;
    const where = line === 0 ? source : `${source}:${line}:${column}`;
    const address = formatAddress(later.host ?? '', later.port);
    report.fault(
      later.at,
      `${address} is listened on twice: by \`${earlier.id}\` at ${where} and by \`${later.id}\`; change one port`,
    );
  }
}

const collide = (a: Listener, b: Listener): boolean =>
  a.port !== 0 && a.port === b.port && (a.host === b.host || isWildcard(a.host) || isWildcard(b.host));

/** An extension or pipeline that the configuration of component `by` names. */
interface Reference {
  readonly at: Position;
  readonly by: string;
  readonly to: 'extension' | 'pipeline';
  readonly id: string;
}

function checkReferences(
  references: readonly Reference[],
  running: readonly string[],
  components: Definitions,
  pipelines: readonly PipelineConfig[],
  report: Report,
): void {
  for (const {at, by, to, id} of references) {
    if (to === 'extension') {
      if (running.includes(id)) continue;
      const close = suggestion(id, components.extensions.keys());
      const missing = close === '' ? '; define it under `extensions:` and name it in `service.extensions`' : close;
      const idle = '; name it in `service.extensions` so that it runs';
      report.fault(
        at,
        `\`${by}\` needs extension \`${id}\`, which does not run${components.extensions.has(id) ? idle : missing}`,
      );
      continue;
    }
    const pipeline = pipelines.find((each) => each.id === id);
    if (pipeline === undefined) {
      const known = pipelines.map((each) => each.id);
      report.fault(
        at,
        `there is no pipeline \`${id}\`${suggestion(id, known) || `; the pipelines are ${listed(known)}`}`,
      );
    } else if (!pipeline.receivers.includes(by)) {
      report.fault(at, `pipeline \`${id}\` does not have \`${by}\` among its receivers; add it there`);
    }
  }
}
