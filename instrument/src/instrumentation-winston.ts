import {Writable} from 'node:stream';
import {type AnyValue, type Context, context, type LogRecord, logs, SeverityNumber, trace} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as Winston from '@opentelemetry/instrumentation-winston';
import type {LeveledLogger, LogLevels} from './log-levels.ts';
import {exceptionOf, isError, logFieldsOf, logValue} from './log-values.ts';
import {optionalPackage} from './optional-package.ts';

/**
 * OpenTelemetry's winston instrumentation (trace_id and span_id on every line), each logger made known to `levels`, and its
 * records sent to the logs API by a transport of our own: the published transport speaks an older logs API.
 */
export function winstonInstrumentation(levels: LogLevels): Instrumentation {
  const {WinstonInstrumentation} = optionalPackage<typeof Winston>('@opentelemetry/instrumentation-winston');
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
          wrapWrite(module.prototype);
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
  write(info: unknown, ...others: unknown[]): boolean;
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

/**
 * The instrumentation writes the ids of the span into what is logged, which may be an object of the caller's that is logged again:
 * then it must not carry those of another span. A frozen one stays as it is.
 */
function wrapWrite(prototype: WinstonLogger): void {
  const {write} = prototype;
  const marked = new WeakSet<object>();
  prototype.write = function writeTraced(this: WinstonLogger, info, ...others) {
    if (typeof info !== 'object' || info === null) return write.call(this, info, ...others);
    const own = Object.isExtensible(info) ? info : {...info};
    if (marked.has(own)) for (const key of ids) Reflect.deleteProperty(own, key);
    else if (trace.getSpan(context.active()) !== undefined) marked.add(own);
    return write.call(this, own, ...others);
  };
}

const ids = ['trace_id', 'span_id', 'trace_flags'] as const;
const levelSymbol = Symbol.for('level');
const splatSymbol = Symbol.for('splat');
const contextSymbol = Symbol.for('opentelemetry.js.contrib.winston.context'); // Set by the instrumentation's `write`.
type Info = Record<string, unknown> & {
  [levelSymbol]?: string;
  [splatSymbol]?: unknown;
  [contextSymbol]?: Context;
};

/** A winston transport that emits each record that the logger's level lets through. */
function logsTransport(parent: WinstonLogger): Writable {
  const sink = logs.getLogger('@weft/instrument/winston');
  const emit = (info: Info): void => {
    const level = info[levelSymbol] ?? String(info.level);
    if ((parent.levels[parent.level] ?? 0) < (parent.levels[level] ?? 0)) return;
    sink.emit({
      severityNumber: severities[level] ?? SeverityNumber.UNSPECIFIED,
      severityText: level,
      ...content(info),
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

type Content = Pick<LogRecord, 'body' | 'attributes' | 'exception'>;

/** Fields that the record has elsewhere. */
const elsewhere: ReadonlySet<string> = new Set(['level', 'message', ...ids]);

/**
 * As pino's records are: the message is the body, all other fields are attributes, the error is the exception. winston hands
 * over the message, the fields or the error in each other's place, depending on how it was called.
 */
function content(info: Info): Content {
  const {message} = info;
  const attributes = logFieldsOf(info, elsewhere);
  const [key, found] = errorIn(info);
  if (key !== undefined) delete attributes[key];
  const exception = found === undefined ? formatted(info) : exceptionOf(found);
  if (exception !== undefined) delete attributes.stack; // `format.errors` and winston's own copy of an error's.
  return {
    ...body(message, attributes, exception?.message),
    attributes,
    ...(exception === undefined ? {} : {exception}),
  };
}

/** A message that is an object is a set of fields: `logger.info({order: 7})` has no text. */
function body(message: unknown, attributes: Record<string, AnyValue>, ofError: string | undefined): Content {
  if (isError(message)) return {body: exceptionOf(message).message};
  if (typeof message !== 'object' || message === null) {
    return message === undefined ? (ofError === undefined ? {} : {body: ofError}) : {body: String(message)};
  }
  const value = logValue(message);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return value === undefined ? {} : {body: value};
  }
  const {message: text, ...others} = value as Record<string, AnyValue>;
  for (const [key, field] of Object.entries(others)) attributes[key] ??= field;
  return text === undefined ? {} : {body: text};
}

/** The error that the record is about, with the name of the field that holds it where it is one. */
function errorIn(info: Info): [key: string | undefined, error: Error | undefined] {
  if (isError(info)) return [undefined, info];
  if (isError(info.message)) return [undefined, info.message];
  for (const key of ['err', 'error', 'exception', ...Object.keys(info)]) {
    const value = info[key];
    if (!elsewhere.has(key) && isError(value)) return [key, value];
  }
  const splat = info[splatSymbol];
  return [undefined, Array.isArray(splat) ? splat.find(isError) : undefined];
}

/** `format.errors({stack: true})` and child loggers leave a copy that has the stack but is no error any more. */
function formatted({message, stack, name}: Info): ReturnType<typeof exceptionOf> | undefined {
  if (typeof stack !== 'string' || !/\n\s+at /.test(stack)) return undefined;
  const [, type, text] = /^(?:Uncaught )?([\w$.]+)(?:: ([^\n]*))?/.exec(stack) ?? [];
  return {name: typeof name === 'string' ? name : (type ?? 'Error'), message: text ?? String(message), stack};
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
