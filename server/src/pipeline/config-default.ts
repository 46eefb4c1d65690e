/** The configuration without `--config`: every receiver into the store. A port that a Jaeger or a Zipkin has is left to it. */
export const defaultConfig = `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:4317
      http:
        endpoint: 127.0.0.1:4318
  jaeger:
    protocols:
      grpc:
        endpoint: 127.0.0.1:14250
      thrift_http:
        endpoint: 127.0.0.1:14268
      thrift_compact:
        endpoint: 127.0.0.1:6831
      thrift_binary:
        endpoint: 127.0.0.1:6832
      zipkin_compact:
        endpoint: 127.0.0.1:5775
    port_in_use: skip
  zipkin:
    endpoint: 127.0.0.1:9411
    port_in_use: skip
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 50
    spike_limit_percentage: 10
  adaptive_sampling:
exporters:
  weft:
extensions:
  remote_sampling:
    http:
      endpoint: 127.0.0.1:5778
    grpc:
      endpoint: 127.0.0.1:5779
service:
  extensions: [remote_sampling]
  pipelines:
    traces:
      receivers: [otlp, jaeger, zipkin]
      processors: [memory_limiter, adaptive_sampling]
      exporters: [weft]
    metrics:
      receivers: [otlp]
      processors: [memory_limiter]
      exporters: [weft]
    logs:
      receivers: [otlp]
      processors: [memory_limiter]
      exporters: [weft]
`;
