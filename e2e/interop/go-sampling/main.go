// A service whose sampling Weft decides, by OpenTelemetry's jaegerremote sampler.
// Arguments: Weft's sampling address over HTTP, over gRPC, its OTLP/gRPC address.
// Every line on standard input is an order; each is answered with one line:
//
//	update      asks for the sampling now
//	begin N OP  begins N traces of the operation and says how many were kept
//	grpc        asks over gRPC and says the answer as JSON
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gogo/protobuf/jsonpb"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"go.opentelemetry.io/contrib/samplers/jaegerremote"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const service = "go check-out"

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(httpAt, grpcAt, otlpAt string) error {
	ctx := context.Background()
	sampler := jaegerremote.New(
		service,
		jaegerremote.WithSamplingServerURL("http://"+httpAt+"/sampling"),
		jaegerremote.WithSamplingRefreshInterval(time.Hour),
	)
	defer sampler.Close()
	exporter, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(otlpAt), otlptracegrpc.WithInsecure())
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sampler),
		sdktrace.WithBatcher(exporter, sdktrace.WithMaxQueueSize(100_000)),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	)
	tracer := provider.Tracer("sampling")
	connection, err := grpc.NewClient(grpcAt, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()

	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		order, rest, _ := strings.Cut(lines.Text(), " ")
		switch order {
		case "update":
			sampler.UpdateSampler()
			fmt.Println("updated")
		case "begin":
			var count, kept int
			if _, err := fmt.Sscanf(rest, "%d", &count); err != nil {
				return err
			}
			_, operation, _ := strings.Cut(rest, " ")
			for range count {
				_, span := tracer.Start(ctx, operation)
				if span.IsRecording() {
					kept++
				}
				span.End()
			}
			if err := provider.ForceFlush(ctx); err != nil {
				return err
			}
			fmt.Println(kept)
		case "grpc":
			answer, err := api_v2.NewSamplingManagerClient(connection).GetSamplingStrategy(
				ctx, &api_v2.SamplingStrategyParameters{ServiceName: service},
			)
			if err != nil {
				return err
			}
			text, err := (&jsonpb.Marshaler{EmitDefaults: true}).MarshalToString(answer)
			if err != nil {
				return err
			}
			fmt.Println(text)
		}
	}
	return provider.Shutdown(ctx)
}
