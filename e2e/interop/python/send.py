"""Sends one span with each of Python's OTLP exporters, named after the way it went.

Arguments: the gRPC address, the HTTP address.
"""

import sys

import grpc
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as OverGrpc
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as OverHttp
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult


class Collecting:
    """Keeps the spans that end, to export them by hand and see the result."""

    def __init__(self):
        self.spans = []

    def on_start(self, span, parent_context=None):
        pass

    def _on_ending(self, span):
        pass

    def on_end(self, span):
        self.spans.append(span)

    def shutdown(self):
        pass

    def force_flush(self, timeout_millis=30000):
        return True


grpc_at, http_at = sys.argv[1:3]
url = f"http://{http_at}/v1/traces"
ways = {
    "python grpc": OverGrpc(endpoint=grpc_at, insecure=True),
    "python grpc gzip": OverGrpc(endpoint=grpc_at, insecure=True, compression=grpc.Compression.Gzip),
    "python grpc deflate": OverGrpc(endpoint=grpc_at, insecure=True, compression=grpc.Compression.Deflate),
    "python http": OverHttp(endpoint=url),
    "python http gzip": OverHttp(endpoint=url, compression=Compression.Gzip),
    "python http deflate": OverHttp(endpoint=url, compression=Compression.Deflate),
}
failed = False
for name, exporter in ways.items():
    collecting = Collecting()
    provider = TracerProvider()
    provider.add_span_processor(collecting)
    attributes = {f"attribute.{i}": "a value that repeats itself" for i in range(100)}
    provider.get_tracer("interop").start_span(name, attributes=attributes).end()
    if exporter.export(collecting.spans) is not SpanExportResult.SUCCESS:
        print(name, "failed", file=sys.stderr)
        failed = True
    exporter.shutdown()
sys.exit(1 if failed else 0)
