/** Grok: regular expressions with named parts, `%{SYNTAX:name:type}`. */
import {suggestion} from '../config/index.ts';
import {compilePattern} from '../regexp/index.ts';
import {grokPatterns} from './grok-patterns.ts';
import type {Value, ValueMap} from './value.ts';

interface Capture {
  readonly name: string;
  readonly convert: ((text: string) => Value) | undefined;
}

export interface Grok {
  readonly captures: number;
  /** The captured parts; empty where the text does not match. */
  match(text: string): ValueMap;
}

const types: Readonly<Record<string, (text: string) => Value>> = {
  int: (text) => (/^[+-]?\d+$/.test(text) ? BigInt.asIntN(64, BigInt(text.replace('+', ''))) : text),
  long: (text) => (types.int as (text: string) => Value)(text),
  double: (text) => (Number.isNaN(Number(text)) ? text : Number(text)),
  float: (text) => (types.double as (text: string) => Value)(text),
  bool: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  boolean: (text) => (types.bool as (text: string) => Value)(text),
};

/** How deep patterns may name each other. */
const maxDepth = 50;

/** `definitions` are `NAME=pattern`. A text says why there is no expression. */
export function compileGrok(pattern: string, namedOnly: boolean, definitions: readonly string[] = []): Grok | string {
  const known = new Map(Object.entries(grokPatterns));
  for (const definition of definitions) {
    const match = /^(\w+)=(.*)$/s.exec(definition);
    if (match === null) return `expected a definition such as NAME=pattern, found ${JSON.stringify(definition)}`;
    known.set(match[1] as string, match[2] as string);
  }
  const captures: Capture[] = [];
  const faults: string[] = [];
  const capture = (name: string, type?: string): string => {
    if (type !== undefined && types[type] === undefined)
      faults.push(`there is no type \`${type}\`: ${Object.keys(types).join(', ')}`);
    captures.push({name, convert: type === undefined ? undefined : types[type]});
    return `(?P<g${captures.length - 1}>`;
  };
  const expand = (text: string, depth: number): string => {
    if (depth > maxDepth) {
      faults.push('patterns name each other in a circle');
      return '';
    }
    return text
      .replace(/\(\?P?<([^=!>][^>]*)>/g, (_, name: string) => capture(name))
      .replace(/%\{(\w+)(?::([^}:]+))?(?::(\w+))?\}/g, (written, syntax: string, name?: string, type?: string) => {
        const inside = known.get(syntax);
        if (inside === undefined) {
          faults.push(`there is no pattern \`${written}\`${suggestion(syntax, known.keys())}`);
          return '';
        }
        // The group is opened first, so that it has its number before those within.
        const open = name !== undefined ? capture(name, type) : namedOnly ? '(?:' : capture(syntax);
        return `${open}${expand(inside, depth + 1)})`;
      });
  };
  const source = expand(pattern, 0);
  if (faults.length > 0) return faults[0] as string;
  const regexp = compilePattern(source);
  if (typeof regexp === 'string') return regexp;
  return {
    captures: captures.length,
    match(text: string) {
      const groups = regexp.exec(text)?.groups;
      const map: ValueMap = new Map();
      if (groups === undefined) return map;
      for (const [index, {name, convert}] of captures.entries()) {
        const value = groups[`g${index}`];
        if (value === undefined || (map.has(name) && value === '')) continue;
        if (!map.has(name) || map.get(name) === '') map.set(name, convert === undefined ? value : convert(value));
      }
      return map;
    },
  };
}
