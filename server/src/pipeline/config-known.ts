/** The message for a component that Weft does not have. */

import {listed, nearest} from '../config/index.ts';
import type {Kind, Registry} from './component.ts';

/** Components of the Collector (core and contrib) that people use and Weft does not have. A test holds it against the registry. */
export const elsewhere: Readonly<Record<Kind, readonly string[]>> = {
  receivers: [
    'awsxray',
    'carbon',
    'docker_stats',
    'filelog',
    'fluentforward',
    'hostmetrics',
    'influxdb',
    'journald',
    'k8s_cluster',
    'k8s_events',
    'kubeletstats',
    'loki',
    'mysql',
    'nop',
    'opencensus',
    'otlpjsonfile',
    'postgresql',
    'prometheus',
    'prometheusremotewrite',
    'redis',
    'skywalking',
    'splunk_hec',
    'statsd',
    'syslog',
    'tcplog',
    'udplog',
  ],
  processors: [
    'cumulativetodelta',
    'deltatocumulative',
    'deltatorate',
    'groupbytrace',
    'interval',
    'k8sattributes',
    'metricstransform',
    'remotetap',
    'routing',
    'schema',
  ],
  connectors: [
    'count',
    'datadog',
    'exceptions',
    'failover',
    'grafanacloud',
    'otlpjson',
    'roundrobin',
    'routing',
    'signaltometrics',
    'sum',
  ],
  exporters: [
    'awsxray',
    'azuremonitor',
    'clickhouse',
    'datadog',
    'elasticsearch',
    'file',
    'googlecloud',
    'jaeger',
    'jaeger_thrift',
    'loki',
    'opensearch',
    'prometheusremotewrite',
    'pulsar',
    'splunk_hec',
    'zipkin',
  ],
  extensions: ['healthcheckv2', 'k8s_observer', 'memory_ballast', 'oauth2client', 'oidc', 'opamp'],
};

/** The rest of the sentence "unknown processor `x`…". */
export function alternatives(kind: Kind, type: string, registry: Registry): string {
  const here = Object.keys(registry[kind]);
  const available = here.length === 0 ? `there are no ${kind} yet` : `the ${kind} are ${listed(here)}`;
  const otherKind = (Object.keys(registry) as Kind[]).find(
    (each) => each !== kind && Object.hasOwn(registry[each], type),
  );
  if (elsewhere[kind].includes(type)) return `: Weft does not have it yet; ${available}`;
  if (otherKind !== undefined) return `: it is one of the ${otherKind}; move it to \`${otherKind}:\``;
  const close = nearest(type, [...here, ...elsewhere[kind]]);
  return close === undefined ? `; ${available}` : `; did you mean \`${close}\`?`;
}
