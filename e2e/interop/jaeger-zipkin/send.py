"""Sends one trace each by Jaeger's client by UDP and by OpenTelemetry's Zipkin exporter: send.py ENDPOINTS, as endpoints.json has them."""

import json
import sys
import time

import opentracing
from jaeger_client import Config
from opentelemetry.exporter.zipkin.json import ZipkinExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

endpoints = json.loads(sys.argv[1])
host, port = endpoints["jaeger_thrift_compact"].rsplit(":", 1)

tracer = Config(
    config={
        "sampler": {"type": "const", "param": 1},
        "local_agent": {"reporting_host": host, "reporting_port": int(port)},
        "generate_128bit_trace_id": True,
        "reporter_flush_interval": 0.01,
    },
    service_name="py-jaeger-udp",
).new_tracer()
root = tracer.start_span("GET /coins", tags={"span.kind": "server", "error": True, "ratio": 1.5, "http.status_code": 500})
root.log_kv({"event": "retry", "attempt": 2})
child = tracer.start_span("query", child_of=root, references=[opentracing.follows_from(root.context)])
child.set_tag("span.kind", "client")
child.finish()
root.finish()
closed = tracer.close()
while not closed.done():
    time.sleep(0.01)

provider = TracerProvider(resource=Resource.create({"service.name": "py-opentelemetry"}))
provider.add_span_processor(SimpleSpanProcessor(ZipkinExporter(endpoint=f"http://{endpoints['zipkin_http']}/api/v2/spans")))
with provider.get_tracer("checkout", "1.0").start_as_current_span("pay", kind=SpanKind.CLIENT) as span:
    span.set_attribute("amount", 12)
    span.set_attribute("peer.service", "bank")
    span.add_event("declined")
    span.set_status(Status(StatusCode.ERROR, "no money"))
provider.shutdown()
