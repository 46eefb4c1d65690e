/** Regular expressions, globs and replacements as arguments: compiled once where they are constant. */
import {compileGlob} from '../config/index.ts';
import {compilePattern, type Pattern} from '../regexp/index.ts';
import {OttlError} from './faults.ts';
import type {Frame} from './frame.ts';
import {type Argument, ArgumentFault, type NamedFunction} from './function.ts';
import {typeOf, type Value} from './value.ts';

/** What `compile` makes of a text. Of those that are computed for each row the last one is kept, since rows tend to agree. */
export function compiledArgument<T>(
  parameter: string,
  {get, constant}: Argument<string>,
  compile: (text: string) => T | string,
): (frame: Frame) => T {
  if (constant !== undefined) {
    const made = compile(constant.value);
    if (typeof made === 'string') throw new ArgumentFault(parameter, made);
    return () => made;
  }
  let last: {readonly text: string; readonly made: T | string} | undefined;
  return (frame: Frame): T => {
    const text = get(frame);
    if (last?.text !== text) last = {text, made: compile(text)};
    if (typeof last.made === 'string') throw new OttlError(last.made);
    return last.made;
  };
}

/** A regular expression of Go's syntax. */
export const regexpArgument = (parameter: string, argument: Argument<string>): ((frame: Frame) => Pattern) =>
  compiledArgument(parameter, argument, compilePattern);

export const globArgument = (parameter: string, argument: Argument<string>): ((frame: Frame) => Pattern) =>
  compiledArgument(parameter, argument, (text) => compileGlob(text));

/** What stands in for a match: the template, or what `function` makes of it, in its format. */
export function replacer(
  named: NamedFunction | undefined,
  format: string | undefined,
): (frame: Frame, expanded: string) => string {
  if (format !== undefined && (format.match(/%s/g)?.length !== 1 || /%[^s]/.test(format))) {
    throw new ArgumentFault('replacement_format', 'the format must have `%s` exactly once, and nothing else with `%`');
  }
  if (named === undefined) return (_, text) => text;
  let input = '';
  const made = named({get: () => input as Value});
  return (frame, text) => {
    input = text;
    const result = made(frame);
    if (typeof result !== 'string')
      throw new OttlError(`the function of the replacement gave ${typeOf(result)}, not a string`);
    return format === undefined ? result : format.replace('%s', () => result);
  };
}
