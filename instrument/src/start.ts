import {isBuiltin} from 'node:module';
import {context, DiagLogLevel, diag, logs, metrics, propagation, trace} from '@opentelemetry/api';
import {registerInstrumentations} from '@opentelemetry/instrumentation';
import type {Sampler} from '@opentelemetry/sdk-trace';
import {type Config, ConfigError, readConfig, type StartOptions} from './config.ts';
import {createContextManager} from './context-manager.ts';
import type {DeliveryCounts} from './delivery.ts';
import {diagLogger} from './diag-logger.ts';
import {flushAtExit} from './exit-flush.ts';
import {buildInstrumentations} from './instrumentations.ts';
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
  /** What became of every span and log record so far. */
  counts(): {readonly spans: DeliveryCounts; readonly logs: DeliveryCounts};
};

const slot = Symbol.for('weft.instrument.running');

/**
 * Starts traces, logs and metrics for this process and instruments the libraries it loads from here on.
 * A second call returns what the first one started. Throws a ConfigError when a setting cannot be used.
 *
 * @example const running = start({serviceName: 'checkout'});
 */
export function start(options: StartOptions = {}): Running {
  const holder = globalThis as {[slot]?: Running};
  if (holder[slot] !== undefined) {
    if (Object.keys(options).length > 0) diag.warn('already started; the options of this call of start are not used');
    return holder[slot];
  }
  diag.setLogger(diagLogger, {logLevel: diagLevel(process.env.OTEL_LOG_LEVEL), suppressOverrideMessage: true});
  const config = readConfig(options, process.env);
  holder[slot] = config.disabled ? idle : run(config, options);
  return holder[slot];
}

const nothing: DeliveryCounts = {queued: 0, sent: 0, refused: 0, queueFull: 0, gaveUp: 0};
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
  const builtIn = buildInstrumentations(config.disabledInstrumentations, {
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

function configuredSampler({samplerName, samplerArgument}: Config, service: string): Sampler {
  try {
    return samplerFromEnv(samplerName, samplerArgument, service);
  } catch (error) {
    throw new ConfigError([`OTEL_TRACES_SAMPLER_ARG=${samplerArgument ?? ''}: ${(error as Error).message}`]);
  }
}

const diagLevel = (name: string | undefined): DiagLogLevel =>
  DiagLogLevel[(name?.toUpperCase() ?? 'WARN') as keyof typeof DiagLogLevel] ?? DiagLogLevel.WARN;

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
