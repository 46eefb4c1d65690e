/** The components that are compared, as Go modules. One table: what is built, and which cases can run, is derived from it. */

export const version = 'v0.161.0';

const core = 'go.opentelemetry.io/collector';
const contrib = 'github.com/open-telemetry/opentelemetry-collector-contrib';

export type Kind = 'receiver' | 'processor' | 'connector' | 'exporter';

export interface Component {
  readonly kind: Kind;
  /** The type in a configuration. */
  readonly type: string;
  readonly module: string;
}

const component = (kind: Kind, type: string, folder: string, from = contrib): Component => ({
  kind,
  type,
  module: `${from}/${kind}/${folder}${kind}`,
});

export const components: readonly Component[] = [
  component('receiver', 'otlp', 'otlp', core),
  component('receiver', 'jaeger', 'jaeger'),
  component('receiver', 'zipkin', 'zipkin'),
  component('processor', 'attributes', 'attributes'),
  component('processor', 'resource', 'resource'),
  component('processor', 'span', 'span'),
  component('processor', 'filter', 'filter'),
  component('processor', 'transform', 'transform'),
  component('processor', 'redaction', 'redaction'),
  component('processor', 'groupbyattrs', 'groupbyattrs'),
  component('processor', 'metricstransform', 'metricstransform'),
  component('processor', 'cumulativetodelta', 'cumulativetodelta'),
  component('processor', 'deltatocumulative', 'deltatocumulative'),
  component('processor', 'deltatorate', 'deltatorate'),
  component('processor', 'interval', 'interval'),
  component('processor', 'logdedup', 'logdedup'),
  component('processor', 'probabilistic_sampler', 'probabilisticsampler'),
  component('processor', 'tail_sampling', 'tailsampling'),
  component('connector', 'forward', 'forward', core),
  component('connector', 'spanmetrics', 'spanmetrics'),
  component('connector', 'servicegraph', 'servicegraph'),
  component('connector', 'exceptions', 'exceptions'),
  component('connector', 'count', 'count'),
  component('connector', 'sum', 'sum'),
  component('connector', 'routing', 'routing'),
  component('exporter', 'otlp_http', 'otlphttp', core),
  component('exporter', 'file', 'file'),
  component('exporter', 'zipkin', 'zipkin'),
  component('exporter', 'prometheus', 'prometheus'),
];
