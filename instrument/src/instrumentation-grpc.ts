import type {Tracer, TracerProvider} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as Grpc from '@opentelemetry/instrumentation-grpc';
import {optionalPackage} from './optional-package.ts';

/**
 * OpenTelemetry's gRPC instrumentation, its spans named as the conventions do: `package.Service/Method`, without `grpc.` before it.
 * The context goes into a copy of the caller's metadata: theirs writes into it, and an object that is used again, outside of a trace or
 * by calls that overlap, would carry another call's context.
 */
export function grpcInstrumentation(): Instrumentation {
  const {GrpcInstrumentation} = optionalPackage<typeof Grpc>('@opentelemetry/instrumentation-grpc');
  class GrpcNamedByConvention extends GrpcInstrumentation {
    override setTracerProvider(provider: TracerProvider): void {
      super.setTracerProvider({getTracer: (...about) => withoutPrefix(provider.getTracer(...about))});
    }
  }
  const instrumentation = new GrpcNamedByConvention();
  // Called when grpc-js is loaded and when a client is made; private methods, so tests with the real library stand guard.
  const methods = instrumentation as unknown as Record<(typeof clientPatches)[number], Patch>;
  for (const name of clientPatches) {
    const patch = methods[name].bind(instrumentation);
    methods[name] = (...about) => {
      const trace = patch(...about);
      return (original) => {
        const traced = trace(original);
        return Object.assign(function withOwnMetadata(this: unknown, ...args: unknown[]) {
          return traced.apply(this, args.map(ownMetadata));
        }, traced);
      };
    };
  }
  return instrumentation;
}

type Call = (this: unknown, ...args: unknown[]) => unknown;
type Patch = (...about: unknown[]) => (original: Call) => Call;
const clientPatches = ['_getPatchedClientMethods', '_patchClientRequestMethod'] as const;

/** Metadata as the instrumentation recognizes it, copied; anything else as it is. */
function ownMetadata(argument: unknown): unknown {
  if (typeof argument !== 'object' || argument === null) return argument;
  const {internalRepr, getMap, clone} = argument as {internalRepr?: unknown; getMap?: unknown; clone?: unknown};
  const isMetadata = internalRepr && typeof getMap === 'function' && typeof clone === 'function';
  return isMetadata ? (clone as () => unknown).call(argument) : argument;
}

function withoutPrefix(tracer: Tracer): Tracer {
  const named = (name: string): string => (name.startsWith('grpc.') ? name.slice('grpc.'.length) : name);
  return {
    startSpan: (name, options, context) => tracer.startSpan(named(name), options, context),
    startActiveSpan: tracer.startActiveSpan.bind(tracer),
  };
}
