/** Configurations of other programs: recognised by what they are called there, with what to write instead. */
import type {ConfigNode, MapNode, Report} from '../config/index.ts';
import {clientSampler, foreignVariable, listed, variablesIn} from '../config/index.ts';

interface Program {
  readonly name: string;
  /** Sections of which each is enough to recognise it: Weft has none of them. */
  readonly marks: readonly string[];
  readonly instead: string;
}

const instead = 'Weft is configured as the OpenTelemetry Collector is';
const none = 'without `--config` Weft receives OTLP and stores it';

const programs: readonly Program[] = [
  {
    name: 'Loki',
    marks: ['schema_config', 'limits_config', 'chunk_store_config', 'table_manager'],
    instead: `${instead}: write \`weft: {retention: {logs: 14d}}\` for \`retention_period\`, and leave the rest out; ${none}`,
  },
  {
    name: 'Mimir',
    marks: ['blocks_storage', 'alertmanager_storage', 'ruler_storage'],
    instead: `${instead}: write \`weft: {retention: {metrics: 30d}}\` for \`compactor_blocks_retention_period\`, and leave the rest out; ${none}`,
  },
  {
    name: 'Tempo',
    marks: ['distributor', 'ingester', 'compactor', 'querier', 'query_frontend', 'metrics_generator', 'live_store'],
    instead: `${instead}: move what stands under \`distributor.receivers\` to \`receivers:\`, write \`weft: {retention: {traces: 14d}}\` for \`block_retention\` and \`weft: {http: {endpoint: "0.0.0.0:16686"}}\` for \`http_listen_port\`, and leave the rest out; ${none}`,
  },
  {
    name: 'Prometheus',
    marks: ['scrape_configs', 'scrape_config_files', 'rule_files'],
    instead: `${instead}, and does not scrape: let a Collector's \`prometheus\` receiver scrape and send OTLP here`,
  },
  {
    name: 'Jaeger’s sampling strategies',
    marks: ['default_strategy', 'service_strategies'],
    instead:
      'name this file as `extensions: {remote_sampling: {file: {path: strategies.json}, http: }}` and run it with `service: {extensions: [remote_sampling]}`',
  },
];

/** Reports what the tree is where it is another program's configuration; false where it is none that is known. */
export function reportForeign(root: ConfigNode, report: Report): boolean {
  if (root.kind === 'list') return false;
  if (root.kind === 'scalar') {
    const variables = variablesIn(root.text);
    for (const name of variables) report.fault(root.at, foreignVariable(name) as string);
    return variables.length > 0;
  }
  const program = programs.find(({marks}) => marks.some((mark) => root.entries.has(mark)));
  if (program !== undefined) {
    const found = program.marks.filter((mark) => root.entries.has(mark));
    const at = root.entries.get(found[0] as string)?.at ?? root.at;
    const is = program.name.includes(' ') ? `these are ${program.name}` : `this is ${program.name}'s configuration`;
    report.fault(at, `${is} (${listed(found)}): ${program.instead}`);
    return true;
  }
  return reportClient(root, report);
}

function reportClient(root: MapNode, report: Report): boolean {
  const sampler = root.entries.get('sampler');
  if (sampler !== undefined) {
    const {settings} = clientSampler(sampler.value);
    report.fault(
      sampler.at,
      `\`sampler\` is a setting of a Jaeger client: write ${settings}, and \`service: {extensions: [remote_sampling]}\`; clients ask for it with \`type: remote\``,
    );
    return true;
  }
  const variables = [...root.entries].filter(([key]) => foreignVariable(key) !== undefined);
  for (const [key, {at}] of variables) report.fault(at, foreignVariable(key) as string);
  return variables.length > 0;
}

/** Warns of Jaeger's variables in the environment: Weft does not read them, and who sets them expects something. */
export function warnForeignVariables(env: Readonly<Record<string, string | undefined>>, report: Report): void {
  for (const name of Object.keys(env)) {
    const said = foreignVariable(name);
    if (said !== undefined) report.warn({source: 'environment', line: 0, column: 0}, said);
  }
}
