#!/usr/bin/env python3
"""Writes fixtures/otlp with the official Python protobuf runtime, as a second opinion on Weft's own codec.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install opentelemetry-proto==1.45.2 googleapis-common-protos==1.76.0
    /tmp/venv/bin/python tools/otlp-fixtures.py

descriptors.binpb   a FileDescriptorSet of the three services and google.rpc; tests load it into protobufjs
golden/N.SIGNAL     random valid requests (every field, seeded), canonical encoding; with .json, as OTLP JSON
odd/N.SIGNAL        the same request with its fields shuffled, singular messages split in several occurrences, numbers
                    unpacked and unknown fields and groups sprinkled in; the official parser reads it as golden/N.SIGNAL;
                    with .json, as JSON that only a lenient reader takes: names of the .proto files, enum names, bare 64-bit
                    integers, ids in upper case, URL-safe base64 without padding, unknown keys and nulls
"""
import base64
import json
import pathlib
import random
import struct

from google.protobuf import descriptor_pb2, json_format
from google.protobuf.descriptor import FieldDescriptor as F
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "otlp"
REQUESTS = {
    "traces": trace_service_pb2.ExportTraceServiceRequest,
    "logs": logs_service_pb2.ExportLogsServiceRequest,
    "metrics": metrics_service_pb2.ExportMetricsServiceRequest,
}
# Development fields, for profiles only.
LEFT_OUT = {"key_strindex", "string_value_strindex"}
# Whether these are present without content is not kept.
EMPTY_IS_ABSENT = {"Resource", "InstrumentationScope", "Status", "Buckets"}
REQUIRED = {
    "trace_id", "span_id", "time_unix_nano", "value", "data_points", "metrics", "log_records", "spans",
    *(f"{part}_{kind}" for part in ("resource", "scope") for kind in ("spans", "logs", "metrics")),
}
COUNT = 12


def descriptors():
    found = {}

    def visit(file):
        for dependency in file.dependencies:
            visit(dependency)
        found[file.name] = file

    for request in REQUESTS.values():
        visit(request.DESCRIPTOR.file)
    visit(status_pb2.DESCRIPTOR)
    visit(error_details_pb2.DESCRIPTOR)
    files = descriptor_pb2.FileDescriptorSet()
    for file in found.values():
        file.CopyToProto(files.file.add())
    return files


def scalar(field, rng):
    """A value of a field, leaning to the ends of its range; never the default, which would not be written."""
    if field.type == F.TYPE_STRING:
        return rng.choice(["a", "héllo", "日本", "x" * rng.randrange(1, 200), "line\n\"quoted\"\\\x01", "🦀"])
    if field.type == F.TYPE_BYTES:
        width = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}.get(field.name)
        return rng.randbytes(width if width else rng.randrange(1, 40))
    if field.type == F.TYPE_BOOL:
        return True
    if field.type == F.TYPE_DOUBLE:
        return rng.choice([1.5, -0.0, 1e308, 5e-324, float("inf"), float("-inf"), float("nan"), rng.random()])
    if field.type == F.TYPE_ENUM:
        return rng.choice([v.number for v in field.enum_type.values if v.number != 0])
    if field.name.endswith("time_unix_nano"):
        return rng.choice([1, 2**63 - 1, rng.randrange(2**62), 1_700_000_000_123_456_789])
    bits = 64 if field.type in (F.TYPE_INT64, F.TYPE_UINT64, F.TYPE_FIXED64, F.TYPE_SFIXED64) else 32
    if field.type in (F.TYPE_INT64, F.TYPE_SFIXED64, F.TYPE_INT32, F.TYPE_SINT32):
        return rng.choice([1, -1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1)), rng.randrange(1, 1000)])
    return rng.choice([1, 127, 128, 2**bits - 1, rng.randrange(1, 2**bits)])


def fill(message, rng, depth=0):
    chosen = {oneof.name: rng.choice(oneof.fields).name for oneof in message.DESCRIPTOR.oneofs}
    for field in message.DESCRIPTOR.fields:
        if field.name in LEFT_OUT:
            continue
        oneof = field.containing_oneof
        if oneof is not None and len(oneof.fields) > 1 and chosen[oneof.name] != field.name:
            continue
        required = field.name in REQUIRED or field.full_name.startswith("opentelemetry.proto.metrics.v1.Metric.")
        if not required and rng.random() < 0.25:
            continue
        nested = field.message_type is not None and field.message_type.name in ("ArrayValue", "KeyValueList")
        if nested and depth > 12:
            continue
        if field.is_repeated:
            few = field.name in ("attributes", "values")
            for _ in range(rng.randrange(1, 4 if few else 3)):
                if field.message_type is None:
                    getattr(message, field.name).append(scalar(field, rng))
                else:
                    fill(getattr(message, field.name).add(), rng, depth + 1)
        elif field.message_type is not None:
            child = getattr(message, field.name)
            child.SetInParent()
            fill(child, rng, depth + 1)
            if child.ByteSize() == 0 and child.DESCRIPTOR.name in EMPTY_IS_ABSENT:
                message.ClearField(field.name)
        else:
            setattr(message, field.name, scalar(field, rng))
    return message


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def key(number, wire):
    return varint(number << 3 | wire)


def delimited(number, payload):
    return key(number, 2) + varint(len(payload)) + payload


def encode_scalar(field, value):
    if field.type == F.TYPE_STRING:
        return delimited(field.number, value.encode())
    if field.type == F.TYPE_BYTES:
        return delimited(field.number, value)
    if field.type == F.TYPE_DOUBLE:
        return key(field.number, 1) + struct.pack("<d", value)
    if field.type in (F.TYPE_FIXED64, F.TYPE_SFIXED64):
        return key(field.number, 1) + struct.pack("<Q", value & 2**64 - 1)
    if field.type == F.TYPE_FIXED32:
        return key(field.number, 5) + struct.pack("<I", value)
    if field.type == F.TYPE_SINT32:
        return key(field.number, 0) + varint((value << 1) ^ (value >> 31))
    return key(field.number, 0) + varint(int(value))


def unknown(rng):
    number = rng.choice([90, 1000, 2**29 - 1])
    group = key(number, 3) + key(7, 0) + b"\x05" + key(8, 3) + key(8, 4) + key(number, 4)
    return rng.choice([key(number, 0) + varint(2**64 - 1), delimited(number, b"junk"), key(number, 5) + b"1234", key(number, 1) + b"12345678", group])


def odd(message, rng):
    """An encoding that every parser must read as the same message, but no encoder would write."""
    parts = []  # lists of pieces that must stay in order
    for field, value in message.ListFields():
        if field.is_repeated:
            if field.message_type is not None:
                parts.append([delimited(field.number, odd(v, rng)) for v in value])
            elif field.type in (F.TYPE_STRING, F.TYPE_BYTES) or rng.random() < 0.5:
                parts.append([encode_scalar(field, v) for v in value])
            else:  # packed, in two pieces
                raw = [encode_scalar(field, v)[len(key(field.number, 0)):] for v in value]
                parts.append([delimited(field.number, raw[0]), delimited(field.number, b"".join(raw[1:]))])
        elif field.message_type is not None:
            # Split in two occurrences, which a parser merges. A oneof's scalar members stay whole.
            first, second = type(value)(), type(value)()
            for inner, inner_value in value.ListFields():
                if inner.is_repeated:
                    at = rng.randrange(len(inner_value) + 1)
                    for target, items in ((first, inner_value[:at]), (second, inner_value[at:])):
                        getattr(target, inner.name).extend(items)
                else:
                    target = rng.choice([first, second])
                    if inner.message_type is not None:
                        getattr(target, inner.name).CopyFrom(inner_value)
                    else:
                        setattr(target, inner.name, inner_value)
            parts.append([delimited(field.number, odd(first, rng)), delimited(field.number, odd(second, rng))])
        elif field.containing_oneof is None and field.message_type is None and field.type != F.TYPE_BYTES:
            parts.append([encode_scalar(field, scalar(field, rng)), encode_scalar(field, value)])  # the last one holds
        else:
            parts.append([encode_scalar(field, value)])
    for _ in range(rng.randrange(2)):
        parts.append([unknown(rng)])
    out = b""
    while parts:
        part = rng.choice(parts)
        out += part.pop(0)
        parts = [p for p in parts if p]
    return out


IDS = {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}
INTEGERS = {"int_value", "as_int", "count", "zero_count", "bucket_counts"}


def otlp_json(message):
    """OTLP's deviations from protobuf's JSON: ids in hexadecimal, enums as numbers."""

    def convert(value, name=""):
        if isinstance(value, dict):
            return {key: convert(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [convert(inner, name) for inner in value]
        return base64.b64decode(value).hex() if name in IDS else value

    return json.dumps(convert(json_format.MessageToDict(message, use_integers_for_enums=True)))


def odd_json(message, rng):
    def convert(value, name=""):
        if isinstance(value, dict):
            entries = [(key, convert(inner, key)) for key, inner in value.items()]
            entries += [("x_unknown", rng.choice([{"a": [1, "]}", None]}, [], "\u2028", 1e9]))]
            entries += [("flags", None)] if "flags" not in value else []
            rng.shuffle(entries)
            return dict(entries)
        if isinstance(value, list):
            return [convert(inner, name) for inner in value]
        if name in IDS:
            return base64.b64decode(value).hex().upper()
        if name == "bytes_value":
            return value.replace("+", "-").replace("/", "_").rstrip("=")
        if name in INTEGERS or name.endswith("_nano"):
            return int(value)
        return value

    document = convert(json_format.MessageToDict(message, preserving_proto_field_name=True))
    return json.dumps(document, indent=1, ensure_ascii=rng.random() < 0.5)


def main():
    (ROOT / "golden").mkdir(parents=True, exist_ok=True)
    (ROOT / "odd").mkdir(parents=True, exist_ok=True)
    (ROOT / "descriptors.binpb").write_bytes(descriptors().SerializeToString(deterministic=True))
    for signal, request in REQUESTS.items():
        for n in range(COUNT):
            rng = random.Random(f"{signal} {n}")
            message = fill(request(), rng)
            (ROOT / "golden" / f"{n}.{signal}").write_bytes(message.SerializeToString(deterministic=True))
            (ROOT / "golden" / f"{n}.{signal}.json").write_text(otlp_json(message))
            (ROOT / "odd" / f"{n}.{signal}.json").write_text(odd_json(message, rng))
            body = odd(message, rng)
            read = request.FromString(body)
            read.DiscardUnknownFields()
            (ROOT / "odd" / f"{n}.{signal}").write_bytes(body)
            assert read.SerializeToString(deterministic=True) == message.SerializeToString(deterministic=True)


if __name__ == "__main__":
    main()
