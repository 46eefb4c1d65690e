/** Paths of the syntax tree to the fields that they name. */
import {suggestion} from '../config/index.ts';
import type {Expression, PathField} from './ast.ts';
import {attributePath, indexedAttributePath} from './attributes.ts';
import type {Compiler} from './compile.ts';
import {aliases, type OttlContext, pathsOf, rowsOf} from './context.ts';
import {OttlError} from './faults.ts';
import type {PathDefinition} from './fields.ts';
import type {Frame, PathSource, RowOf, Source} from './frame.ts';
import {didYouMean, wordHint} from './hints.ts';
import {traceStatePath} from './trace-state.ts';
import {isList, readIndexed, typeOf, type Value, writeIndexed} from './value.ts';

type PathNode = Extract<Expression, {kind: 'path'}>;

/** The context that a path's first field names, or undefined where it names none. */
export function contextNamed(name: string): OttlContext | undefined {
  if (Object.hasOwn(aliases, name)) return aliases[name];
  return Object.hasOwn(pathsOf, name) ? (name as OttlContext) : undefined;
}

export function resolvePath(compiler: Compiler, {at, fields}: PathNode): PathSource | undefined {
  const rows = rowsOf[compiler.context];
  const first = fields[0] as PathField;
  const named = contextNamed(first.name);
  let level: OttlContext = compiler.context;
  let rest = fields;
  if (named !== undefined && rows[named] !== undefined) {
    // `resource["x"]` names no field.
    if (first.keys.length > 0)
      return compiler.fault(first.at, `\`${first.name}\` has no keys: write \`${first.name}.attributes[…]\``);
    level = named;
    rest = fields.slice(1);
  } else if (named !== undefined) {
    const reachable = Object.keys(rows).join(', ');
    return compiler.fault(first.at, `the context ${compiler.context} has no \`${first.name}\`; it has ${reachable}`);
  } else if (first.name === 'otelcol' || first.name === 'context') {
    return compiler.fault(first.at, `\`${first.name}\` (the sender's connection) cannot be asked for here`);
  }
  if (rest[0]?.name === 'cache' && level === compiler.context) return cachePath(compiler, rest);
  const early = rest.slice(0, -1).find((field) => field.keys.length > 0);
  if (early !== undefined)
    return compiler.fault(early.keys[0]!.at, `\`${early.name}\` has no keys: they stand at the end of a path`);
  const name = rest.map((field) => field.name).join('.');
  const paths = pathsOf[level];
  if (!Object.hasOwn(paths, name)) {
    const known = [...Object.keys(paths).filter((each) => each !== ''), 'cache'];
    const where = rest[0]?.at ?? at;
    if (name === '')
      return compiler.fault(where, `\`${first.name}\` is no value by itself; its paths are ${known.join(', ')}`);
    const hint = asKeys(fields, rest, paths) || wordHint(name) || suggestion(name, known) || among(name, known);
    return compiler.fault(
      where,
      `${level} has no path \`${name}\`${hint === '' ? `; its paths are ${known.join(', ')}` : hint}`,
    );
  }
  return withKeys(compiler, paths[name] as PathDefinition, rows[level] as RowOf, rest.at(-1), name);
}

/** `attributes.http.method`: what follows the map is a key of it. */
function asKeys(
  fields: readonly PathField[],
  rest: readonly PathField[],
  paths: Readonly<Record<string, PathDefinition>>,
): string {
  const map = Object.hasOwn(paths, rest[0]!.name) ? paths[rest[0]!.name] : undefined;
  if (map?.keys === undefined || rest.length < 2) return '';
  const keyed = fields.slice(0, fields.length - rest.length + 1).map((field) => field.name);
  const key = rest.slice(1).map((field) => field.name);
  return `; its keys stand in brackets: \`${keyed.join('.')}["${key.join('.')}"]\``;
}

/** The paths of which the name is a word: `value_double` and `value_int` for `value`. */
const among = (name: string, known: readonly string[]): string =>
  didYouMean(known.filter((path) => path.split(/[._]/).includes(name)));

function withKeys(
  compiler: Compiler,
  definition: PathDefinition,
  row: RowOf,
  last: PathField | undefined,
  name: string,
): PathSource | undefined {
  const path = definition.make(row);
  const keys = last?.keys ?? [];
  if (keys.length === 0) return path;
  const sources = keys.map((key) => compiler.value(key));
  const values = valuesOf(sources);
  switch (definition.keys) {
    case 'attributes': {
      const [only] = sources;
      const {owner} = path;
      if (owner === undefined) throw new Error('BUG: attributes without an owner');
      const key = only?.constant?.value;
      if (only?.constant !== undefined && typeof key !== 'string') {
        return compiler.fault(keys[0]!.at, `\`${name}\` is indexed by a string, not by ${typeOf(key)}`);
      }
      return sources.length === 1 && typeof key === 'string'
        ? attributePath(owner, key)
        : indexedAttributePath(owner, values);
    }
    case 'value':
      return indexedPath(path, values);
    case 'traceState':
      if (sources.length > 1) return compiler.fault(keys[1]!.at, 'an entry of the trace state has no keys of its own');
      return traceStatePath(path, values);
    default:
      // What is a list or a map to read can be indexed as such.
      if (definition.type === 'list' || definition.type === 'map') {
        return {get: (frame) => readIndexed(path.get(frame), values(frame))};
      }
      return compiler.fault(keys[0]!.at, `\`${name}\` is of type ${definition.type}: it has no keys`);
  }
}

function valuesOf(sources: readonly Source[]): (frame: Frame) => readonly Value[] {
  if (sources.every((source) => source.constant !== undefined)) {
    const values = sources.map((source) => source.constant!.value);
    return () => values;
  }
  return (frame) => sources.map((source) => source.get(frame));
}

const indexedPath = (path: PathSource, keys: (frame: Frame) => readonly Value[]): PathSource => ({
  get(frame) {
    const value = path.get(frame);
    return value === undefined ? undefined : readIndexed(value, keys(frame));
  },
  set: (frame, value) => path.set!(frame, writeIndexed(path.get(frame), keys(frame), value, 0)),
});

function cachePath(compiler: Compiler, fields: readonly PathField[]): PathSource | undefined {
  const [field, next] = fields as readonly [PathField, PathField?];
  if (next !== undefined) return compiler.fault(next.at, 'the cache has keys, and no fields: `cache["key"]`');
  const whole: PathSource = {
    get: (frame) => frame.cache.map,
    set(frame, value) {
      if (!(value instanceof Map))
        throw new OttlError(`the cache is set to a map, not to ${isList(value) ? 'a list' : typeOf(value)}`);
      frame.cache.map = new Map(value);
    },
  };
  if (field.keys.length === 0) return whole;
  return indexedPath(whole, valuesOf(field.keys.map((key) => compiler.value(key))));
}
