/**
 * The one way in for data that others wrote: JSON of a file, a body or an answer is read by a schema, as a configuration is, and
 * every fault says where it is: `sampling.json: overrides[2].until: expected a number, found "soon"`.
 */
import {errorMessage} from '../base/index.ts';
import {type ConfigNode, type Fault, formatFault, type Position, type Report} from './node.ts';
import type {ConfigType} from './schema.ts';

export type JsonRead<T> =
  | {readonly kind: 'ok'; readonly value: T}
  | {readonly kind: 'faulty'; readonly faults: readonly [Fault, ...Fault[]]};

/** Reads a value that JSON.parse gave; `source` is what faults call the document. */
export function readJson<T>(type: ConfigType<T>, value: unknown, source: string): JsonRead<T> {
  const faults: Fault[] = [];
  const report: Report = {
    fault: (at, message) => void faults.push({at, message}),
    warn() {},
    listens() {},
  };
  const read = type.read(nodeOf(value, source, '', 0, report), report);
  const [first, ...rest] = faults;
  return first === undefined ? {kind: 'ok', value: read} : {kind: 'faulty', faults: [first, ...rest]};
}

/** The value of a text in JSON. Throws an Error with every fault of it. */
export function parseJson<T>(type: ConfigType<T>, text: string, source: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${source}: not JSON: ${errorMessage(error)}`);
  }
  return checkedJson(type, value, source);
}

/** Throws an Error with every fault of the value. */
export function checkedJson<T>(type: ConfigType<T>, value: unknown, source: string): T {
  const read = readJson(type, value, source);
  if (read.kind === 'ok') return read.value;
  const shown = read.faults.slice(0, maxShown).map(formatFault);
  const more = read.faults.length - shown.length;
  throw new Error(`${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
}

const maxShown = 10;
/** Deeper than any document of ours, and far from the end of the stack. */
const maxDepth = 64;

function nodeOf(value: unknown, source: string, path: string, depth: number, report: Report): ConfigNode {
  const at: Position = {source, line: 0, column: 0, path};
  if (depth > maxDepth) {
    report.fault(at, `nests deeper than ${maxDepth} levels`);
    return {kind: 'scalar', at, value: undefined, text: ''};
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => nodeOf(item, source, `${path}[${index}]`, depth + 1, report));
    return {kind: 'list', at, items};
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => {
      const node = nodeOf(inner, source, path === '' ? key : `${path}.${key}`, depth + 1, report);
      return [key, {at: node.at, value: node}] as const;
    });
    return {kind: 'map', at, entries: new Map(entries)};
  }
  if (value === null || value === undefined) return {kind: 'scalar', at, value: undefined, text: 'null'};
  return {kind: 'scalar', at, value: value as string | number | boolean, text: String(value)};
}
