// Sends one span with each of Go's OTLP exporters, named after the way it went.
// Arguments: the gRPC address, the HTTP address.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	_ "github.com/mostynb/go-grpc-compression/zstd"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	grpcAt, httpAt := os.Args[1], os.Args[2]
	overGRPC := func(options ...otlptracegrpc.Option) otlptrace.Client {
		return otlptracegrpc.NewClient(append(options, otlptracegrpc.WithEndpoint(grpcAt), otlptracegrpc.WithInsecure())...)
	}
	compressor := func(name string) otlptracegrpc.Option {
		return otlptracegrpc.WithDialOption(grpc.WithDefaultCallOptions(grpc.UseCompressor(name)))
	}
	overHTTP := func(options ...otlptracehttp.Option) otlptrace.Client {
		return otlptracehttp.NewClient(append(options, otlptracehttp.WithEndpoint(httpAt), otlptracehttp.WithInsecure())...)
	}
	ways := map[string]otlptrace.Client{
		"go grpc":      overGRPC(),
		"go grpc gzip": overGRPC(compressor("gzip")),
		"go grpc zstd": overGRPC(compressor("zstd")),
		"go http":      overHTTP(),
		"go http gzip": overHTTP(otlptracehttp.WithCompression(otlptracehttp.GzipCompression)),
	}
	failed := false
	for name, client := range ways {
		if err := send(ctx, name, client); err != nil {
			fmt.Fprintln(os.Stderr, name, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func send(ctx context.Context, name string, client otlptrace.Client) error {
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	_, span := provider.Tracer("interop").Start(ctx, name)
	// Enough that compression has something to do.
	for i := range 200 {
		span.SetAttributes(attribute.String(fmt.Sprintf("attribute.%d", i), "a value that repeats itself"))
	}
	span.End()
	if err := provider.ForceFlush(ctx); err != nil {
		return err
	}
	return provider.Shutdown(ctx)
}
