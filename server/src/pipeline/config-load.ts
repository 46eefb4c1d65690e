/** `--config` and `--set` to a configuration: read, merge, expand, check. */
import {readFileSync} from 'node:fs';
import {errorMessage} from '../base/index.ts';
import {
  type ConfigNode,
  type Entry,
  emptyMap,
  expandNodes,
  type Fault,
  mergeNodes,
  type Position,
  parseYaml,
  type Report,
  type Surroundings,
} from '../config/index.ts';
import type {Registry} from './component.ts';
import {type CollectorConfig, checkConfig} from './config-check.ts';
import {defaultConfig} from './config-default.ts';
import {warnForeignVariables} from './config-foreign.ts';

export interface ConfigRequest {
  /** Values of `--config`, in order: a path, `file:PATH`, `yaml:TEXT` or `env:NAME`. None: the built-in configuration. */
  readonly configs?: readonly string[];
  /** Values of `--set`, in order: `receivers.otlp.protocols.grpc.endpoint=127.0.0.1:4400`. */
  readonly sets?: readonly string[];
  readonly env: Surroundings['env'];
  readonly readFile?: Surroundings['readFile'];
  readonly registry: Registry;
}

export type LoadedConfig =
  | {readonly kind: 'ok'; readonly config: CollectorConfig; readonly warnings: readonly Fault[]}
  /** Every fault that there is, in the order of sources and lines. */
  | {readonly kind: 'faulty'; readonly faults: readonly Fault[]; readonly warnings: readonly Fault[]};

export async function loadConfig(request: ConfigRequest): Promise<LoadedConfig> {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const report: Report = {
    fault: (at, message) => void faults.push({at, message}),
    warn: (at, message) => void warnings.push({at, message}),
    listens() {},
    refers() {},
  };
  const surroundings: Surroundings = {
    env: request.env,
    readFile: request.readFile ?? ((path) => readFileSync(path, 'utf8')),
  };
  warnForeignVariables(request.env, report);
  let root: ConfigNode = emptyMap({source: 'configuration', line: 0, column: 0});
  for (const location of request.configs ?? []) {
    const node = readSource(location, surroundings, report);
    if (node !== undefined) root = mergeNodes(root, node);
  }
  for (const set of request.sets ?? []) {
    const node = readSet(set, report);
    if (node !== undefined) root = mergeNodes(root, node);
  }
  if (needsPipelines(root, request)) root = mergeNodes(builtIn(report), root);
  const config = await checkConfig(expandNodes(root, surroundings, report), request.registry, report);
  if (faults.length === 0) return {kind: 'ok', config, warnings: sorted(warnings)};
  return {kind: 'faulty', faults: sorted(faults), warnings: sorted(warnings)};
}

/** Without `--config`, or with files that only have a `weft:` section, the built-in pipelines run. */
function needsPipelines(root: ConfigNode, request: ConfigRequest): boolean {
  if ((request.configs ?? []).length === 0) return true;
  return root.kind === 'map' && [...root.entries.keys()].every((key) => key === 'weft');
}

const builtIn = (report: Report): ConfigNode =>
  parseYaml('built-in configuration', defaultConfig, report) ?? emptyMap({source: '', line: 0, column: 0});

function readSource(location: string, from: Surroundings, report: Report): ConfigNode | undefined {
  // One letter before the colon is a drive.
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(location)?.[1] ?? 'file';
  const rest = location.startsWith(`${scheme}:`) ? location.slice(scheme.length + 1) : location;
  const nowhere = (source: string): Position => ({source, line: 0, column: 0});
  switch (scheme) {
    case 'yaml':
      return parseYaml(`--config ${shorten(location)}`, rest, report, nowhere(`--config ${shorten(location)}`));
    case 'env': {
      const value = from.env[rest];
      if (value === undefined) report.fault(nowhere(location), `environment variable \`${rest}\` is not set`);
      return value === undefined ? undefined : parseYaml(location, value, report);
    }
    case 'file':
      try {
        return parseYaml(rest, from.readFile(rest), report);
      } catch (error) {
        report.fault(nowhere(rest), `cannot read it: ${errorMessage(error)}`);
        return undefined;
      }
    default:
      report.fault(nowhere(location), `unknown scheme \`${scheme}\`; use a path, file:PATH, yaml:TEXT or env:NAME`);
      return undefined;
  }
}

function readSet(set: string, report: Report): ConfigNode | undefined {
  const at: Position = {source: `--set ${shorten(set)}`, line: 0, column: 0};
  const split = set.indexOf('=');
  const path = set.slice(0, Math.max(split, 0)).trim().split('.');
  if (split < 0 || path.some((key) => key === '')) {
    report.fault(at, 'expected path.to.key=value');
    return undefined;
  }
  const value = parseYaml(at.source, set.slice(split + 1).trim(), report, at);
  const empty = set.slice(split + 1).trim() === '';
  let node: ConfigNode | undefined = empty ? {kind: 'scalar', at, value: undefined, text: ''} : value;
  for (const key of path.toReversed()) {
    if (node === undefined) return undefined;
    node = {kind: 'map', at, entries: new Map<string, Entry>([[key, {at, value: node}]])};
  }
  return node;
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text);

/** In the order in which a person goes through the files; the order of sources stays. */
function sorted(faults: readonly Fault[]): Fault[] {
  const sources = [...new Set(faults.map((each) => each.at.source))];
  return faults.toSorted(
    (a, b) =>
      sources.indexOf(a.at.source) - sources.indexOf(b.at.source) || a.at.line - b.at.line || a.at.column - b.at.column,
  );
}
