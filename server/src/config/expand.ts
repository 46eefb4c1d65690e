/**
 * `${env:NAME:-default}`, `${NAME}`, `${file:…}`, `${yaml:…}` and `$$` inside a configuration, as the Collector's confmap has
 * them (https://github.com/open-telemetry/opentelemetry-collector/blob/main/confmap/expand.go): the innermost reference first,
 * what it yields expanded again, and every `$$` made `$` at the end.
 */
import {errorMessage} from '../base/index.ts';
import type {ConfigNode, ListNode, MapNode, Position, Report, ScalarNode} from './node.ts';
import {parseValue} from './yaml.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file; throws where there is none. */
  readonly readFile: (path: string) => string;
}

/** Expands every text of the tree. A value that is one reference takes the type of what it refers to. */
export function expandNodes(node: ConfigNode, from: Surroundings, report: Report): ConfigNode {
  if (node.kind === 'scalar') return new Expansion(node.at, from, report).expand(node);
  return mapChildren(node, (child) => expandNodes(child, from, report));
}

function mapChildren(node: MapNode | ListNode, change: (child: ConfigNode) => ConfigNode): ConfigNode {
  if (node.kind === 'list') return {...node, items: node.items.map(change)};
  const entries = [...node.entries].map(([key, {at, value}]) => [key, {at, value: change(value)}] as const);
  return {...node, entries: new Map(entries)};
}

/** More than any configuration needs of one value: references that refer to each other would go on without end. */
const maxReferences = 1000;
const maxTextLength = 1 << 20;

/** Thrown within an expansion: the value has a fault that was, or is to be, reported. */
class ExpandFault extends Error {}

/** The expansion of one text of the configuration. */
class Expansion {
  readonly #at: Position;
  readonly #from: Surroundings;
  readonly #report: Report;
  #left = maxReferences;

  constructor(at: Position, from: Surroundings, report: Report) {
    this.#at = at;
    this.#from = from;
    this.#report = report;
  }

  expand(node: ScalarNode): ConfigNode {
    if (typeof node.value !== 'string' || !node.value.includes('$')) return node;
    try {
      return unescapeNode(this.#node(node));
    } catch (error) {
      if (!(error instanceof ExpandFault)) throw error;
      this.#report.fault(this.#at, error.message);
      return {kind: 'scalar', at: node.at, value: undefined, text: ''};
    }
  }

  #node(node: ConfigNode): ConfigNode {
    if (node.kind !== 'scalar') return this.#withText(mapChildren(node, (child) => this.#node(child)));
    if (typeof node.value !== 'string') return this.#withText(node);
    let text = node.value;
    for (let uri = findReference(text); uri !== undefined; uri = findReference(text)) {
      const value = this.#retrieve(uri);
      if (uri === text) return this.#node(value);
      text = this.#replace(text, uri, value);
    }
    return {...node, value: text, text};
  }

  /** Expands the text that a value was read from as well: it is what a text setting takes. */
  #withText(node: ConfigNode): ConfigNode {
    const written = node.kind === 'scalar' ? node.text : node.original;
    if (written === undefined || findReference(written) === undefined) return node;
    let textFault: string;
    try {
      const text = this.#text(written);
      return node.kind === 'scalar' ? {...node, text} : {...node, original: text};
    } catch (error) {
      if (!(error instanceof ExpandFault)) throw error;
      textFault = error.message;
    }
    if (node.kind === 'scalar') return {...node, textFault};
    const {original: _, ...rest} = node;
    return rest;
  }

  #text(text: string): string {
    for (let uri = findReference(text); uri !== undefined; uri = findReference(text)) {
      text = this.#replace(text, uri, this.#retrieve(uri));
    }
    return text;
  }

  #replace(text: string, uri: string, value: Retrieved): string {
    const replacement = value.kind === 'scalar' ? value.text : value.original;
    const result = text.replaceAll(uri, () => replacement);
    if (result.length > maxTextLength) throw this.#endless(uri);
    return result;
  }

  #endless(uri: string): ExpandFault {
    return new ExpandFault(`\`${shorten(uri)}\` refers to itself, or to what refers to it: it can never be replaced`);
  }

  /** The value of a reference such as `${env:NAME:-default}`. */
  #retrieve(uri: string): Retrieved {
    if (this.#left-- <= 0) throw this.#endless(uri);
    const reference = uri.slice(2, -1);
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(reference)?.[1];
    // Beyond the Collector, `${NAME:-default}` does without a scheme.
    const isVariable = scheme === undefined || scheme === 'env' || reference.startsWith(':-', scheme.length);
    if (!isVariable && !schemes.includes(scheme)) {
      throw new ExpandFault(`\`${uri}\`: unknown scheme \`${scheme}\`; use one of ${schemes.join(', ')}`);
    }
    if (reference.includes('$')) {
      throw new ExpandFault(`\`${uri}\`: a reference cannot hold \`$\`; put the text into a variable of its own`);
    }
    if (isVariable) return this.#variable(scheme === 'env' ? reference.slice(4) : reference, uri);
    const rest = reference.slice(scheme.length + 1);
    return scheme === 'yaml' ? retrieved(rest, this.#at) : this.#file(rest);
  }

  #variable(text: string, uri: string): Retrieved {
    const split = text.indexOf(':-');
    const name = split < 0 ? text : text.slice(0, split);
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      throw new ExpandFault(
        `\`${uri}\`: \`${name}\` is not the name of an environment variable${/^\d+$/.test(name) ? `; for a group of a pattern write \`$${uri}\`` : ''}`,
      );
    }
    const value = this.#from.env[name];
    if (value !== undefined) return retrieved(value, this.#at);
    if (split >= 0) {
      const otherwise = text.slice(split + 2);
      // A default of nothing is an empty text, while a variable of nothing is as if it were not set.
      if (otherwise === '') return {kind: 'scalar', at: this.#at, value: '', text: ''};
      return retrieved(otherwise, this.#at);
    }
    this.#report.warn(this.#at, `environment variable \`${name}\` is not set; write \`\${env:${name}:-default}\``);
    return {kind: 'scalar', at: this.#at, value: undefined, text: ''};
  }

  #file(path: string): Retrieved {
    let text: string;
    try {
      // The line that ends a file is no part of a secret in it.
      text = this.#from.readFile(path).replace(/\r?\n$/, '');
    } catch (error) {
      throw new ExpandFault(`cannot read ${path}: ${errorMessage(error)}`);
    }
    return retrieved(text, undefined, path);
  }
}

const schemes: readonly string[] = ['env', 'file', 'yaml'];

/** The replacement of a reference: a value, and always the text that it was read from. */
type Retrieved = ScalarNode | ((MapNode | ListNode) & {readonly original: string});

/** Reads a text as YAML; one that is a string, or no YAML at all (`:` or `@` in a password), is taken verbatim. */
function retrieved(text: string, at: Position | undefined, source = ''): Retrieved {
  const here = at ?? {source, line: 1, column: 1};
  let notYaml = '';
  const note = {
    fault: (_: Position, message: string) => void (notYaml ||= message),
    warn() {},
    listens() {},
    refers() {},
  };
  const parsed = parseValue(source, text, note, at);
  if (parsed === undefined) return {kind: 'scalar', at: here, value: text, text, notYaml};
  if (parsed.kind === 'scalar') {
    return {...parsed, at: here, text, value: typeof parsed.value === 'string' ? text : parsed.value};
  }
  return parsed.kind === 'list' ? {...parsed, original: text} : {...parsed, original: text};
}

/**
 * The reference to replace next: the innermost of the first `}`, where its `$` is not escaped by an odd number of others
 * before it. An escaped one ends the search, as in the Collector.
 */
function findReference(text: string): string | undefined {
  for (let start = 0; ; ) {
    const close = text.indexOf('}', start);
    if (close < 0) return undefined;
    const open = text.lastIndexOf('${', close);
    if (open >= start) {
      let dollars = 0;
      while (open - dollars > start && text[open - dollars - 1] === '$') dollars++;
      return dollars % 2 === 1 ? undefined : text.slice(open, close + 1);
    }
    start = close + 1;
  }
}

function unescapeNode(node: ConfigNode): ConfigNode {
  if (node.kind === 'scalar') {
    const value = typeof node.value === 'string' ? unescapeText(node.value) : node.value;
    return {...node, value, text: unescapeText(node.text)};
  }
  const {original} = node;
  return mapChildren(original === undefined ? node : {...node, original: unescapeText(original)}, unescapeNode);
}

const unescapeText = (text: string): string => text.replaceAll('$$', () => '$');
const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text);
