/** Every component that a configuration can name. To add one is to write its file and its line here. */
import type {Registry} from '../pipeline/index.ts';

const debug = () => import('./exporter-debug.ts');
const otlpGrpc = async () => (await import('./exporter-otlp-grpc.ts')).otlpGrpcExporter;
const otlpHttp = async () => (await import('./exporter-otlp-http.ts')).otlpHttpExporter;
const remoteSampling = () => import('./extension-remote-sampling.ts');

const loadBalancing = async () => (await import('./exporter-loadbalancing.ts')).loadBalancingExporter;

export const registry = {
  receivers: {
    otlp: async () => (await import('./receiver-otlp.ts')).otlpReceiver,
    kafka: async () => (await import('./receiver-kafka.ts')).kafkaReceiver,
    jaeger: async () => (await import('./receiver-jaeger.ts')).jaegerReceiver,
    zipkin: async () => (await import('./receiver-zipkin.ts')).zipkinReceiver,
    loki: async () => (await import('./receiver-loki.ts')).lokiReceiver,
  },
  processors: {
    cumulativetodelta: async () => (await import('./processor-cumulativetodelta.ts')).cumulativeToDeltaProcessor,
    deltatocumulative: async () => (await import('./processor-deltatocumulative.ts')).deltaToCumulativeProcessor,
    deltatorate: async () => (await import('./processor-deltatorate.ts')).deltaToRateProcessor,
    interval: async () => (await import('./processor-interval.ts')).intervalProcessor,
    metricstransform: async () => (await import('./processor-metricstransform.ts')).metricsTransformProcessor,
    batch: async () => (await import('./processor-batch.ts')).batchProcessor,
    memory_limiter: async () => (await import('./processor-memory-limiter.ts')).memoryLimiterProcessor,
    adaptive_sampling: async () => (await import('./processor-adaptive-sampling.ts')).adaptiveSamplingProcessor,
    probabilistic_sampler: async () =>
      (await import('./processor-probabilistic-sampler.ts')).probabilisticSamplerProcessor,
    attributes: async () => (await import('./processor-attributes.ts')).attributesProcessor,
    resource: async () => (await import('./processor-resource.ts')).resourceProcessor,
    span: async () => (await import('./processor-span.ts')).spanProcessor,
    redaction: async () => (await import('./processor-redaction.ts')).redactionProcessor,
    tail_sampling: async () => (await import('./processor-tail-sampling.ts')).tailSamplingProcessor,
    transform: async () => (await import('./processor-transform.ts')).transformProcessor,
    filter: async () => (await import('./processor-filter.ts')).filterProcessor,
    groupbyattrs: async () => (await import('./processor-groupbyattrs.ts')).groupByAttrsProcessor,
    resourcedetection: async () => (await import('./processor-resourcedetection.ts')).resourceDetectionProcessor,
    resource_detection: async () => (await import('./processor-resourcedetection.ts')).resourceDetectionProcessor,
    logdedup: async () => (await import('./processor-logdedup.ts')).logDedupProcessor,
    log_dedup: async () => (await import('./processor-logdedup.ts')).logDedupProcessor,
    log_patterns: async () => (await import('./processor-log-patterns.ts')).logPatternsProcessor,
  },
  connectors: {
    count: async () => (await import('./connector-count.ts')).countConnector,
    sum: async () => (await import('./connector-sum.ts')).sumConnector,
    routing: async () => (await import('./connector-routing.ts')).routingConnector,
    failover: async () => (await import('./connector-failover.ts')).failoverConnector,
    roundrobin: async () => (await import('./connector-roundrobin.ts')).roundRobinConnector,
    forward: async () => (await import('./connector-forward.ts')).forwardConnector,
    exceptions: async () => (await import('./connector-exceptions.ts')).exceptionsConnector,
    spanmetrics: async () => (await import('./connector-spanmetrics.ts')).spanMetricsConnector,
    servicegraph: async () => (await import('./connector-servicegraph.ts')).serviceGraphConnector,
  },
  exporters: {
    loadbalancing: loadBalancing,
    load_balancing: loadBalancing,
    file: async () => (await import('./exporter-file.ts')).fileExporter,
    loki: async () => (await import('./exporter-loki.ts')).lokiExporter,
    nop: async () => (await import('./exporter-nop.ts')).nopExporter,
    prometheus: async () => (await import('./exporter-prometheus.ts')).prometheusExporter,
    prometheusremotewrite: async () =>
      (await import('./exporter-prometheusremotewrite.ts')).prometheusRemoteWriteExporter,
    weft: async () => (await import('./exporter-weft.ts')).weftExporter,
    otlp: otlpGrpc,
    otlp_grpc: otlpGrpc,
    otlphttp: otlpHttp,
    otlp_http: otlpHttp,
    jaeger: async () => (await import('./exporter-jaeger.ts')).jaegerExporter,
    zipkin: async () => (await import('./exporter-zipkin.ts')).zipkinExporter,
    debug: async () => (await debug()).debugExporter,
    kafka: async () => (await import('./exporter-kafka.ts')).kafkaExporter,
    logging: async () => (await debug()).loggingExporter,
  },
  extensions: {
    file_storage: async () => (await import('./extension-file-storage.ts')).fileStorageExtension,
    bearertokenauth: async () => (await import('./extension-bearertokenauth.ts')).bearerTokenAuthExtension,
    basicauth: async () => (await import('./extension-basicauth.ts')).basicAuthExtension,
    headers_setter: async () => (await import('./extension-headers-setter.ts')).headersSetterExtension,
    health_check: async () => (await import('./extension-health-check.ts')).healthCheckExtension,
    pprof: async () => (await import('./extension-pprof.ts')).pprofExtension,
    zpages: async () => (await import('./extension-zpages.ts')).zpagesExtension,
    remote_sampling: async () => (await remoteSampling()).remoteSamplingExtension,
    jaegerremotesampling: async () => (await remoteSampling()).jaegerRemoteSamplingExtension,
  },
} satisfies Registry;
