// Sends a span, a log record and metrics with every kind of value through each of Java's OTLP exporters. What is sent goes by
// the name of the way it went. Arguments: the gRPC address, the HTTP address.

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.List;
import java.util.concurrent.TimeUnit;

public class Sender {
  static final long START = 1_700_000_000_000_000_001L;
  static boolean failed = false;

  public static void main(String[] arguments) {
    for (String compression : List.of("none", "gzip")) {
      String suffix = compression.equals("none") ? "" : " gzip";
      String grpc = "http://" + arguments[0];
      send(
          "java grpc" + suffix,
          OtlpGrpcSpanExporter.builder().setEndpoint(grpc).setCompression(compression).build(),
          OtlpGrpcLogRecordExporter.builder().setEndpoint(grpc).setCompression(compression).build(),
          OtlpGrpcMetricExporter.builder().setEndpoint(grpc).setCompression(compression).build());
      String http = "http://" + arguments[1];
      send(
          "java http" + suffix,
          OtlpHttpSpanExporter.builder().setEndpoint(http + "/v1/traces").setCompression(compression).build(),
          OtlpHttpLogRecordExporter.builder().setEndpoint(http + "/v1/logs").setCompression(compression).build(),
          OtlpHttpMetricExporter.builder().setEndpoint(http + "/v1/metrics").setCompression(compression).build());
    }
    System.exit(failed ? 1 : 0);
  }

  static void send(String way, SpanExporter spans, LogRecordExporter logs, MetricExporter metrics) {
    Resource resource = Resource.create(
        Attributes.of(
            AttributeKey.stringKey("service.name"), "interop",
            AttributeKey.stringArrayKey("args"), List.of("a", "b")),
        "https://weft.example/resource");
    SpanContext caller = SpanContext.createFromRemoteParent(
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", TraceFlags.getSampled(),
        TraceState.builder().put("vendor", "1").build());
    SpanContext linked = SpanContext.create(
        "1af7651916cd43dd8448eb211c80319c", "c7ad6b7169203331", TraceFlags.getSampled(),
        TraceState.builder().put("link", "2").build());

    SdkTracerProvider tracing = SdkTracerProvider.builder()
        .setResource(resource)
        .setSpanLimits(SpanLimits.builder().setMaxNumberOfEvents(1).build())
        .addSpanProcessor(SimpleSpanProcessor.create(spans))
        .build();
    Span span = tracing.tracerBuilder("scope").setInstrumentationVersion("1.2.3").setSchemaUrl("https://weft.example/scope")
        .build()
        .spanBuilder(way)
        .setParent(Context.root().with(Span.wrap(caller)))
        .setSpanKind(SpanKind.PRODUCER)
        .setStartTimestamp(START, TimeUnit.NANOSECONDS)
        .addLink(linked, Attributes.of(AttributeKey.stringKey("why"), "batch"))
        .setAllAttributes(values())
        .startSpan();
    span.addEvent("first", Attributes.of(AttributeKey.longKey("n"), 1L), START + 10, TimeUnit.NANOSECONDS);
    span.addEvent("one too many");
    span.setStatus(StatusCode.ERROR, "it failed");
    span.end(START + 1_000_000, TimeUnit.NANOSECONDS);
    check(way, tracing.forceFlush());
    check(way, tracing.shutdown());

    SdkLoggerProvider logging = SdkLoggerProvider.builder()
        .setResource(resource)
        .addLogRecordProcessor(SimpleLogRecordProcessor.create(logs))
        .build();
    logging.loggerBuilder("scope").build().logRecordBuilder()
        .setContext(Context.root().with(Span.wrap(caller)))
        .setTimestamp(START, TimeUnit.NANOSECONDS)
        .setObservedTimestamp(START + 1, TimeUnit.NANOSECONDS)
        .setSeverity(Severity.ERROR2)
        .setSeverityText("Bad")
        .setEventName("order.failed")
        .setBody(Value.of(KeyValue.of("way", Value.of(way)), KeyValue.of("list", Value.of(Value.of(1L), Value.of("x")))))
        .setAllAttributes(values())
        .emit();
    check(way, logging.forceFlush());
    check(way, logging.shutdown());

    SdkMeterProvider metering = SdkMeterProvider.builder()
        .setResource(resource)
        .registerView(
            InstrumentSelector.builder().setName("*.exponential").build(),
            View.builder().setAggregation(Aggregation.base2ExponentialBucketHistogram()).build())
        .registerMetricReader(PeriodicMetricReader.builder(metrics).build())
        .build();
    var meter = metering.meterBuilder("scope").build();
    Attributes labels = Attributes.of(AttributeKey.stringKey("way"), way);
    meter.counterBuilder("sum").setUnit("1").setDescription("A sum.").build().add(3, labels);
    meter.upDownCounterBuilder("level").ofDoubles().build().add(-1.5, labels);
    meter.gaugeBuilder("gauge").ofLongs().build().set(Long.MAX_VALUE, labels);
    meter.histogramBuilder("histogram").setExplicitBucketBoundariesAdvice(List.of(1.0, 10.0)).build().record(5, labels);
    meter.histogramBuilder("histogram.exponential").build().record(5, labels);
    check(way, metering.forceFlush());
    check(way, metering.shutdown());
  }

  static Attributes values() {
    return Attributes.builder()
        .put("text", "é中😀")
        .put("empty", "")
        .put("yes", true)
        .put("int", 9_007_199_254_740_993L)
        .put("least", Long.MIN_VALUE)
        .put("double", 0.1)
        .put("whole", 3.0)
        .put("texts", "a", "")
        .put("bools", true, false)
        .put("ints", 1L, -1L)
        .put("doubles", 1.5, 2.0)
        .put(AttributeKey.valueKey("bytes"), Value.of(new byte[] {0, 1, (byte) 255}))
        .put(AttributeKey.valueKey("map"), Value.of(KeyValue.of("k", Value.of(Value.of(1L), Value.of("v")))))
        .build();
  }

  static void check(String way, CompletableResultCode code) {
    if (code.join(10, TimeUnit.SECONDS).isSuccess()) return;
    System.err.println(way + " failed: " + code.getFailureThrowable());
    failed = true;
  }
}
