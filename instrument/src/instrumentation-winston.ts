import {Writable} from 'node:stream';
import {type Attributes, type Context, logs, SeverityNumber} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import {WinstonInstrumentation} from '@opentelemetry/instrumentation-winston';
import type {LeveledLogger, LogLevels} from './log-levels.ts';

/**
 * OpenTelemetry's winston instrumentation (trace_id and span_id on every line), each logger made known to `levels`, and its
 * records sent to the logs API by a transport of our own: the published transport speaks an older logs API.
 */
export function winstonInstrumentation(levels: LogLevels): Instrumentation {
  // `init` runs inside the base class's constructor, before a field could be set: hence the closure.
  class WinstonWithLevels extends WinstonInstrumentation {
    constructor() {
      super({disableLogSending: true});
    }
    override init() {
      const definitions = super.init();
      for (const file of definitions[0]?.files ?? []) {
        const {patch} = file;
        file.patch = (module: {prototype: WinstonLogger}, version) => {
          patch(module, version);
          wrapConfigure(module.prototype, levels);
          return module;
        };
      }
      return definitions;
    }
  }
  return new WinstonWithLevels();
}

type WinstonLogger = LeveledLogger & {
  readonly levels: Readonly<Record<string, number>>;
  configure(options?: unknown): void;
  add(transport: Writable): void;
};

/** Every winston logger calls `configure` when it is made. */
function wrapConfigure(prototype: WinstonLogger, levels: LogLevels): void {
  const {configure} = prototype;
  prototype.configure = function configureTraced(this: WinstonLogger, ...args) {
    configure.apply(this, args);
    this.add(logsTransport(this));
    levels.register(this);
  };
}

const levelSymbol = Symbol.for('level');
const contextSymbol = Symbol.for('opentelemetry.js.contrib.winston.context'); // Set by the instrumentation's `write`.
type Info = Record<string, unknown> & {[levelSymbol]?: string; [contextSymbol]?: Context};

/** A winston transport that emits each record that the logger's level lets through. */
function logsTransport(parent: WinstonLogger): Writable {
  const sink = logs.getLogger('@weft/instrument/winston');
  const emit = (info: Info): void => {
    const level = info[levelSymbol] ?? String(info.level);
    if ((parent.levels[parent.level] ?? 0) < (parent.levels[level] ?? 0)) return;
    const {level: _level, message, trace_id: _trace, span_id: _span, trace_flags: _flags, ...attributes} = info;
    sink.emit({
      severityNumber: severities[level] ?? SeverityNumber.UNSPECIFIED,
      severityText: level,
      body: typeof message === 'string' ? message : String(message),
      attributes: attributes as Attributes,
      ...(info[contextSymbol] === undefined ? {} : {context: info[contextSymbol]}),
    });
  };
  const transport = new Writable({
    objectMode: true,
    write(info: Info, _encoding, done) {
      emit(info);
      done();
    },
  });
  // winston takes a stream without a two-argument `log` for a transport of its first version.
  return Object.assign(transport, {log: (info: Info, done: () => void) => transport.write(info, done)});
}

/** winston's npm, cli and syslog levels. */
const severities: Readonly<Record<string, SeverityNumber>> = {
  emerg: SeverityNumber.FATAL3,
  alert: SeverityNumber.FATAL2,
  fatal: SeverityNumber.FATAL,
  crit: SeverityNumber.ERROR3,
  error: SeverityNumber.ERROR,
  warning: SeverityNumber.WARN,
  warn: SeverityNumber.WARN,
  notice: SeverityNumber.INFO2,
  help: SeverityNumber.INFO,
  data: SeverityNumber.INFO,
  info: SeverityNumber.INFO,
  http: SeverityNumber.DEBUG3,
  verbose: SeverityNumber.DEBUG2,
  debug: SeverityNumber.DEBUG,
  prompt: SeverityNumber.TRACE3,
  input: SeverityNumber.TRACE2,
  trace: SeverityNumber.TRACE,
  silly: SeverityNumber.TRACE,
};
