import {type Attributes, SpanKind, type SpanStatus} from '@opentelemetry/api';
import type {Span} from '@opentelemetry/sdk-trace';
import {describeFailure, isDescribed} from './driver-errors.ts';

/**
 * Spans of databases, and of what is sent to brokers: their failures are told by codes and names, never in the words of the
 * server or the driver, which quote parameters. (A consumer's span runs the application's own code, whose errors are its own.)
 */
export const isStrict = (attributes: Attributes, kind: SpanKind): boolean =>
  attributes['db.system.name'] !== undefined ||
  attributes['db.system'] !== undefined ||
  (attributes['messaging.system'] !== undefined && (kind === SpanKind.PRODUCER || kind === SpanKind.CLIENT));

/** Leaves on a strict span only those words about its failure that `driver-errors.ts` wrote. */
export function hideFailure(span: Span): void {
  let told: string | undefined;
  for (const {attributes} of span.events) {
    if (attributes === undefined) continue;
    const message = attributes['exception.message'];
    if (typeof message === 'string' && isDescribed(message)) told = message;
    else if (message !== undefined || attributes['exception.stacktrace'] !== undefined) {
      delete attributes['exception.message'];
      delete attributes['exception.stacktrace'];
    }
    const type = attributes['exception.type'];
    if (type !== undefined && !isKind(type)) delete attributes['exception.type'];
  }
  const {code, message} = span.status;
  if (message === undefined || message === '' || isDescribed(message)) return;
  const type = span.attributes['error.type'];
  const instead = told ?? (isKind(type) ? describeFailure({name: type}).message : undefined);
  (span as {status: SpanStatus}).status = instead === undefined ? {code} : {code, message: instead};
}

/** A class or a code: `TypeError`, `ECONNREFUSED`, `23505`. */
const isKind = (type: unknown): type is string => typeof type === 'string' && /^[\w$.-]{1,64}$/.test(type);
