/** The configuration without `--config`: every receiver into the store. */
export const defaultConfig = `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:4317
      http:
        endpoint: 127.0.0.1:4318
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
      receivers: [otlp]
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
