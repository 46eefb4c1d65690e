/** The settings of Jaeger's programs and clients, and their names here. */
import type {ConfigNode} from './node.ts';
import {parseYaml} from './yaml.ts';

/** By name: what to write instead in Weft's configuration. */
const variables: Readonly<Record<string, string>> = {
  SPAN_STORAGE_TYPE: 'Weft stores in its data directory (`--data DIR`), or in ClickHouse by `weft: {clickhouse: URL}`',
  METRICS_STORAGE_TYPE: 'Weft counts rates, errors and durations itself; leave it out',
  SAMPLING_CONFIG_TYPE: 'write `extensions: {remote_sampling: {mode: adaptive, http: }}` or `mode: file`',
  SAMPLING_STRATEGIES_FILE: 'write `extensions: {remote_sampling: {file: {path: strategies.json}, http: }}`',
  SAMPLING_STRATEGIES_RELOAD_INTERVAL: 'write `reload_interval` beside `path` in `remote_sampling.file`',
  COLLECTOR_OTLP_ENABLED: 'the receiver `otlp` is on without `--config`; leave it out',
  COLLECTOR_OTLP_GRPC_HOST_PORT: 'write `receivers: {otlp: {protocols: {grpc: {endpoint: HOST:PORT}}}}`',
  COLLECTOR_OTLP_HTTP_HOST_PORT: 'write `receivers: {otlp: {protocols: {http: {endpoint: HOST:PORT}}}}`',
  COLLECTOR_ZIPKIN_HOST_PORT: 'write `receivers: {zipkin: {endpoint: HOST:PORT}}`',
  COLLECTOR_GRPC_SERVER_HOST_PORT: 'write `receivers: {jaeger: {protocols: {grpc: {endpoint: HOST:PORT}}}}`',
  COLLECTOR_HTTP_SERVER_HOST_PORT: 'write `receivers: {jaeger: {protocols: {thrift_http: {endpoint: HOST:PORT}}}}`',
  COLLECTOR_QUEUE_SIZE: 'write `weft: {ingest: {max_in_flight: 256MiB}}`',
  COLLECTOR_NUM_WORKERS: 'leave it out: Weft has no pool of workers',
  QUERY_BASE_PATH: 'the page is served at the root; let a proxy give it a host name of its own',
  QUERY_HTTP_SERVER_HOST_PORT: 'write `weft: {http: {endpoint: HOST:PORT}}`, or `--http HOST:PORT`',
  QUERY_UI_CONFIG: "Jaeger's page is not Weft's; leave it out",
  MEMORY_MAX_TRACES: 'write `weft: {retention: {traces: 7d}}`',
  BADGER_EPHEMERAL: 'Weft always keeps what it acknowledged; leave it out',
  BADGER_DIRECTORY_VALUE: 'write `--data DIR`',
  BADGER_DIRECTORY_KEY: 'write `--data DIR`',
  BADGER_SPAN_STORE_TTL: 'write `weft: {retention: {traces: 7d}}`',
  ES_SERVER_URLS: 'Weft does not store in Elasticsearch; leave it out',
  CASSANDRA_SERVERS: 'Weft does not store in Cassandra; leave it out',
  JAEGER_SAMPLER_TYPE:
    'write `extensions: {remote_sampling: {http: }}`, and let the client have `JAEGER_SAMPLER_TYPE=remote`',
  JAEGER_SAMPLER_PARAM: 'write `extensions: {remote_sampling: {fixed: {probability: 0.1}, http: }}`',
  JAEGER_SAMPLER_MANAGER_HOST_PORT: 'write `extensions: {remote_sampling: {http: {endpoint: "127.0.0.1:5778"}}}`',
  JAEGER_SAMPLING_ENDPOINT: 'write `extensions: {remote_sampling: {http: {endpoint: "127.0.0.1:5778"}}}`',
  JAEGER_AGENT_HOST:
    'an application’s: where it runs beside Weft, leave it out there too: the receiver `jaeger` listens where the agent did',
  JAEGER_ENDPOINT:
    'an application’s: let it be `http://HOST:14268/api/traces` there, which the receiver `jaeger` takes',
};

/** Says what to write instead of a variable of Jaeger's; undefined for every other name. */
export function foreignVariable(name: string): string | undefined {
  if (!Object.hasOwn(variables, name)) return undefined;
  return `\`${name}\` is a variable of Jaeger's and has no effect: ${variables[name]}`;
}

/** The variables of Jaeger's in a text of `NAME=value` lines. */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?:^|\s)(?:export\s+)?([A-Z][A-Z0-9_]+)=/g)]
    .map(([, name]) => name as string)
    .filter((name) => foreignVariable(name) !== undefined);

/** A client's `sampler: {type, param}` as a setting of `remote_sampling`, and in a strategies file. */
export function clientSampler(node: ConfigNode): {readonly settings: string; readonly strategies: string} {
  const child = (key: string): string => {
    const value = node.kind === 'map' ? node.entries.get(key)?.value : undefined;
    return value?.kind === 'scalar' ? value.text : '';
  };
  const number = Number(child('param'));
  const param = child('param') === '' || !(number >= 0) ? 1 : number;
  if (child('type') === 'ratelimiting') {
    return {
      settings: `\`extensions: {remote_sampling: {mode: adaptive, adaptive: {service_samples_per_second: ${param || 1}}, http: }}\``,
      strategies: `{"default_strategy": {"type": "ratelimiting", "param": ${param}}}`,
    };
  }
  if (child('type') === 'remote') {
    return {
      settings: '`extensions: {remote_sampling: {http: }}`',
      strategies: '{"default_strategy": {"type": "probabilistic", "param": 1}}',
    };
  }
  const probability = Math.min(1, param);
  return {
    settings: `\`extensions: {remote_sampling: {fixed: {probability: ${probability}}, http: }}\``,
    strategies: `{"default_strategy": {"type": "probabilistic", "param": ${probability}}}`,
  };
}

/** Says of a file that was given as Jaeger's sampling strategies that it is another known format, and what to write instead. */
export function foreignStrategies(text: string): string | undefined {
  const silent = {fault() {}, warn() {}, listens() {}, refers() {}};
  const node = parseYaml('', text, silent);
  const format = "a strategies file is Jaeger's JSON";
  if (node?.kind === 'map') {
    const sampler = node.entries.get('sampler');
    if (sampler !== undefined) {
      const {strategies} = clientSampler(sampler.value);
      return `\`sampler\` is a setting of a Jaeger client; ${format}: write \`${strategies}\``;
    }
    if (node.entries.has('default_strategy') || node.entries.has('service_strategies')) {
      return `these strategies are YAML; ${format}: write them as \`{"default_strategy": {"type": "probabilistic", "param": 0.5}}\``;
    }
    const section = ['receivers', 'service', 'extensions', 'weft', 'distributor'].find((key) => node.entries.has(key));
    if (section !== undefined)
      return `\`${section}\` is a section of a configuration; ${format}: name such a one here, and give this file as \`--config\``;
  }
  const names = [...variablesIn(text), ...(node?.kind === 'map' ? node.entries.keys() : [])];
  const variable = names.find((name) => foreignVariable(name) !== undefined);
  return variable === undefined ? undefined : `${foreignVariable(variable)}; ${format}`;
}
