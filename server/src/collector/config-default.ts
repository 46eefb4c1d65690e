/** What runs without `--config`: every receiver into the store. */
export const defaultConfig = `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:4317
      http:
        endpoint: 127.0.0.1:4318
exporters:
  weft:
service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [weft]
    metrics:
      receivers: [otlp]
      exporters: [weft]
    logs:
      receivers: [otlp]
      exporters: [weft]
`;
