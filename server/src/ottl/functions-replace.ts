/** Editors that replace texts, and those of lists. */
import {expand, replaceMatches} from '../regexp/index.ts';
import {OttlError} from './faults.ts';
import type {Frame, PathSource} from './frame.ts';
import {type Argument, ArgumentFault, editor, type FunctionDefinition, may, needs} from './function.ts';
import {editMap} from './functions-attributes.ts';
import {globArgument, regexpArgument, replacer} from './patterns.ts';
import {isList, typeOf, type Value, type ValueMap} from './value.ts';

type Replace = (frame: Frame, text: string) => string | undefined;

const parameters = {
  replacement: needs('string'),
  function: may('function'),
  replacement_format: may('literal string'),
} as const;

/** The text with every match replaced; undefined where there is none. */
function replacePattern(
  pattern: Argument<string>,
  parameter: string,
  replacement: Argument<string>,
  named: Parameters<typeof replacer>[0],
  format: string | undefined,
): Replace {
  const regexp = regexpArgument(parameter, pattern);
  const finish = replacer(named, format);
  return (frame, text) => {
    let template: string | undefined;
    return replaceMatches(regexp(frame), text, (match) => {
      template ??= replacement.get(frame);
      return finish(frame, expand(template, match));
    });
  };
}

/** The replacement where the whole text matches a glob. */
function replaceMatch(
  pattern: Argument<string>,
  replacement: Argument<string>,
  named: Parameters<typeof replacer>[0],
  format: string | undefined,
): Replace {
  const glob = globArgument('pattern', pattern);
  const finish = replacer(named, format);
  return (frame, text) => (glob(frame).test(text) ? finish(frame, replacement.get(frame)) : undefined);
}

const one = (target: PathSource, replace: Replace) => (frame: Frame) => {
  const value = target.get(frame);
  if (typeof value !== 'string') return;
  const replaced = replace(frame, value);
  if (replaced !== undefined) target.set!(frame, replaced);
};

/** Writes the map only where something was replaced. */
const all = (target: PathSource, mode: 'key' | 'value', replace: Replace) => (frame: Frame) =>
  editMap(target, frame, (map) => {
    let isChanged = false;
    const changed: ValueMap = new Map();
    for (const [key, value] of map) {
      const text = mode === 'key' ? key : value;
      const replaced = typeof text === 'string' ? replace(frame, text) : undefined;
      if (replaced !== undefined) isChanged = true;
      if (mode === 'key') changed.set(replaced ?? key, value);
      else changed.set(key, replaced ?? value);
    }
    return isChanged ? changed : undefined;
  });

function appended(target: Value, added: readonly Value[]): Value {
  if (target === undefined) return added;
  if (target instanceof Map) throw new OttlError('cannot append to a map');
  return isList(target) ? [...target, ...added] : [target, ...added];
}

function deleteIndex(list: Value, start: bigint, end: bigint): Value {
  if (!isList(list)) throw new OttlError(`expected list, found ${typeOf(list)}`);
  const count = BigInt(list.length);
  if (start < 0n || start >= count)
    throw new OttlError(`index ${start} is out of bounds: the list has ${count} elements`);
  if (end < start || end > count) throw new OttlError(`the end ${end} is out of bounds: expected ${start} to ${count}`);
  return [...list.slice(0, Number(start)), ...list.slice(Number(end))];
}

export const replaceEditors: readonly FunctionDefinition[] = [
  editor(
    'replace_pattern',
    'Replaces what matches a regular expression in a string; `$1` and `$name` stand for groups.',
    {target: needs('target'), regex: needs('string'), ...parameters},
    ({target, regex, replacement, function: named, replacement_format}) =>
      one(target, replacePattern(regex, 'regex', replacement, named, replacement_format)),
  ),
  editor(
    'replace_match',
    'Replaces a string that matches a glob.',
    {target: needs('target'), pattern: needs('string'), ...parameters},
    ({target, pattern, replacement, function: named, replacement_format}) =>
      one(target, replaceMatch(pattern, replacement, named, replacement_format)),
  ),
  editor(
    'replace_all_patterns',
    'Replaces what matches a regular expression in every key (`key`) or string value (`value`) of a map.',
    {target: needs('map target'), mode: needs('literal string'), regex: needs('string'), ...parameters},
    ({target, mode, regex, replacement, function: named, replacement_format}) => {
      if (mode !== 'key' && mode !== 'value') throw new ArgumentFault('mode', `expected key or value, found ${mode}`);
      return all(target, mode, replacePattern(regex, 'regex', replacement, named, replacement_format));
    },
  ),
  editor(
    'replace_all_matches',
    'Replaces every string value of a map that matches a glob.',
    {target: needs('map target'), pattern: needs('string'), ...parameters},
    ({target, pattern, replacement, function: named, replacement_format}) =>
      all(target, 'value', replaceMatch(pattern, replacement, named, replacement_format)),
  ),
  editor(
    'append',
    'Appends one value or several to a list; a single value becomes a list first.',
    {target: needs('target'), value: may('any'), values: may('list')},
    ({target, value, values}) => {
      if (value === undefined && values === undefined) throw new ArgumentFault('value', 'expected `value` or `values`');
      return (frame) => {
        const added = [...(value === undefined ? [] : [value.get(frame)]), ...(values?.get(frame) ?? [])];
        target.set!(frame, appended(target.get(frame), added));
      };
    },
  ),
  editor(
    'delete_index',
    'Removes an element of a list, or those from `startIndex` up to `endIndex`.',
    {target: needs('target'), startIndex: needs('int'), endIndex: may('int')},
    ({target, startIndex, endIndex}) =>
      (frame) => {
        const start = startIndex.get(frame);
        target.set!(frame, deleteIndex(target.get(frame), start, endIndex?.get(frame) ?? start + 1n));
      },
  ),
];
