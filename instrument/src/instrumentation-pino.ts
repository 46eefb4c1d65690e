import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as Pino from '@opentelemetry/instrumentation-pino';
import type {LeveledLogger, LogLevels} from './log-levels.ts';
import {optionalPackage} from './optional-package.ts';

/**
 * OpenTelemetry's pino instrumentation (trace_id and span_id on every line, export over OTLP), and each logger made known
 * to `levels`, so that its level can change at run time.
 */
export function pinoInstrumentation(levels: LogLevels): Instrumentation {
  const {PinoInstrumentation} = optionalPackage<typeof Pino>('@opentelemetry/instrumentation-pino');
  // `init` runs inside the base class's constructor, before a field could be set: hence the closure.
  class PinoWithLevels extends PinoInstrumentation {
    override init() {
      const definitions = super.init();
      for (const definition of definitions) {
        const {patch} = definition;
        definition.patch = (module: PinoFactory, version) => replaceFactory(patch?.(module, version), levels);
      }
      return definitions;
    }
  }
  return new PinoWithLevels();
}

type PinoLogger = LeveledLogger & {child(...args: unknown[]): PinoLogger};
type PinoFactory = ((...args: unknown[]) => PinoLogger) & {pino?: unknown; default?: unknown};

function replaceFactory(factory: PinoFactory, levels: LogLevels): PinoFactory {
  const replaced: PinoFactory = Object.assign((...args: unknown[]) => {
    const logger = factory(...args);
    registerFamily(logger, levels);
    return logger;
  }, factory);
  if (factory.pino !== undefined) replaced.pino = replaced;
  if (factory.default !== undefined) replaced.default = replaced;
  return replaced;
}

/** Children are made by `Object.create(parent)`, so the root's wrapped `child` serves the whole family. */
function registerFamily(root: PinoLogger, levels: LogLevels): void {
  const {child} = root;
  const value = function tracedChild(this: PinoLogger, ...args: unknown[]): PinoLogger {
    const made = child.apply(this, args);
    levels.register(made);
    return made;
  };
  Object.defineProperty(root, 'child', {configurable: true, writable: true, value});
  levels.register(root);
}
