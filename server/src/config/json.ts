/**
 * The one way in for data that others wrote: JSON of a file, a body or an answer is read by a schema, as a configuration is, and
 * every fault says where it is: `sampling.json: overrides[2].until: expected a number, found "soon"`.
 */
import {errorMessage} from '../base/index.ts';
import {type ConfigNode, type Fault, formatFault, type Position, type Report} from './node.ts';
import type {ConfigType} from './schema.ts';
import {parseYaml} from './yaml.ts';

export type JsonRead<T> =
  | {readonly kind: 'ok'; readonly value: T; readonly warnings: readonly Fault[]}
  | {readonly kind: 'faulty'; readonly faults: readonly [Fault, ...Fault[]]};

/** Reads a value that JSON.parse gave; `source` is what faults call the document. */
export function readJson<T>(type: ConfigType<T>, value: unknown, source: string): JsonRead<T> {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const report: Report = {
    fault: (at, message) => void faults.push({at, message}),
    warn: (at, message) => void warnings.push({at, message}),
    listens() {},
    refers() {},
  };
  const read = type.read(nodeOf(value, new Place(source), 0, report), report);
  const [first, ...rest] = faults;
  return first === undefined ? {kind: 'ok', value: read, warnings} : {kind: 'faulty', faults: [first, ...rest]};
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

/** The same of a text in YAML, such as a kubeconfig. */
export function parseForeignYaml<T>(type: ConfigType<T>, text: string, source: string): T {
  const faults: Fault[] = [];
  const report: Report = {
    fault: (at, message) => void faults.push({at, message}),
    warn() {},
    listens() {},
    refers() {},
  };
  const node = parseYaml(source, text, report);
  const value = node === undefined ? undefined : type.read(node, report);
  if (faults.length > 0) throw new Error(summary(faults));
  return value as T;
}

/** Throws an Error with every fault of the value; `warn` hears of what was left out. */
export function checkedJson<T>(
  type: ConfigType<T>,
  value: unknown,
  source: string,
  warn: (message: string) => void = () => {},
): T {
  const read = readJson(type, value, source);
  if (read.kind === 'faulty') throw new Error(summary(read.faults));
  if (read.warnings.length > 0) warn(summary(read.warnings));
  return read.value;
}

function summary(faults: readonly Fault[]): string {
  const shown = faults.slice(0, maxShown).map(formatFault);
  const more = faults.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

const maxShown = 10;
/** Deeper than any document of ours, and far from the end of the stack. */
const maxDepth = 64;

/** Keeps its parent instead of its path, which only a fault needs. */
class Place implements Position {
  readonly source: string;
  readonly line = 0;
  readonly column = 0;
  readonly #parent: Place | undefined;
  readonly #key: string | number;

  constructor(source: string, parent?: Place, key: string | number = '') {
    this.source = source;
    this.#parent = parent;
    this.#key = key;
  }

  get path(): string {
    if (this.#parent === undefined) return '';
    const before = this.#parent.path;
    if (typeof this.#key === 'number') return `${before}[${this.#key}]`;
    return before === '' ? this.#key : `${before}.${this.#key}`;
  }
}

function nodeOf(value: unknown, at: Place, depth: number, report: Report): ConfigNode {
  const child = (key: string | number, inner: unknown): ConfigNode =>
    nodeOf(inner, new Place(at.source, at, key), depth + 1, report);
  if (depth > maxDepth) {
    report.fault(at, `nests deeper than ${maxDepth} levels`);
    return {kind: 'scalar', at, value: undefined, text: ''};
  }
  if (Array.isArray(value)) return {kind: 'list', at, items: value.map((item, index) => child(index, item))};
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => {
      const node = child(key, inner);
      return [key, {at: node.at, value: node}] as const;
    });
    return {kind: 'map', at, entries: new Map(entries)};
  }
  if (value === null || value === undefined) return {kind: 'scalar', at, value: undefined, text: 'null'};
  return {kind: 'scalar', at, value: value as string | number | boolean, text: String(value)};
}
