/** YAML to positioned nodes. */
import {isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument} from 'yaml';
import {type ConfigNode, type Entry, emptyMap, type Position, type Report} from './node.ts';

/** More nodes than any configuration has: aliases can make a small text very large. */
const maxNodes = 100_000;
/** Of one text: what breaks once is often reported on every line after it. */
const maxErrors = 20;

/**
 * Parses one document. A key such as `a::b` means `{a: {b: …}}`, as in the Collector. Undefined where the text is not YAML;
 * the faults are reported then. `at` replaces the positions where the text is not a file that a person can open.
 */
export function parseYaml(source: string, text: string, report: Report, at?: Position): ConfigNode | undefined {
  const node = parseValue(source, text, report, at);
  // A file without any settings is an empty map.
  return node?.kind === 'scalar' && node.value === undefined ? emptyMap(node.at) : node;
}

/** The same, with nothing (`# a comment`, `null`) as YAML's null. */
export function parseValue(source: string, text: string, report: Report, at?: Position): ConfigNode | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, {lineCounter: lines, merge: true, prettyErrors: false, version: '1.2'});
  const place = (offset: number | undefined): Position => {
    if (at !== undefined) return at;
    if (offset === undefined) return {source, line: 1, column: 1};
    const {line, col} = lines.linePos(offset);
    return {source, line, column: col};
  };
  if (document.errors.length > 0) {
    for (const error of document.errors.slice(0, maxErrors))
      report.fault(place(error.pos[0]), `not valid YAML: ${reasonOf(error.message)}`);
    return undefined;
  }
  let count = 0;
  let tooMany = false;
  const convert = (node: unknown, parent: Position): ConfigNode => {
    const here = place((node as Node | null)?.range?.[0]) ?? parent;
    if (++count > maxNodes) tooMany = true;
    if (tooMany || node === null)
      return {kind: 'scalar', at: node === null ? parent : here, value: undefined, text: ''};
    if (isAlias(node)) return convert(node.resolve(document) ?? null, here);
    if (isSeq(node)) return {kind: 'list', at: here, items: node.items.map((item) => convert(item, here))};
    if (isMap(node)) {
      const entries = new Map<string, Entry>();
      for (const {key, value} of node.items) {
        const keyAt = place((key as Node | null)?.range?.[0]);
        const name = isScalar(key) ? String(key.source ?? key.value) : String(key);
        if (name === '<<') mergeInto(entries, convert(value, keyAt));
        else insert(entries, name.split('::'), {at: keyAt, value: convert(value, keyAt)});
      }
      return {kind: 'map', at: here, entries};
    }
    if (!isScalar(node)) return {kind: 'scalar', at: here, value: undefined, text: ''};
    const value = node.value as string | number | boolean | bigint | null;
    const written = node.source ?? String(value ?? '');
    const plain = node.type === 'PLAIN' && node.tag === undefined;
    return {
      kind: 'scalar',
      at: here,
      value: (plain ? integerOf(written) : undefined) ?? value ?? undefined,
      text: written,
    };
  };
  const root = place(0);
  const tree = convert(document.contents, root);
  if (!tooMany) return tree;
  report.fault(root, `has more than ${maxNodes} values; aliases that repeat each other?`);
  return undefined;
}

/**
 * Whole numbers as the Collector's YAML reads them beyond YAML 1.2: `0123` is octal (83), `0b101` binary, and `_` may stand
 * between digits. Undefined for every other text.
 */
function integerOf(text: string): number | undefined {
  const [, sign, digits = ''] = /^([-+]?)(0[0-7_]+|0b[01_]+|(?=[\d_]*_)\d[\d_]*|0[xo][\da-f_]+)$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  const plain = digits.replaceAll('_', '').toLowerCase();
  const octal = /^0[0-7]+$/.test(plain) ? `0o${plain.slice(1)}` : plain;
  const value = Number(octal);
  return Number.isNaN(value) ? undefined : sign === '-' ? -value : value;
}

/** `<<: *defaults`: keys that are written out are stronger. */
function mergeInto(entries: Map<string, Entry>, merged: ConfigNode): void {
  const maps = merged.kind === 'list' ? merged.items : [merged];
  for (const map of maps) {
    if (map.kind !== 'map') continue;
    for (const [key, entry] of map.entries) if (!entries.has(key)) entries.set(key, entry);
  }
}

function insert(entries: Map<string, Entry>, path: readonly string[], entry: Entry): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    entries.set(key, entry);
    return;
  }
  const known = entries.get(key);
  const inner = new Map(known?.value.kind === 'map' ? known.value.entries : []);
  insert(inner, rest, entry);
  entries.set(key, {at: entry.at, value: {kind: 'map', at: entry.at, entries: inner}});
}

/** The parser is recursive, and reports the end of its stack as an error of the text. */
const reasonOf = (message: string): string =>
  /call stack|stack overflow/i.test(message) ? 'it nests too deep' : (message.split('\n', 1)[0] as string);
