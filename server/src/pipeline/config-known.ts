/** The message for a component that Weft does not have. */

import {listed, nearest} from '../config/index.ts';
import type {Kind, Registry} from './component.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * The components of the Collector's distribution `contrib`, and those that it had once, whether Weft has them or not. As its releases
 * spell them or did: names are compared without underscores, since the Collector is renaming its components to have some.
 */
export const collectorComponents: Readonly<Record<Kind, readonly string[]>> = {
  receivers: words(`
    active_directory_ds aerospike apache apachespark awscloudwatch awscontainerinsight awsecscontainermetrics
    awsfirehose awslambda awss3 awsxray azureblob azureeventhub azuremonitor carbon chrony ciscoos cloudflare
    cloudfoundry collectd couchdb datadog docker_stats elasticsearch envoyals expvar faro filelog filestats
    flinkmetrics fluentforward github gitlab googlecloudmonitoring googlecloudpubsub googlecloudspanner haproxy
    hostmetrics httpcheck icmpcheck iis influxdb jaeger journald k8s_cluster k8s_events k8sobjects kafka
    kafkametrics kubeletstats libhoney loki macosunifiedlogging memcached mongodb mongodbatlas mysql namedpipe
    netflow nginx nop nsxt ntp obi opencensus oracledb otelarrow otlp otlpjsonfile podman_stats postgresql pprof
    prometheus prometheus_simple prometheusremotewrite pulsar purefa purefb rabbitmq receiver_creator redis riak
    saphana sapm signalfx skywalking snmp snowflake solace splunk_hec splunkenterprise sqlquery sqlserver sshcheck
    statsd stef syslog systemd tcpcheck tcplog tlscheck udplog vcenter wavefront webhookevent windowseventlog
    windowsperfcounters windowsservice yanggrpc zipkin zookeeper
  `),
  processors: words(`
    attributes batch cardinalityguardian coralogix cumulativetodelta deltatocumulative deltatorate drain
    experimental_metricsgeneration filter genainormalizer geoip groupbyattrs groupbytrace interval isolationforest
    k8sattributes logdedup memory_limiter metricsgeneration metricstarttime metricstransform probabilistic_sampler
    redaction remotetap resource resourcedetection routing schema servicegraph span spanmetrics sumologic
    tail_sampling transform unroll
  `),
  connectors: words(`
    count datadog exceptions failover forward grafanacloud otlpjson roundrobin routing servicegraph
    signaltometrics spanmetrics sum
  `),
  exporters: words(`
    alibabacloudlogservice awscloudwatchlogs awsemf awskinesis awss3 awsxray azureblob azuredataexplorer
    azuremonitor bmchelix carbon cassandra clickhouse coralogix datadog dataset debug doris elasticsearch faro
    file googlecloud googlecloudpubsub googlecloudstorage googlemanagedprometheus honeycombmarker influxdb jaeger
    jaeger_thrift kafka loadbalancing logging logicmonitor logzio loki mezmo nop opencensus opensearch otelarrow
    otlp otlp_grpc otlp_http otlphttp parquet prometheus prometheusremotewrite pulsar rabbitmq sapm sentry
    signalfx skywalking splunk_hec stef sumologic syslog tencentcloudlogservice tinybird zipkin
  `),
  extensions: words(`
    ack asapclient aws_iam_db_auth aws_logs_encoding awscloudwatchmetricstreams_encoding awsproxy azure_auth
    azure_encoding basicauth bearertokenauth cgroupruntime datadog db_storage docker_observer ecs_observer
    file_storage googleclientauth googlecloudlogentry_encoding headers_setter health_check healthcheckv2
    host_observer http_forwarder jaeger_encoding jaegerremotesampling json_log_encoding k8s_leader_elector
    k8s_observer memory_ballast memory_limiter oauth2client oidc opamp otlp_encoding pebble_tail_storage pprof
    redis_storage sigv4auth skywalking_encoding sumologic text_encoding zipkin_encoding zpages
  `),
};

/** Components that the Collector no longer has and Weft does: what to write instead, for a configuration that is to run on both. */
const successors: Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>> = {
  exporters: {
    jaeger: '`otlp_grpc`, which Jaeger takes on port 4317',
    loki: '`otlp_http`, which Loki takes at `/otlp`',
    logging: '`debug`',
  },
};

/** What to write for a component that Weft does not have, where another part of Weft does its work. */
const replacements: Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>> = {
  processors: {
    routing: 'use the connector `routing`',
    servicegraph: 'use the connector `servicegraph`',
    spanmetrics: 'use the connector `spanmetrics`',
  },
  exporters: {
    jaeger_storage_exporter: 'use the exporter `weft`, which stores',
    jaeger_thrift: 'use the exporter `jaeger`',
  },
  extensions: {
    healthcheckv2: 'use the extension `health_check`',
    jaeger_query:
      "leave it out: Jaeger's query API is answered at `weft.http.endpoint`, over gRPC at `weft.grpc.endpoint`",
    jaeger_storage: 'leave it out: the exporter `weft` stores, and `weft:` has its settings',
  },
};

/** A warning about a component that the Collector no longer has; undefined where it has it. */
export function goneUpstream(kind: Kind, type: string): string | undefined {
  const successor = successors[kind]?.[type];
  return (
    successor && `\`${type}\` works here and is gone from the OpenTelemetry Collector; its successor is ${successor}`
  );
}

const squashed = (type: string): string => type.replaceAll('_', '').toLowerCase();

/** The registry's name of a type, which may be written with or without underscores (`span_metrics`). */
export function knownType(types: readonly string[], written: string): string | undefined {
  return types.includes(written) ? written : types.find((type) => squashed(type) === squashed(written));
}

/** The rest of the sentence "unknown processor `x`…". */
export function alternatives(kind: Kind, type: string, registry: Registry): string {
  const here = Object.keys(registry[kind]);
  const available = here.length === 0 ? `there are no ${kind} yet` : `the ${kind} are ${listed(here)}`;
  const replaced = replacements[kind] ?? {};
  const replacement = replaced[knownType(Object.keys(replaced), type) ?? ''];
  if (replacement !== undefined) return `: Weft does not have it; ${replacement}`;
  if (knownType(collectorComponents[kind], type) !== undefined) return `: Weft does not have it; ${available}`;
  const otherKind = (Object.keys(registry) as Kind[]).find(
    (each) => each !== kind && knownType(Object.keys(registry[each]), type) !== undefined,
  );
  if (otherKind !== undefined) return `: it is one of the ${otherKind}; move it to \`${otherKind}:\``;
  const close = nearest(type, [...here, ...collectorComponents[kind]]);
  if (close === undefined) return `; ${available}`;
  // The Collector's name that was meant helps to correct the file, but not to run it here.
  return knownType(here, close) === undefined
    ? `; did you mean \`${close}\`? Weft does not have that either; ${available}`
    : `; did you mean \`${close}\`?`;
}
