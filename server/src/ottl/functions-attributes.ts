/** Editors of maps of attributes. Those of rows work on columns; all others on a map that is written back. */
import {sameBytes, utf8Bytes} from '../base/index.ts';
import {findAttribute, valueType} from '../model/index.ts';
import {keyOf, PreparedText, removeWhere} from './attributes.ts';
import {OttlError} from './faults.ts';
import type {Frame, Owner, PathSource, Source} from './frame.ts';
import {type Argument, ArgumentFault, editor, type FunctionDefinition, may, needs} from './function.ts';
import {regexpArgument} from './patterns.ts';
import {asString, isContinuation} from './text.ts';
import {isList, typeOf, type Value, type ValueMap} from './value.ts';

/** Changes a map that is no row's, by way of a copy. */
export function editMap(target: PathSource, frame: Frame, edit: (map: ValueMap) => ValueMap | undefined): void {
  const value = target.get(frame);
  if (!(value instanceof Map)) throw new OttlError(`expected map, found ${typeOf(value)}`);
  const changed = edit(value);
  if (changed !== undefined) target.set!(frame, changed);
}

const filtered = (map: ValueMap, keep: (key: string) => boolean): ValueMap =>
  new Map([...map].filter(([key]) => keep(key)));

/** Keeps the entries whose keys `keep` wants. */
function keepKeys(target: PathSource, keep: (frame: Frame) => (key: string) => boolean): (frame: Frame) => void {
  const {owner} = target;
  return (frame) => {
    const wants = keep(frame);
    if (owner === undefined) editMap(target, frame, (map) => filtered(map, wants));
    else removeWhere(frame, owner, (at) => !wants(keyOf(frame.batch, at)));
  };
}

/** The same for a list of keys that is known beforehand: compared as bytes. */
function keepListed(owner: Owner, keys: readonly string[]): (frame: Frame) => void {
  const prepared = keys.map(utf8Bytes);
  return (frame) => {
    const {batch} = frame;
    const {words} = batch.attributes.columns.key;
    const {bytes} = batch.heap;
    removeWhere(frame, owner, (at) => {
      const start = words[2 * at] as number;
      const length = words[2 * at + 1] as number;
      for (const key of prepared) if (sameBytes(bytes, start, length, key, 0, key.length)) return false;
      return true;
    });
  };
}

function deleteKey(target: PathSource, key: Argument<string>): (frame: Frame) => void {
  const {owner} = target;
  if (owner === undefined) {
    return (frame) =>
      editMap(target, frame, (map) => {
        const name = key.get(frame);
        return map.has(name) ? filtered(map, (each) => each !== name) : undefined;
      });
  }
  const constant = key.constant === undefined ? undefined : utf8Bytes(key.constant.value);
  return (frame) => {
    const bytes = constant ?? utf8Bytes(key.get(frame));
    const found = findAttribute(frame.batch, owner.column(frame), owner.row(frame), bytes);
    if (found >= 0) removeWhere(frame, owner, (at) => at === found);
  };
}

function limit(target: PathSource, most: number, priority: readonly string[]): (frame: Frame) => void {
  const wanted = new Set(priority);
  const {owner} = target;
  return (frame) => {
    const keysNow = (keys: readonly string[]): ReadonlySet<string> => {
      let free = most - keys.filter((key) => wanted.has(key)).length;
      return new Set(keys.filter((key) => wanted.has(key) || free-- > 0));
    };
    if (owner === undefined) {
      return editMap(target, frame, (map) => {
        if (map.size <= most) return undefined;
        const kept = keysNow([...map.keys()]);
        return filtered(map, (key) => kept.has(key));
      });
    }
    const range = owner.column(frame);
    const row = owner.row(frame);
    const count = range.count(row);
    if (count <= most) return;
    const from = range.from(row);
    const kept = keysNow(Array.from({length: count}, (_, index) => keyOf(frame.batch, from + index)));
    removeWhere(frame, owner, (at) => !kept.has(keyOf(frame.batch, at)));
  };
}

/** How many of the bytes stay below the limit; with `safe`, no character is cut in two. */
function cutAt(bytes: Uint8Array, start: number, most: number, safe: boolean): number {
  let length = most;
  if (safe) while (length > 0 && isContinuation(bytes[start + length])) length--;
  return length;
}

function truncateAll(target: PathSource, most: number, safe: boolean, marker: string): (frame: Frame) => void {
  const end = utf8Bytes(marker);
  const room = most - end.length;
  const {owner} = target;
  const shortened = (text: string): string => {
    const bytes = utf8Bytes(text);
    if (bytes.length <= most) return text;
    return new TextDecoder().decode(bytes.subarray(0, cutAt(bytes, 0, room, safe))) + marker;
  };
  if (owner === undefined) {
    return (frame) =>
      editMap(
        target,
        frame,
        (map) => new Map([...map].map(([key, value]) => [key, typeof value === 'string' ? shortened(value) : value])),
      );
  }
  return (frame) => {
    const {attributes, heap} = frame.batch;
    const {type, value} = attributes.columns;
    const range = owner.column(frame);
    const row = owner.row(frame);
    const from = range.from(row);
    for (let at = from; at < from + range.count(row); at++) {
      if (type.data[at] !== valueType.string || (value.words[2 * at + 1] as number) <= most) continue;
      const start = value.words[2 * at] as number;
      const length = cutAt(heap.bytes, start, room, safe);
      if (end.length === 0) value.setPair(at, start, length);
      else {
        const to = heap.reserve(length + end.length);
        heap.bytes.copyWithin(to, start, start + length);
        heap.bytes.set(end, to + length);
        value.setPair(at, to, length + end.length);
      }
    }
  };
}

/** Moves what lies in nested maps and lists to the top, under keys joined by dots. */
function flattened(map: ValueMap, prefix: string, maxDepth: number, resolve: boolean): ValueMap {
  const result: ValueMap = new Map();
  const put = (key: string, value: Value): void => {
    if (!resolve || !result.has(key)) return void result.set(key, value);
    let number = 0;
    while (result.has(`${key}.${number}`)) number++;
    result.set(`${key}.${number}`, value);
  };
  const isNested = (value: Value): value is ValueMap | readonly Value[] => value instanceof Map || isList(value);
  const one = (key: string, value: Value, depth: number): void => {
    if (!isNested(value) || depth >= maxDepth) return put(key, value);
    if (!isList(value)) {
      for (const [name, each] of value) one(`${key}.${name}`, each, depth + 1);
      return;
    }
    for (const [index, each] of value.entries()) {
      // Scalars of a list share its key, and conflict there; what is nested in it does not.
      const place = `${key}.${index}`;
      if (!isNested(each) || depth + 1 >= maxDepth) put(resolve ? key : place, each);
      else if (isList(each)) for (const [at, inner] of each.entries()) one(`${place}.${at}`, inner, depth + 3);
      else one(place, each, depth + 1);
    }
  };
  for (const [key, value] of map) one(prefix === '' ? key : `${prefix}.${key}`, value, 0);
  return result;
}

/** Sets a target, by the shortest way that it and the value have in common. */
function setTo(target: PathSource, value: Source): (frame: Frame) => void {
  if (typeof value.constant?.value === 'string' && target.setText !== undefined) {
    const text = new PreparedText(value.constant.value);
    return (frame) => target.setText!(frame, text);
  }
  if (value.attribute !== undefined && target.copy !== undefined) {
    return (frame) => {
      const from = value.attribute!(frame);
      if (from >= 0) target.copy!(frame, from);
      else target.set!(frame, undefined);
    };
  }
  return (frame) => target.set!(frame, value.get(frame));
}

const strategies = ['insert', 'update', 'upsert'];

function nonNegative(parameter: string, value: bigint): number {
  if (value < 0n) throw new ArgumentFault(parameter, `expected a number from 0, found ${value}`);
  return Number(value);
}

export const attributeEditors: readonly FunctionDefinition[] = [
  editor(
    'set',
    'Sets a field to a value. Of nil, a value (an attribute, a body) becomes empty, a map loses its keys, and other fields are an error.',
    {target: needs('target'), value: needs('any')},
    ({target, value}) => setTo(target, value),
  ),
  editor(
    'delete_key',
    'Removes a key from a map.',
    {target: needs('map target'), key: needs('string')},
    ({target, key}) => deleteKey(target, key),
  ),
  editor(
    'delete_matching_keys',
    'Removes the keys of a map that match a regular expression.',
    {target: needs('map target'), pattern: needs('string')},
    ({target, pattern}) => {
      const regexp = regexpArgument('pattern', pattern);
      return keepKeys(target, (frame) => {
        const matches = regexp(frame);
        return (key) => !matches.test(key);
      });
    },
  ),
  editor(
    'keep_matching_keys',
    'Keeps only the keys of a map that match a regular expression.',
    {target: needs('map target'), pattern: needs('string')},
    ({target, pattern}) => {
      const regexp = regexpArgument('pattern', pattern);
      return keepKeys(target, (frame) => {
        const matches = regexp(frame);
        return (key) => matches.test(key);
      });
    },
  ),
  editor(
    'keep_keys',
    'Keeps only these keys of a map.',
    {target: needs('map target'), keys: needs('strings')},
    ({target, keys}) => {
      if (keys.constant !== undefined && target.owner !== undefined)
        return keepListed(target.owner, keys.constant.value);
      return keepKeys(target, (frame) => {
        const wanted = new Set(keys.get(frame));
        return (key) => wanted.has(key);
      });
    },
  ),
  editor(
    'limit',
    'Drops entries of a map beyond a number, those of `priority_keys` last.',
    {target: needs('map target'), limit: needs('literal int'), priority_keys: needs('literal strings')},
    ({target, limit: most, priority_keys}) => {
      const number = nonNegative('limit', most);
      if (priority_keys.length > number) {
        throw new ArgumentFault('priority_keys', `there are ${priority_keys.length} keys, and the limit is ${number}`);
      }
      return limit(target, number, priority_keys);
    },
  ),
  editor(
    'truncate_all',
    'Shortens the strings of a map to a number of bytes, at a character unless `utf8_safe` is false.',
    {
      target: needs('map target'),
      limit: needs('literal int'),
      utf8_safe: may('literal bool'),
      truncation_marker: may('literal string'),
    },
    ({target, limit: most, utf8_safe = true, truncation_marker = ''}) => {
      const number = nonNegative('limit', most);
      if (utf8Bytes(truncation_marker).length > number) {
        throw new ArgumentFault('truncation_marker', `the marker is longer than the limit of ${number} bytes`);
      }
      return truncateAll(target, number, utf8_safe, truncation_marker);
    },
  ),
  editor(
    'stringify_all',
    'Makes every value of a map a string.',
    {target: needs('map target')},
    ({target}) =>
      (frame) =>
        editMap(target, frame, (map) => {
          if ([...map.values()].every((value) => typeof value === 'string')) return undefined;
          return new Map([...map].map(([key, value]) => [key, asString(value)]));
        }),
  ),
  editor(
    'flatten',
    'Moves the entries of nested maps and lists to the top of a map, under keys joined by dots.',
    {
      target: needs('map target'),
      prefix: may('string'),
      depth: may('literal int'),
      resolveConflicts: may('literal bool'),
    },
    ({target, prefix, depth, resolveConflicts = false}) => {
      if (depth !== undefined && depth < 1n)
        throw new ArgumentFault('depth', `expected a number from 1, found ${depth}`);
      const most = depth === undefined ? Number.POSITIVE_INFINITY : Number(depth);
      return (frame) =>
        editMap(target, frame, (map) => flattened(map, prefix?.get(frame) ?? '', most, resolveConflicts));
    },
  ),
  editor(
    'merge_maps',
    'Merges a map into another: `insert` adds new keys, `update` replaces known ones, `upsert` does both.',
    {target: needs('map target'), source: needs('map'), strategy: needs('literal string')},
    ({target, source, strategy}) => {
      if (!strategies.includes(strategy)) {
        throw new ArgumentFault('strategy', `expected one of ${strategies.join(', ')}, found ${strategy}`);
      }
      return (frame) => {
        const from = source.get(frame);
        editMap(target, frame, (map) => {
          const merged: ValueMap = new Map(map);
          for (const [key, value] of from) {
            if (map.has(key) ? strategy !== 'insert' : strategy !== 'update') merged.set(key, value);
          }
          return merged;
        });
      };
    },
  ),
];
