/** Regular expressions, globs and replacements as arguments: compiled once where they are constant. */
import {compileGoRegExp} from '../config/index.ts';
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
export const regexpArgument = (parameter: string, argument: Argument<string>): ((frame: Frame) => RegExp) =>
  compiledArgument(parameter, argument, compileGoRegExp);

export const globArgument = (parameter: string, argument: Argument<string>): ((frame: Frame) => RegExp) =>
  compiledArgument(parameter, argument, compileGlob);

/** `*`, `?`, `[a-c]`, `[!a]`, `{x,y}` and `\` before any of them, over the whole text. */
function compileGlob(glob: string): RegExp | string {
  let source = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] as string;
    if (character === '*') source += '[^]*';
    else if (character === '?') source += '[^]';
    else if (character === '{') {
      source += '(?:';
      depth++;
    } else if (character === '}' && depth > 0) {
      source += ')';
      depth--;
    } else if (character === ',' && depth > 0) source += '|';
    else if (character === '[') {
      const end = glob.indexOf(']', at + 2);
      if (end < 0) return 'the glob has a `[` without its `]`';
      const inside = glob.slice(at + 1, end);
      source += `[${inside.replace(/^!/, '^').replace(/[\\[\]]/g, '\\$&')}]`;
      at = end;
    } else {
      if (character === '\\' && at + 1 < glob.length) at++;
      source += (glob[at] as string).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    }
  }
  if (depth > 0) return 'the glob has a `{` without its `}`';
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch {
    return 'not a glob';
  }
}

/** A template as Go's Regexp.Expand has it: `$1`, `${1}`, `$name`, `${name}`, and `$$` for `$`. */
export function expand(template: string, match: RegExpMatchArray): string {
  if (!template.includes('$')) return template;
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (_, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return '$';
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
  });
}

/** The same expression, for all matches. Its `lastIndex` is whatever the last user left. */
export function everywhere(pattern: RegExp): RegExp {
  let all = globals.get(pattern);
  if (all === undefined) globals.set(pattern, (all = new RegExp(pattern.source, `${pattern.flags}g`)));
  return all;
}
const globals = new WeakMap<RegExp, RegExp>();

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
