/** The graph that a configuration would run, in words: who gives to whom, who edits, what is copied, where it listens. */
import {tmpdir} from 'node:os';
import {createMeter, silentLog, systemClock} from '../base/index.ts';
import {formatAddress, maskedYaml} from '../config/index.ts';
import {createAdmission} from '../net/index.ts';
import {createSampling} from '../sampling/index.ts';
import {allSignals, type Kind} from './component.ts';
import type {CollectorConfig} from './config-check.ts';
import {createGraph, type RunningGraph} from './graph.ts';
import {reads} from './kit.ts';
import type {PartSettings} from './parts.ts';
import {endKey, type PlanNode, processorKey} from './plan.ts';

/**
 * Creates every component, which opens nothing, and tells what it sees. Throws ComponentFaults where some cannot be created, such as
 * ones whose certificates cannot be read, or would not start because of other files.
 */
export async function explainConfig(config: CollectorConfig): Promise<readonly string[]> {
  const meter = createMeter();
  const sampling = createSampling({clock: systemClock, log: silentLog, meter});
  const settings = (_: string, id: string): PartSettings => ({
    id,
    log: silentLog,
    clock: systemClock,
    meter,
    admission: createAdmission(config.weft.ingest.max_in_flight),
    sink: reads(async () => {}),
    queries: undefined,
    freePorts: false,
    keptPorts: new Set(),
    sampling,
    // Nothing starts, so nothing is written.
    directory: tmpdir,
    announce() {},
  });
  const graph = createGraph(config, settings, silentLog);
  try {
    await graph.check();
    return describe(graph.running);
  } finally {
    await graph.stop(1000);
    sampling.stop();
  }
}

function describe({config, plan, parts, edges}: RunningGraph): string[] {
  const lines: string[] = [];
  for (const {id, signal, receivers, processors, exporters} of config.pipelines) {
    lines.push(`pipeline ${id} (${signal})`);
    for (const name of receivers)
      lines.push(
        `  from ${name}${config.components.connectors.has(name) ? ' (connector)' : addressesOf(config, 'receivers', name)}`,
      );
    for (const [index, name] of processors.entries()) {
      const access = parts.get(processorKey(name, id))?.entrance?.consumer.access;
      lines.push(`  ${index + 1}. ${name}: ${access === 'takes' ? 'takes the batch, to edit or to hold it' : 'reads'}`);
    }
    for (const name of exporters) {
      const isConnector = config.components.connectors.has(name);
      const access = parts.get(endKey(config, name))?.entrance?.consumer.access;
      lines.push(
        `  to ${name}${isConnector ? ' (connector)' : ''}: ${access === 'takes' ? 'takes the batch' : 'reads'}${isConnector ? '' : addressesOf(config, 'exporters', name)}`,
      );
    }
    lines.push('');
  }
  const copies = [...plan.receivers, ...plan.inner].flatMap((node) => copiesBehind(node, {parts, edges}));
  lines.push('copies of batches', ...(copies.length === 0 ? ['  none'] : copies.map((line) => `  ${line}`)), '');
  lines.push('listens on');
  const answers = new Map(plan.receivers.map(({id, key}) => [id, parts.get(key)?.answers]));
  for (const {kind, id, address} of config.listeners) {
    if (kind === 'weft') continue;
    const also = kind === 'receivers' ? answers.get(id) : undefined;
    lines.push(`  ${address} (${id}${also === undefined ? '' : `; ${also}`})`);
  }
  const {host, port} = config.weft.http.endpoint;
  lines.push(`  ${formatAddress(host ?? '', port)} (page and APIs)`);
  const {enabled, endpoint} = config.weft.grpc;
  if (enabled) lines.push(`  ${formatAddress(endpoint.host ?? '', endpoint.port)} (APIs over gRPC)`);
  lines.push('', 'settings that are not at their defaults');
  const nodes = [...plan.extensions, ...plan.receivers, ...plan.inner, ...plan.exporters];
  const seen = new Set<string>();
  for (const {kind, id, defined} of nodes) {
    const yaml = maskedYaml(defined.node);
    if (yaml === '' || seen.has(`${kind} ${id}`)) continue;
    seen.add(`${kind} ${id}`);
    lines.push(`  ${kind} ${id}`, ...yaml.split('\n').map((line) => `    ${line}`));
  }
  if (seen.size === 0) lines.push('  none');
  return lines;
}

/** As `fanOut` copies: those that read share one batch, each that takes has its own, the last one the original. */
function copiesBehind({key, id}: PlanNode, {parts, edges}: Pick<RunningGraph, 'parts' | 'edges'>): string[] {
  return allSignals.flatMap((signal) => {
    const access = edges
      .filter(({edge}) => edge.from === key && edge.signal === signal)
      .map(({edge}) => parts.get(edge.to)?.entrance?.consumer.access);
    const takers = access.filter((each) => each === 'takes').length;
    const count = takers === access.length ? Math.max(0, takers - 1) : takers;
    return count === 0
      ? []
      : [`${count} behind ${id} for ${signal}: ${access.length} get each batch, ${takers} of them their own`];
  });
}

function addressesOf({listeners}: CollectorConfig, kind: Kind, id: string): string {
  const own = listeners.filter((each) => each.kind === kind && each.id === id).map(({address}) => address);
  return own.length === 0 ? '' : `, listens on ${own.join(', ')}`;
}
