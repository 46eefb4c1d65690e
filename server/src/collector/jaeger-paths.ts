/** The gRPC method of Jaeger's collector that takes spans (collector.proto of github.com/jaegertracing/jaeger-idl). */
export const postSpansPath = '/jaeger.api_v2.CollectorService/PostSpans';
