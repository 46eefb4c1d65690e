import type {Instrumentation} from '@opentelemetry/instrumentation';
import {GrpcInstrumentation} from '@opentelemetry/instrumentation-grpc';

type GrpcModule = Record<string, unknown> & {default?: Record<string, unknown>; [Symbol.toStringTag]?: string};

/** The functions of grpc-js that make clients. */
const factories = ['makeClientConstructor', 'makeGenericClientConstructor', 'loadPackageDefinition'];

/**
 * OpenTelemetry's gRPC instrumentation. For ES modules theirs patches named imports only; this one gives the default
 * import (`import grpc from '@grpc/grpc-js'`) the same patched functions.
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
  }
  return new GrpcForDefaultImports();
}
