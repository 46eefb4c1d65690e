/** `${env:NAME:-default}`, `${NAME}`, `${file:…}`, `${yaml:…}` and `$$` inside a configuration, as the Collector has them. */
import type {ConfigNode, Position, Report} from './node.ts';
import {parseYaml} from './yaml.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file; throws where there is none. */
  readonly readFile: (path: string) => string;
}

/** Expands every text of the tree. A value that is one reference takes the type of what it refers to. */
export function expandNodes(node: ConfigNode, from: Surroundings, report: Report, depth = 0): ConfigNode {
  if (node.kind === 'list') {
    return {...node, items: node.items.map((item) => expandNodes(item, from, report, depth))};
  }
  if (node.kind === 'map') {
    const entries = [...node.entries].map(
      ([key, entry]) => [key, {at: entry.at, value: expandNodes(entry.value, from, report, depth)}] as const,
    );
    return {...node, entries: new Map(entries)};
  }
  if (typeof node.value !== 'string' || !node.value.includes('$')) return node;
  if (depth > maxDepth) {
    report.fault(node.at, 'references refer to each other without end');
    return node;
  }
  const whole = onlyReference(node.value);
  if (whole !== undefined) {
    const value = resolve(expandText(whole, node.at, from, report), node.at, from, report);
    return value === undefined ? node : expandNodes(value, from, report, depth + 1);
  }
  const text = expandText(node.value, node.at, from, report);
  return {kind: 'scalar', at: node.at, value: text, text};
}

const maxDepth = 100;

/** What stands in a text that is one reference and nothing else. */
function onlyReference(text: string): string | undefined {
  return text.startsWith('${') && closing(text, 0) === text.length - 1 ? text.slice(2, -1) : undefined;
}

/** Where the `}` of the `${` at `open` is, over references inside it; -1 where it is not closed. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text.startsWith('${', at)) depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

/** Replaces the references within a text; `$$` is a dollar sign, and a lone `$` too. */
function expandText(text: string, at: Position, from: Surroundings, report: Report): string {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '$') result += text[i];
    else if (text[i + 1] === '$') {
      result += '$';
      i++;
    } else {
      const end = text[i + 1] === '{' ? closing(text, i) : -1;
      if (end < 0) {
        result += '$';
        continue;
      }
      const value = resolve(expandText(text.slice(i + 2, end), at, from, report), at, from, report);
      if (value?.kind === 'scalar') result += expandText(value.text, at, from, report);
      else if (value !== undefined)
        report.fault(at, `\`${text.slice(i, end + 1)}\` is not a text; it cannot stand within one`);
      i = end;
    }
  }
  return result;
}

/** The value of a reference such as `env:NAME:-default`; undefined where it is faulty and reported. */
function resolve(reference: string, at: Position, from: Surroundings, report: Report): ConfigNode | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(reference)?.[1];
  if (scheme === undefined || scheme === 'env' || !schemes.includes(scheme)) {
    // `NAME:-default` has no scheme of ours either.
    const isEnvironment = scheme === 'env' || scheme === undefined || reference[scheme.length + 1] === '-';
    if (isEnvironment) return environment(scheme === 'env' ? reference.slice(4) : reference, at, from, report);
    report.fault(at, `\`\${${reference}}\`: unknown scheme \`${scheme}\`; use one of ${schemes.join(', ')}`);
    return undefined;
  }
  const rest = reference.slice(scheme.length + 1);
  if (scheme === 'yaml') return parseYaml('', rest, report, at);
  try {
    return parseYaml(rest, from.readFile(rest), report);
  } catch (error) {
    report.fault(at, `cannot read ${rest}: ${(error as Error).message}`);
    return undefined;
  }
}

const schemes: readonly string[] = ['env', 'file', 'yaml'];

function environment(text: string, at: Position, from: Surroundings, report: Report): ConfigNode | undefined {
  const split = text.indexOf(':-');
  const name = split < 0 ? text : text.slice(0, split);
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
    report.fault(at, `\`\${${text}}\`: \`${name}\` is not the name of an environment variable`);
    return undefined;
  }
  const value = from.env[name] ?? (split < 0 ? undefined : text.slice(split + 2));
  if (value === undefined)
    report.warn(at, `environment variable \`${name}\` is not set; write \`\${env:${name}:-default}\``);
  if (value === undefined || value === '') return {kind: 'scalar', at, value: value, text: ''};
  const parsed = parseYaml('', value, {...report, fault: () => {}}, at);
  // A value that is no YAML (`:` or `@` in a password) is text.
  return parsed === undefined || (parsed.kind === 'map' && parsed.entries.size === 0 && value.trim() !== '{}')
    ? {kind: 'scalar', at, value, text: value}
    : parsed.kind === 'scalar'
      ? {...parsed, text: value}
      : parsed;
}
