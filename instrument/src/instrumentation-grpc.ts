import type {Tracer, TracerProvider} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import {GrpcInstrumentation} from '@opentelemetry/instrumentation-grpc';

/** OpenTelemetry's gRPC instrumentation, its spans named as the conventions do: `package.Service/Method`, without `grpc.` before it. */
export function grpcInstrumentation(): Instrumentation {
  class GrpcNamedByConvention extends GrpcInstrumentation {
    override setTracerProvider(provider: TracerProvider): void {
      super.setTracerProvider({getTracer: (...about) => withoutPrefix(provider.getTracer(...about))});
    }
  }
  return new GrpcNamedByConvention();
}

function withoutPrefix(tracer: Tracer): Tracer {
  const named = (name: string): string => (name.startsWith('grpc.') ? name.slice('grpc.'.length) : name);
  return {
    startSpan: (name, options, context) => tracer.startSpan(named(name), options, context),
    startActiveSpan: tracer.startActiveSpan.bind(tracer),
  };
}
