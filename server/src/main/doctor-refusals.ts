/** Explains from the receivers' counters why senders do not get through: each reason in words, with its remedy. */

export interface Refusal {
  readonly text: string;
  readonly fix: string;
}

/** By the label `reason` of `otelcol_receiver_requests` and `otelcol_receiver_refused_…`. */
const advice: Readonly<Record<string, (transport: string) => string>> = {
  other_protocol: (transport) =>
    transport === 'grpc'
      ? 'Something speaks HTTP/1.1 or TLS to the gRPC port. An SDK with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf needs the OTLP/HTTP port (4318); an https:// endpoint needs `tls` at the receiver.'
      : 'Something speaks gRPC or TLS to the HTTP port. An SDK with OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs the gRPC port (4317); an https:// endpoint needs `tls` at the receiver.',
  unknown_path: () =>
    'The path is wrong. OTEL_EXPORTER_OTLP_ENDPOINT is the address alone (SDKs add /v1/traces); OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it stands and needs /v1/traces.',
  method: () => 'OTLP over HTTP is sent by POST. A health check may ask /ready on the http address instead.',
  content_type: () =>
    'OTLP over HTTP is application/x-protobuf or application/json. Jaeger sends to its own port (14268, application/x-thrift), Zipkin to 9411.',
  unsupported_encoding: () =>
    'The body is compressed in a way that Weft does not know: use gzip, zstd, deflate or none.',
  malformed: () =>
    'Bodies could not be decoded: is another protocol sent here, or a proxy changing them? The answer to the sender says where.',
  invalid: () =>
    'Single spans, log records or points were not valid and left out; over OTLP the partial success told to the sender says which and why.',
  too_large: () =>
    'Requests exceed the size limit: let the SDK send smaller batches, or raise max_recv_msg_size_mib (gRPC) or max_request_body_size (HTTP).',
  bad_tenant: () => 'The header X-Scope-OrgID is not a valid tenant name.',
  spool_full: () =>
    'ClickHouse does not keep up, or is away, and the spool is full: see what is amiss above, or raise weft.spool.max_bytes.',
  disk_full: () => 'The disk is full: free some, or shorten weft.retention.',
  spool_failed: () => 'The disk cannot be written: the log says why.',
  memory_limit: () => 'Memory is short: raise the limits of memory_limiter, or give Weft more.',
  in_flight_limit: () => 'Too much arrives at once: raise weft.ingest.max_in_flight, or send less.',
  overloaded: () => 'More arrives than this machine can take: spread senders over several Wefts, or send less.',
  spool_memory: () => 'The disk is too slow for what arrives.',
};

/** From the text of `/metrics`: refused requests first, then refused items whose reason no request had. */
export function refusals(metrics: string): readonly Refusal[] {
  const found: Refusal[] = [];
  const told = new Set<string>();
  for (const pattern of [
    /^otelcol_receiver_requests(\{[^}]*\}) (\d+)/gm,
    /^otelcol_receiver_refused_(\w+\{[^}]*\}) (\d+)/gm,
  ]) {
    for (const [, labels = '', count = '0'] of metrics.matchAll(pattern)) {
      const label = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
      const [reason, transport] = [label('reason'), label('transport')];
      const key = `${transport} ${reason}`;
      if (Number(count) === 0 || reason === '' || told.has(key)) continue;
      told.add(key);
      const what = labels.startsWith('{') ? 'requests' : labels.slice(0, labels.indexOf('{')).replaceAll('_', ' ');
      found.push({
        text: `${what} over ${transport} that did not get through since the start: ${count} (${reason.replaceAll('_', ' ')})`,
        fix: (advice[reason] ?? (() => "The receiver's answers and Weft's log say more."))(transport),
      });
    }
  }
  return found;
}
