import {isBuiltin} from 'node:module';
import {context, DiagLogLevel, diag, logs, metrics, propagation, trace} from '@opentelemetry/api';
import {registerInstrumentations} from '@opentelemetry/instrumentation';
import type {Sampler} from '@opentelemetry/sdk-trace';
import type {Config, LogLevelName, StartOptions} from './config.ts';
import {readConfig} from './config-read.ts';
import {createContextManager} from './context-manager.ts';
import type {DeliveryCounts} from './delivery.ts';
import {diagLogger} from './diag-logger.ts';
import {flushAtExit} from './exit-flush.ts';
import {buildInstrumentations, instrumentationNames} from './instrumentations.ts';
import {createLogLevels, type LogLevels} from './log-levels.ts';
import {definitionsOf, hookEsModules, hookImports, patchBuiltins} from './module-hooks.ts';
import {buildPipeline, type Pipeline} from './pipeline.ts';
import type {Poller} from './poll-json.ts';
import {buildPropagator} from './propagators.ts';
import {followSettings} from './remote-settings.ts';
import {buildResource} from './resource.ts';
import {overridable, samplerFromEnv} from './sampler-build.ts';
import {stopOnSignals} from './stop-on-signals.ts';

/** The running instrumentation of this process. */
export type Running = {
  /** Sends what has been collected so far. Resolves when it is sent or `shutdownTimeoutMillis` has passed; never rejects. */
  flush(): Promise<void>;
  /** Flushes, then stops collecting. Idempotent; never rejects; takes at most `shutdownTimeoutMillis`. */
  shutdown(): Promise<void>;
  /** The spans and log records so far, counted by their outcome. */
  counts(): {readonly spans: DeliveryCounts; readonly logs: DeliveryCounts};
};

const slot = Symbol.for('weft.instrument.running');

/**
 * Starts traces, logs and metrics for this process and instruments the libraries it loads from here on.
 * A second call returns what the first one started. Throws a ConfigError when
 * an option cannot be used; a variable that cannot be used is a warning, because it may have been set for all programs alike.
 *
 * @example const running = start({serviceName: 'checkout'});
 */
export function start(options: StartOptions = {}): Running {
  const holder = globalThis as {[slot]?: Running};
  if (holder[slot] !== undefined) {
    if (Object.keys(options).length > 0) diag.warn('already started; the options of this call of start are not used');
    return holder[slot];
  }
  const config = readConfig(options, process.env);
  diag.setLogger(diagLogger, {logLevel: diagLevels[config.logLevel], suppressOverrideMessage: true});
  if (config.warnings.length > 0) {
    diag.warn(
      `variables that cannot be used; what they set is left at its default:\n  ${config.warnings.join('\n  ')}`,
    );
  }
  holder[slot] = config.disabled ? idle : run(config, options);
  return holder[slot];
}

/** `start` where no code asked for it: a program that is preloaded with this package runs, whatever becomes of its telemetry. */
export function startPreloaded(): void {
  try {
    start();
  } catch (error) {
    diagLogger.error('the program runs uninstrumented:', error);
  }
}

const nothing: DeliveryCounts = {queued: 0, sent: 0, refused: 0, queueFull: 0, bytesFull: 0, gaveUp: 0};
const idle: Running = {
  flush: async () => {},
  shutdown: async () => {},
  counts: () => ({spans: nothing, logs: nothing}),
};

function run(config: Config, options: StartOptions): Running {
  const resource = buildResource(config, process.env, process.argv[1]);
  const service = String(resource.attributes['service.name']);
  const sampler = overridable(options.sampler ?? configuredSampler(config, service));
  const levels = createLogLevels();
  const pipeline = buildPipeline(config, options, resource, sampler);
  const {tracerProvider, loggerProvider, meterProvider} = pipeline;

  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(buildPropagator(config.propagators, options.customPropagators));
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
  instrument(config, options, levels, pipeline);
  const settings =
    config.settingsEndpoint === undefined
      ? undefined
      : followSettings({
          endpoint: config.settingsEndpoint,
          headers: config.headers,
          service,
          pollMillis: config.settingsIntervalMillis,
          levels,
          overrideSampling: (probability) => sampler.override(probability),
        });
  return supervise(config, pipeline, settings);
}

function instrument(config: Config, options: StartOptions, levels: LogLevels, pipeline: Pipeline): void {
  const {tracerProvider, meterProvider, loggerProvider} = pipeline;
  const own = options.instrumentations ?? [];
  const {disabledInstrumentations: disabled, enabledInstrumentations: enabled} = config;
  const unwanted = instrumentationNames.filter((name) => disabled.has(name) || enabled?.has(name) === false);
  const builtIn = buildInstrumentations(new Set(unwanted), enabled ?? new Set(), {
    levels,
    ignorePaths: config.ignorePaths,
    captureHeaders: options.captureHeaders ?? {},
  });
  const [patched, others] = [definitionsOf(builtIn), definitionsOf(own)];
  const known = new Set(patched.map(({name}) => name));
  const takesAll = hookEsModules(others.filter(({name}) => !known.has(name)));
  hookImports(
    new Set([...known, ...(takesAll ? others.map(({name}) => name) : [])].filter((name) => !isBuiltin(name))),
  );
  registerInstrumentations({instrumentations: [...builtIn, ...own], tracerProvider, meterProvider, loggerProvider});
  patchBuiltins([...patched, ...others]);
}

function supervise(config: Config, pipeline: Pipeline, settings: Poller | undefined): Running {
  const limit = config.shutdownTimeoutMillis;
  let stopped: Promise<void> | undefined;
  const running: Running = {
    flush: () => within(pipeline.flush(), limit),
    shutdown: () => {
      settings?.stop();
      stopped ??= within(pipeline.shutdown(), limit);
      return stopped;
    },
    counts: pipeline.counts,
  };
  stopOnSignals(running);
  process.once('exit', () => flushAtExit(pipeline.leftovers(), config.exitTimeoutMillis));
  return running;
}

/** An argument that its sampler cannot use is as none (OpenTelemetry specification, `OTEL_TRACES_SAMPLER_ARG`). */
function configuredSampler({samplerName, samplerArgument}: Config, service: string): Sampler {
  try {
    return samplerFromEnv(samplerName, samplerArgument, service);
  } catch (error) {
    diag.warn(`OTEL_TRACES_SAMPLER_ARG cannot be used and is left out: ${(error as Error).message}`);
    return samplerFromEnv(samplerName, undefined, service);
  }
}

const diagLevels: Readonly<Record<LogLevelName, DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
};

/** Waits for `work`, at most `limit` ms. Holds the process open meanwhile: exports by themselves do not. */
function within(work: Promise<unknown>, limit: number): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limit);
  const done = (): void => {
    clearTimeout(timer);
    resolve();
  };
  work.then(done, done);
  return promise;
}
