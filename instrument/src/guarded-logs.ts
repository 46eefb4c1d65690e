import {
  context,
  type Logger,
  type LoggerProvider,
  type LogRecord,
  SeverityNumber,
  type TimeInput,
} from '@opentelemetry/api';
import {cleanValue, complain, isContext, plainAttributes, readProperty, textOf, unusable} from './odd-values.ts';
import {usableTime, withUsableSpan} from './span-identity.ts';

/**
 * `provider`, whose loggers take any value: the SDK's throw into the program, or keep what later makes a whole batch
 * impossible to encode.
 */
export function guardLogs(provider: LoggerProvider): LoggerProvider {
  return {
    getLogger(name, version, options) {
      const url = readProperty(options, 'schemaUrl');
      const inner = provider.getLogger(textOf(name, 'unknown'), version === undefined ? undefined : textOf(version), {
        ...(url === undefined ? {} : {schemaUrl: textOf(url)}),
      });
      return guardLogger(inner);
    },
  };
}

function guardLogger(inner: Logger): Logger {
  return {
    emit(given) {
      try {
        inner.emit(cleanRecord(given));
      } catch (error) {
        complain('a log record is lost', error);
      }
    },
    enabled(options) {
      try {
        return inner.enabled(options);
      } catch {
        return true;
      }
    },
  };
}

/** A copy with what can be used of a record. */
function cleanRecord(given: LogRecord): LogRecord {
  const text = (key: keyof LogRecord): string | undefined => {
    const value = readProperty(given, key);
    return value == null ? undefined : textOf(value);
  };
  const time = (key: keyof LogRecord): TimeInput | undefined =>
    usableTime(readProperty(given, key) as TimeInput | undefined);
  const body = readProperty(given, 'body');
  const cleanBody = cleanValue(body);
  const severity = readProperty(given, 'severityNumber');
  const exception = readProperty(given, 'exception');
  const ownContext = readProperty(given, 'context');
  const record = {
    timestamp: time('timestamp'),
    observedTimestamp: time('observedTimestamp'),
    eventName: text('eventName'),
    severityText: text('severityText'),
    severityNumber: typeof severity === 'number' && severity in SeverityNumber ? severity : undefined,
    body: body === undefined || cleanBody !== unusable ? cleanBody : textOf(body),
    attributes: plainAttributes(readProperty(given, 'attributes')),
    exception: exception == null ? undefined : plainException(exception),
    context: withUsableSpan(isContext(ownContext) ? ownContext : context.active()),
  };
  const known = Object.entries(record).filter(([, value]) => value !== undefined && value !== unusable);
  return Object.fromEntries(known) as LogRecord;
}

/** The parts that the SDK reads of an error, as texts. */
function plainException(exception: unknown): unknown {
  if (typeof exception !== 'object' || exception === null) return textOf(exception);
  const parts = ['name', 'message', 'stack', 'code'].flatMap((key) => {
    const value = readProperty(exception, key);
    return value == null ? [] : [[key, typeof value === 'number' ? value : textOf(value)]];
  });
  return Object.fromEntries(parts);
}
