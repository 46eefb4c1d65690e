//! Sends a span, a log record and metrics with every kind of value through each of Rust's OTLP exporters. What is sent goes by
//! the name of the way it went. Arguments: the gRPC address, the HTTP address.

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{
    Event, Link, Span, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Array, Context, InstrumentationScope, Key, KeyValue, StringValue, Value};
use opentelemetry_otlp::{
    Compression, LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{Aggregation, Instrument, SdkMeterProvider, Stream};
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::Resource;
use std::collections::HashMap;
use std::error::Error;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let (grpc, http) = (format!("http://{}", arguments[1]), format!("http://{}", arguments[2]));
    let compressions = [("", None), (" gzip", Some(Compression::Gzip)), (" zstd", Some(Compression::Zstd))];
    for (suffix, compression) in compressions {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let entered = runtime.enter();
        macro_rules! over_grpc {
            ($exporter:ident) => {{
                let builder = $exporter::builder().with_tonic().with_endpoint(&grpc);
                match compression {
                    Some(compression) => builder.with_compression(compression).build()?,
                    None => builder.build()?,
                }
            }};
        }
        send(format!("rust grpc{suffix}"), over_grpc!(SpanExporter), over_grpc!(LogExporter), over_grpc!(MetricExporter))?;
        drop(entered);
        for (name, protocol) in [("http", Protocol::HttpBinary), ("json", Protocol::HttpJson)] {
            macro_rules! over_http {
                ($exporter:ident, $path:literal) => {{
                    let endpoint = format!("{http}/v1/{}", $path);
                    let builder = $exporter::builder().with_http().with_endpoint(endpoint).with_protocol(protocol);
                    match compression {
                        Some(compression) => builder.with_compression(compression).build()?,
                        None => builder.build()?,
                    }
                }};
            }
            send(
                format!("rust {name}{suffix}"),
                over_http!(SpanExporter, "traces"),
                over_http!(LogExporter, "logs"),
                over_http!(MetricExporter, "metrics"),
            )?;
        }
    }
    Ok(())
}

fn after(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(1_700_000_000_000_000_001 + nanos)
}

fn send(way: String, spans: SpanExporter, logs: LogExporter, metrics: MetricExporter) -> Result<(), Failure> {
    let resource = Resource::builder_empty()
        .with_schema_url([KeyValue::new("service.name", "interop")], "https://weft.example/resource")
        .build();
    let caller = SpanContext::new(
        TraceId::from_hex("0af7651916cd43dd8448eb211c80319c")?,
        SpanId::from_hex("b7ad6b7169203331")?,
        TraceFlags::SAMPLED,
        true,
        TraceState::from_str("vendor=1")?,
    );
    let linked = SpanContext::new(
        TraceId::from_hex("1af7651916cd43dd8448eb211c80319c")?,
        SpanId::from_hex("c7ad6b7169203331")?,
        TraceFlags::SAMPLED,
        false,
        TraceState::from_str("link=2")?,
    );
    let context = Context::new().with_remote_span_context(caller);

    let tracing = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_max_events_per_span(1)
        .with_simple_exporter(spans)
        .build();
    let scope = InstrumentationScope::builder("scope")
        .with_version("1.2.3")
        .with_schema_url("https://weft.example/scope")
        .build();
    let tracer = tracing.tracer_with_scope(scope);
    let first = Event::new("first", after(10), vec![KeyValue::new("n", 1)], 0);
    let extra = Event::new("one too many", after(20), vec![], 0);
    let mut span = tracer
        .span_builder(way.clone())
        .with_kind(SpanKind::Producer)
        .with_start_time(after(0))
        .with_attributes(values())
        .with_events(vec![first, extra])
        .with_links(vec![Link::new(linked, vec![KeyValue::new("why", "batch")], 0)])
        .start_with_context(&tracer, &context);
    span.set_status(Status::error("it failed"));
    span.end_with_timestamp(after(1_000_000));
    tracing.force_flush()?;
    tracing.shutdown()?;

    let logging = SdkLoggerProvider::builder().with_resource(resource.clone()).with_simple_exporter(logs).build();
    let logger = logging.logger("scope");
    let mut record = logger.create_log_record();
    record.set_timestamp(after(0));
    record.set_observed_timestamp(after(1));
    record.set_severity_number(Severity::Error2);
    record.set_severity_text("Bad");
    record.set_event_name("order.failed");
    let list = AnyValue::ListAny(Box::new(vec![AnyValue::Int(1), AnyValue::from("x")]));
    let body = HashMap::from([(Key::new("way"), AnyValue::from(way.clone())), (Key::new("list"), list)]);
    record.set_body(AnyValue::Map(Box::new(body)));
    for KeyValue { key, value, .. } in values() {
        record.add_attribute(key, any(value));
    }
    record.add_attribute("bytes", AnyValue::Bytes(Box::new(vec![0, 1, 255])));
    let nested = AnyValue::ListAny(Box::new(vec![AnyValue::Int(1), AnyValue::from("v")]));
    record.add_attribute("map", AnyValue::Map(Box::new(HashMap::from([(Key::new("k"), nested)]))));
    record.set_trace_context(
        TraceId::from_hex("0af7651916cd43dd8448eb211c80319c")?,
        SpanId::from_hex("b7ad6b7169203331")?,
        Some(TraceFlags::SAMPLED),
    );
    logger.emit(record);
    logging.force_flush()?;
    logging.shutdown()?;

    let metering = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_view(|instrument: &Instrument| {
            let exponential = Aggregation::Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: true };
            let stream = Stream::builder().with_aggregation(exponential).build().ok()?;
            (instrument.name() == "histogram.exponential").then_some(stream)
        })
        .with_periodic_exporter(metrics)
        .build();
    let meter = metering.meter("scope");
    let labels = [KeyValue::new("way", way)];
    meter.u64_counter("sum").with_unit("1").with_description("A sum.").build().add(3, &labels);
    meter.f64_up_down_counter("level").build().add(-1.5, &labels);
    meter.i64_gauge("gauge").build().record(i64::MAX, &labels);
    meter.f64_histogram("histogram").with_boundaries(vec![1.0, 10.0]).build().record(5.0, &labels);
    meter.f64_histogram("histogram.exponential").build().record(5.0, &labels);
    metering.force_flush()?;
    metering.shutdown()?;
    Ok(())
}

fn any(value: Value) -> AnyValue {
    let list = |values: Vec<AnyValue>| AnyValue::ListAny(Box::new(values));
    match value {
        Value::Bool(one) => AnyValue::Boolean(one),
        Value::I64(one) => AnyValue::Int(one),
        Value::F64(one) => AnyValue::Double(one),
        Value::String(one) => AnyValue::String(one),
        Value::Array(Array::Bool(all)) => list(all.into_iter().map(AnyValue::Boolean).collect()),
        Value::Array(Array::I64(all)) => list(all.into_iter().map(AnyValue::Int).collect()),
        Value::Array(Array::F64(all)) => list(all.into_iter().map(AnyValue::Double).collect()),
        Value::Array(Array::String(all)) => list(all.into_iter().map(AnyValue::String).collect()),
        other => panic!("a value of a new kind: {other:?}"),
    }
}

fn values() -> Vec<KeyValue> {
    let array = |array: Array| Value::Array(array);
    let texts: Vec<StringValue> = vec!["a".into(), "".into()];
    vec![
        KeyValue::new("text", "é中😀"),
        KeyValue::new("empty", ""),
        KeyValue::new("yes", true),
        KeyValue::new("int", 9_007_199_254_740_993_i64),
        KeyValue::new("least", i64::MIN),
        KeyValue::new("double", 0.1),
        KeyValue::new("whole", 3.0),
        KeyValue::new("texts", array(Array::String(texts))),
        KeyValue::new("bools", array(Array::Bool(vec![true, false]))),
        KeyValue::new("ints", array(Array::I64(vec![1, -1]))),
        KeyValue::new("doubles", array(Array::F64(vec![1.5, 2.0]))),
    ]
}
