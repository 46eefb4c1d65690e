import type {Attributes, Exception} from '@opentelemetry/api';
import {describeDriverError, describeFailure, describeText} from './driver-errors.ts';
import {textOf} from './odd-values.ts';

/** Texts that a span must not carry, each with what stands for it. */
export type Hidden = readonly (readonly [text: string, instead: string])[];

/**
 * The attributes of an `exception` event. An error of a database or broker, or one that has such an error as its cause, loses the
 * words of the server, in its stack too; `hidden` are those words, for the span's status. With `strict`, on spans of databases and
 * brokers, every error is told by its kind.
 */
export function exceptionAttributes(exception: Exception, strict: boolean): {attributes: Attributes; hidden: Hidden} {
  if (typeof exception === 'string')
    return {attributes: strict ? ofText(exception) : {'exception.message': exception}, hidden: []};
  if (!exception) return {attributes: {}, hidden: []};
  const attributes: Attributes = {};
  const {code, name, message, stack} = exception;
  // The SDK prefers numbers to names: 23 for a TimeoutError of the DOM's, 5 for any gRPC call to what is not there.
  const given = typeof code === 'number' ? name || code : code || name;
  if (given) attributes['exception.type'] = textOf(given);
  if (message) attributes['exception.message'] = textOf(message);
  if (stack) attributes['exception.stacktrace'] = textOf(stack);
  if (strict) {
    const told = describeFailure(exception);
    attributes['exception.type'] = told.type;
    if (message) attributes['exception.message'] = told.message;
    if (typeof stack === 'string') attributes['exception.stacktrace'] = framesOf(stack, message, told.message);
    return {attributes, hidden: typeof message === 'string' ? [[message, told.message]] : []};
  }
  const hidden = driverTexts(exception);
  if (hidden.length > 0) {
    const own = describeDriverError(exception);
    if (own !== undefined) attributes['exception.type'] = own.type;
    if (typeof message === 'string') attributes['exception.message'] = hide(message, hidden);
    if (typeof stack === 'string') attributes['exception.stacktrace'] = hide(stack, hidden);
  }
  return {attributes, hidden};
}

function ofText(text: string): Attributes {
  const {type, message} = describeText(text) ?? {type: 'Error', message: undefined};
  return {'exception.type': type, ...(message === undefined ? {} : {'exception.message': message})};
}

/** `text` without the hidden ones. */
export function hide(text: string, hidden: Hidden): string {
  let result = text;
  for (const [secret, instead] of hidden) if (secret !== '') result = result.replaceAll(secret, () => instead);
  return result;
}

/** The messages of driver errors in an error, its causes and the errors it gathers. */
function driverTexts(error: unknown): Hidden {
  const found: [string, string][] = [];
  const look = (one: unknown, depth: number): void => {
    if (typeof one !== 'object' || one === null || depth > 4) return;
    const described = describeDriverError(one);
    try {
      const {message, cause, errors} = one as {message?: unknown; cause?: unknown; errors?: unknown};
      if (described !== undefined && typeof message === 'string') found.push([message, described.message]);
      look(cause, depth + 1);
      if (Array.isArray(errors)) for (const each of errors.slice(0, 16)) look(each, depth + 1);
    } catch {
      // Its getters throw: then nothing can quote it.
    }
  };
  look(error, 0);
  return found.sort(([a], [b]) => b.length - a.length); // A longer one may contain a shorter one.
}

/** A stack's lines of code, under `heading` instead of the error's own words. */
function framesOf(stack: string, message: string | undefined, heading: string): string {
  const rest = typeof message === 'string' && message !== '' ? stack.replaceAll(message, '') : stack;
  return [
    heading,
    ...rest.split('\n').filter((line) => /^\s+at .*(?::\d+:\d+\)?|\(<anonymous>\)|native\)?)$/.test(line)),
  ].join('\n');
}
