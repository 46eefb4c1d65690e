/** A configuration as read: a tree whose every value knows where it was written. */

export interface Position {
  /** A file's path as it was given, `--set`, `yaml:` or the like. */
  readonly source: string;
  /** From 1; 0 where the source has no lines worth naming. */
  readonly line: number;
  readonly column: number;
  /** In JSON, where a value is: `overrides[2].until`, empty for the whole. It stands for line and column. */
  readonly path?: string;
}

export type ConfigNode = MapNode | ListNode | ScalarNode;
export interface MapNode {
  readonly kind: 'map';
  readonly at: Position;
  readonly entries: ReadonlyMap<string, Entry>;
  /** The text of the variable or file that a reference was replaced by: a text setting takes it as it is. */
  readonly original?: string;
}
export interface Entry {
  /** Where the key is. */
  readonly at: Position;
  readonly value: ConfigNode;
}
export interface ListNode {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: readonly ConfigNode[];
  /** As of a map. */
  readonly original?: string;
}
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: Position;
  /** Undefined is YAML's null: nothing after the colon. */
  readonly value: string | number | bigint | boolean | undefined;
  /** As it is written: what a text setting takes of `version: 1.10`. */
  readonly text: string;
  /** Why the text could not be expanded, where the value could: a comment names `${env:no.name}`. No text setting takes it. */
  readonly textFault?: string;
  /** Why the text that a reference was replaced by is taken verbatim and not as YAML. */
  readonly notYaml?: string;
}

export interface Fault {
  readonly at: Position;
  readonly message: string;
}

/** Where faults and warnings are collected while a configuration is read. */
export interface Report {
  fault(at: Position, message: string): void;
  warn(at: Position, message: string): void;
  /** Notes an address to listen on: two components may not share one. */
  listens(at: Position, host: string | undefined, port: number): void;
  /** Notes the id of an extension, or of a pipeline that a connector gives to: it must be there. */
  refers(at: Position, kind: 'extension' | 'pipeline', id: string): void;
}

export function formatFault({at, message}: Fault): string {
  const place = at.path ?? (at.line === 0 ? '' : `${at.line}:${at.column}`);
  const source = at.path === undefined && place !== '' ? `${at.source}:${place}` : at.source;
  return [source, at.path ?? '', message].filter((part) => part !== '').join(': ');
}

export const emptyMap = (at: Position): MapNode => ({kind: 'map', at, entries: new Map()});

export const isNull = (node: ConfigNode): boolean => node.kind === 'scalar' && node.value === undefined;

/** `a map`, `a list`, `the number 3`: for messages. */
export function describeNode(node: ConfigNode): string {
  if (node.kind === 'map') return mapWord(node);
  if (node.kind === 'list') return 'a list';
  if (node.value === undefined) return 'nothing';
  const why = node.notYaml === undefined ? '' : ` (${node.notYaml})`;
  return typeof node.value === 'string' ? `"${shorten(node.text)}"${why}` : `${shorten(node.text)}`;
}

/** The text that a text setting takes of a node; undefined for a map or a list, unless a reference was replaced by it. */
export function textOf(node: ConfigNode): string | undefined {
  if (node.kind !== 'scalar') return node.original;
  return node.textFault === undefined ? node.text : undefined;
}

/** As YAML or JSON calls it. */
export const mapWord = ({at}: ConfigNode): string => (at.path === undefined ? 'a map' : 'an object');

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/**
 * Merges `over` into `base` as the Collector does: maps key by key, everything else replaced, a null (`processors:` with
 * nothing behind it) included.
 */
export function mergeNodes(base: ConfigNode, over: ConfigNode): ConfigNode {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const known = entries.get(key);
    entries.set(key, known === undefined ? entry : {at: entry.at, value: mergeNodes(known.value, entry.value)});
  }
  return {kind: 'map', at: over.at, entries};
}
