/**
 * Sends what belongs together to one of several collectors: spans of a trace, or of a service (the Collector's loadbalancing).
 * The ring and the keys are the Collector's, so that fleets of both agree on where a trace goes.
 */
import {
  always,
  duration,
  ignored,
  list,
  object,
  oneOf,
  optional,
  parseAddress,
  required,
  scalar,
  text,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {
  allSignals,
  createForwarder,
  type ExporterFactory,
  reads,
  retryOnFailure,
  sendingQueue,
  tlsClientOptions,
} from '../pipeline/index.ts';
import {encodeProto} from '../wire/index.ts';
import {otlpGrpcFields} from './exporter-otlp-grpc.ts';
import {createMembers} from './loadbalancing-members.ts';

const member = scalar('host or host:port', (_, written) =>
  parseAddress(written.includes(':') ? written : `${written}:1`)?.host === undefined
    ? 'expected a host, or host:port, such as collector-1:4317'
    : {value: written},
);
const port = scalar('port', (value, written) => {
  const number = typeof value === 'number' ? value : /^\d+$/.test(written) ? Number(written) : Number.NaN;
  return Number.isInteger(number) && number > 0 && number < 65_536 ? {value: number} : 'expected a port';
});

const resolver = object(
  {
    static: optional(
      object(
        {hostnames: required(list(member), 'The members, as `host` or `host:port`.')},
        ({hostnames}, node, report) => {
          if (hostnames.length === 0) report.fault(node.at, '`hostnames` names none');
        },
      ),
      'A list of members.',
    ),
    dns: optional(
      object({
        hostname: required(text, 'The name whose addresses are the members.'),
        port: optional(port, 'Their port; 4317 where it is not set.'),
        interval: withDefault(duration(1), 5000, '5s', 'How often the name is looked up.'),
        timeout: withDefault(duration(1), 1000, '1s', 'How long that may take.'),
      }),
      'The members are the addresses of a name, such as a headless service of Kubernetes.',
    ),
    k8s: unsupported('members are found by `dns` (a headless service of Kubernetes has one address each) or `static`'),
    aws_cloud_map: unsupported('members are found by `dns` or `static`'),
  },
  (values, node, report) => {
    if ((values.static === undefined) === (values.dns === undefined))
      report.fault(node.at, 'set one of `static` and `dns`');
  },
);

const config = object(
  {
    protocol: always(
      object({
        otlp: always(
          object({...otlpGrpcFields, endpoint: ignored('the resolver says where to send')}),
          'How to send to each member: the settings of `otlp` but `endpoint`.',
        ),
      }),
      'How to send to each member.',
    ),
    resolver: required(resolver, 'Who the members are.'),
    routing_key: optional(
      oneOf('traceID', 'service', 'resource', 'metric', 'streamID', 'attributes'),
      'What stays together; `traceID` for traces and `service` for logs and metrics where it is not set.',
    ),
    routing_attributes: withDefault(
      list(text),
      [],
      '[]',
      'The attributes whose values stay together, of resource, scope or item; also `span.name`, `span.kind`, `log.severity`, `log.body`.',
    ),
    timeout: ignored('the timeout of `protocol.otlp` bounds each attempt'),
    retry_on_failure: optional(retryOnFailure, 'Routing again what no member took. Off where it is not set.'),
    sending_queue: optional(sendingQueue, 'A queue before the routing. Off where it is not set.'),
  },
  ({routing_key, routing_attributes}, node, report) => {
    if (routing_key === 'attributes' && routing_attributes.length === 0) {
      report.fault(node.at, '`routing_attributes` is required with `routing_key: attributes`');
    }
    if (routing_key !== 'attributes' && routing_attributes.length > 0) {
      report.fault(node.at, '`routing_attributes` goes with `routing_key: attributes` only');
    }
  },
);
export type LoadBalancingConfig = ReturnType<typeof config.read>;

export const loadBalancingExporter: ExporterFactory<LoadBalancingConfig> = {
  help: 'Sends what belongs together (the spans of a trace, of a service) to the same one of several collectors, over OTLP/gRPC.',
  signals: allSignals,
  config,
  create(settings, options) {
    const members = createMembers(settings, options);
    const {sending_queue, retry_on_failure, protocol} = options;
    // Members come later; what they all read is there now, or nobody can be sent to.
    const check = async (): Promise<void> => {
      if (!protocol.otlp.tls.insecure) tlsClientOptions(protocol.otlp.tls);
    };
    if (sending_queue === undefined && retry_on_failure === undefined) {
      return {consumer: reads(members.route), countsItself: true, check, start: members.start, stop: members.stop};
    }
    // What waits before the routing is routed by the ring of the moment at which it is sent.
    return createForwarder(settings, {
      sending_queue: sending_queue ?? {...protocol.otlp.sending_queue, enabled: false},
      retry_on_failure: retry_on_failure ?? {...protocol.otlp.retry_on_failure, enabled: false},
      encode: encodeProto,
      check,
      open: members.start,
      async send(request) {
        await members.reroute(request);
        return {rejected: 0, message: ''};
      },
      close: members.stop,
      countsSent: false,
    });
  },
};
