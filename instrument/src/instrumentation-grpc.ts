import type {Tracer, TracerProvider} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import {GrpcInstrumentation} from '@opentelemetry/instrumentation-grpc';

type GrpcModule = Record<string, unknown> & {default?: Record<string, unknown>; [Symbol.toStringTag]?: string};

/** The functions of grpc-js that make clients. */
const factories = ['makeClientConstructor', 'makeGenericClientConstructor', 'loadPackageDefinition'];

/**
 * OpenTelemetry's gRPC instrumentation. For ES modules theirs patches named imports only; this one gives the default
 * import (`import grpc from '@grpc/grpc-js'`) the same patched functions. And it names spans as the conventions do,
 * `package.Service/Method`, where theirs puts `grpc.` before that.
 */
export function grpcInstrumentation(): Instrumentation {
  class GrpcForDefaultImports extends GrpcInstrumentation {
    override init() {
      const definitions = super.init();
      for (const definition of definitions) {
        const {patch} = definition;
        definition.patch = (module: GrpcModule, version) => {
          const patched = patch?.(module, version) as GrpcModule;
          if (module[Symbol.toStringTag] === 'Module' && module.default !== undefined) {
            for (const name of factories) {
              Object.defineProperty(module.default, name, {
                value: patched[name],
                configurable: true,
                enumerable: true,
                writable: true,
              });
            }
          }
          return patched;
        };
      }
      return definitions;
    }

    override setTracerProvider(provider: TracerProvider): void {
      super.setTracerProvider({getTracer: (...about) => withoutPrefix(provider.getTracer(...about))});
    }
  }
  return new GrpcForDefaultImports();
}

function withoutPrefix(tracer: Tracer): Tracer {
  const named = (name: string): string => (name.startsWith('grpc.') ? name.slice('grpc.'.length) : name);
  return {
    startSpan: (name, options, context) => tracer.startSpan(named(name), options, context),
    startActiveSpan: tracer.startActiveSpan.bind(tracer),
  };
}
