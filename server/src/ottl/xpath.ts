/** XPath 1.0 as far as it selects: location paths with predicates, the usual functions, and unions. */
import {innerText, isCharacters, type XmlAny, type XmlDocument} from './xml.ts';

type XPathValue = readonly XmlAny[] | string | number | boolean;

interface Scope {
  readonly node: XmlAny;
  /** From 1, as predicates count. */
  readonly position: number;
  readonly size: number;
}
type Eval = (scope: Scope) => XPathValue;

/** Selects nodes of a document, in its order for each step. */
export type Selector = (document: XmlDocument) => readonly XmlAny[];

/** The selector, or why the text is none. */
export function compileXPath(text: string): Selector | string {
  try {
    const parser = new XPathParser(text);
    const evaluate = parser.whole();
    return (document) => {
      const value = evaluate({node: document, position: 1, size: 1});
      return Array.isArray(value) ? value : [];
    };
  } catch (error) {
    if (error instanceof XPathFault) return error.message;
    throw error;
  }
}

class XPathFault extends Error {}

const tokenPattern =
  /\s*(\/\/|::|\.\.|!=|<=|>=|[/|@.*()[\],=<>+-]|"[^"]*"|'[^']*'|\d+(?:\.\d+)?|[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}_][\p{L}\p{N}_.-]*)?)/uy;

function tokens(text: string): string[] {
  const list: string[] = [];
  tokenPattern.lastIndex = 0;
  for (let at = 0; text.slice(at).trim() !== ''; at = tokenPattern.lastIndex) {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    if (match === null) throw new XPathFault(`the XPath cannot be read at ${JSON.stringify(text.slice(at))}`);
    list.push(match[1] as string);
  }
  return list;
}

const isSet = (value: XPathValue): value is readonly XmlAny[] => Array.isArray(value);
const textOf = (value: XPathValue): string =>
  isSet(value) ? (value[0] === undefined ? '' : innerText(value[0])) : String(value);
const numberOf = (value: XPathValue): number => {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  const text = textOf(value).trim();
  return text === '' ? Number.NaN : Number(text);
};
const truthOf = (value: XPathValue): boolean => (isSet(value) ? value.length > 0 : Boolean(value));

function compared(operator: string, a: XPathValue, b: XPathValue): boolean {
  // Of a set of nodes one that fits is enough.
  if (isSet(a)) return a.some((node) => compared(operator, innerText(node), b));
  if (isSet(b)) return b.some((node) => compared(operator, a, innerText(node)));
  if (operator === '=' || operator === '!=') {
    const isSame =
      typeof a === 'boolean' || typeof b === 'boolean'
        ? truthOf(a) === truthOf(b)
        : typeof a === 'number' || typeof b === 'number'
          ? numberOf(a) === numberOf(b)
          : a === b;
    return isSame === (operator === '=');
  }
  const [x, y] = [numberOf(a), numberOf(b)];
  return operator === '<' ? x < y : operator === '<=' ? x <= y : operator === '>' ? x > y : x >= y;
}

const childrenOf = (node: XmlAny): readonly XmlAny[] =>
  node.kind === 'element' || node.kind === 'document' ? node.children : [];
const descendants = (node: XmlAny): XmlAny[] => childrenOf(node).flatMap((child) => [child, ...descendants(child)]);
const parentOf = (node: XmlAny): XmlAny | undefined => (node.kind === 'document' ? undefined : node.parent);
const ancestors = (node: XmlAny): XmlAny[] => {
  const parent = parentOf(node);
  return parent === undefined ? [] : [parent, ...ancestors(parent)];
};
const siblings = (node: XmlAny, after: boolean): readonly XmlAny[] => {
  const parent = node.kind === 'attribute' ? undefined : parentOf(node);
  if (parent === undefined) return [];
  const all = childrenOf(parent);
  const at = all.indexOf(node);
  return after ? all.slice(at + 1) : all.slice(0, at).toReversed();
};

const axes: Readonly<Record<string, (node: XmlAny) => readonly XmlAny[]>> = {
  child: childrenOf,
  descendant: descendants,
  'descendant-or-self': (node) => [node, ...descendants(node)],
  self: (node) => [node],
  parent: (node) => ancestors(node).slice(0, 1),
  ancestor: ancestors,
  'ancestor-or-self': (node) => [node, ...ancestors(node)],
  attribute: (node) => (node.kind === 'element' ? node.attributes : []),
  'following-sibling': (node) => siblings(node, true),
  'preceding-sibling': (node) => siblings(node, false),
};

const nameOf = (node: XmlAny): string => (node.kind === 'element' || node.kind === 'attribute' ? node.name : '');
const localName = (node: XmlAny): string => nameOf(node).replace(/^.*:/, '');

const nodeTests: Readonly<Record<string, (node: XmlAny) => boolean>> = {
  text: isCharacters,
  comment: (node) => node.kind === 'comment',
  node: () => true,
  'processing-instruction': (node) => node.kind === 'instruction',
};

type Call = (values: readonly XPathValue[], scope: Scope) => XPathValue;
const first = (values: readonly XPathValue[], scope: Scope): XPathValue => values[0] ?? [scope.node];

const functions: Readonly<Record<string, Call>> = {
  not: ([value = false]) => !truthOf(value),
  true: () => true,
  false: () => false,
  boolean: ([value = false]) => truthOf(value),
  number: (values, scope) => numberOf(first(values, scope)),
  string: (values, scope) => textOf(first(values, scope)),
  'normalize-space': (values, scope) => textOf(first(values, scope)).trim().replace(/\s+/g, ' '),
  'string-length': (values, scope) => textOf(first(values, scope)).length,
  concat: (values) => values.map(textOf).join(''),
  contains: ([a = '', b = '']) => textOf(a).includes(textOf(b)),
  'starts-with': ([a = '', b = '']) => textOf(a).startsWith(textOf(b)),
  'ends-with': ([a = '', b = '']) => textOf(a).endsWith(textOf(b)),
  position: (_, scope) => scope.position,
  last: (_, scope) => scope.size,
  count: ([value = []]) => (isSet(value) ? value.length : 0),
  name: (values, scope) => named(first(values, scope), nameOf),
  'local-name': (values, scope) => named(first(values, scope), localName),
};

const named = (value: XPathValue, name: (node: XmlAny) => string): string =>
  isSet(value) && value[0] !== undefined ? name(value[0]) : '';

/** Recursive descent; the operators of XPath that select nothing (arithmetic) are refused. */
class XPathParser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  whole(): Eval {
    const expression = this.#or();
    if (this.#at < this.#tokens.length) this.#fail('the end');
    return expression;
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? '';
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) this.#fail(`\`${token}\``);
  }

  #fail(expected: string): never {
    throw new XPathFault(`the XPath has ${JSON.stringify(this.#peek())} where ${expected} is expected`);
  }

  #or(): Eval {
    let left = this.#and();
    while (this.#take('or')) {
      const [a, b] = [left, this.#and()];
      left = (scope) => truthOf(a(scope)) || truthOf(b(scope));
    }
    return left;
  }

  #and(): Eval {
    let left = this.#comparison();
    while (this.#take('and')) {
      const [a, b] = [left, this.#comparison()];
      left = (scope) => truthOf(a(scope)) && truthOf(b(scope));
    }
    return left;
  }

  #comparison(): Eval {
    const left = this.#union();
    const operator = this.#peek();
    if (!['=', '!=', '<', '<=', '>', '>='].includes(operator)) return left;
    this.#at++;
    const right = this.#union();
    return (scope) => compared(operator, left(scope), right(scope));
  }

  #union(): Eval {
    let left = this.#primary();
    while (this.#take('|')) {
      const [a, b] = [left, this.#primary()];
      left = (scope) => [...new Set([a(scope), b(scope)].flatMap((value) => (isSet(value) ? value : [])))];
    }
    return left;
  }

  #primary(): Eval {
    const token = this.#peek();
    if (/^["']/.test(token)) {
      this.#at++;
      const text = token.slice(1, -1);
      return () => text;
    }
    if (/^\d/.test(token)) {
      this.#at++;
      const number = Number(token);
      return () => number;
    }
    if (this.#take('(')) {
      const inside = this.#or();
      this.#expect(')');
      return inside;
    }
    if (this.#peek(1) === '(' && nodeTests[token] === undefined) return this.#call();
    return this.#path();
  }

  #call(): Eval {
    const name = this.#peek();
    const call = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (call === undefined)
      throw new XPathFault(`the XPath calls \`${name}\`, which there is not: ${Object.keys(functions).join(', ')}`);
    this.#at += 2;
    const values: Eval[] = [];
    while (!this.#take(')')) {
      values.push(this.#or());
      if (!this.#take(',') && this.#peek() !== ')') this.#fail('`,` or `)`');
    }
    return (scope) =>
      call(
        values.map((value) => value(scope)),
        scope,
      );
  }

  #path(): Eval {
    const steps: ((nodes: readonly XmlAny[]) => readonly XmlAny[])[] = [];
    const isAbsolute = this.#peek() === '/' || this.#peek() === '//';
    if (this.#take('//')) steps.push(allBelow, this.#step());
    else if (this.#take('/')) {
      if (this.#isStep()) steps.push(this.#step());
    } else steps.push(this.#step());
    for (;;) {
      if (this.#take('//')) steps.push(allBelow, this.#step());
      else if (this.#take('/')) steps.push(this.#step());
      else break;
    }
    return ({node}) => {
      const start = isAbsolute ? (ancestors(node).at(-1) ?? node) : node;
      return steps.reduce<readonly XmlAny[]>((nodes, step) => step(nodes), [start]);
    };
  }

  #isStep(): boolean {
    return /^[@.*\p{L}_]/u.test(this.#peek());
  }

  #step(): (nodes: readonly XmlAny[]) => readonly XmlAny[] {
    if (!this.#isStep()) this.#fail('a step');
    if (this.#take('..')) return stepOf(axes.parent!, () => true, this.#predicates());
    if (this.#take('.')) return stepOf(axes.self!, () => true, this.#predicates());
    let axis = 'child';
    if (this.#take('@')) axis = 'attribute';
    else if (this.#peek(1) === '::') {
      axis = this.#peek();
      this.#at += 2;
    }
    const walk = axes[axis];
    if (walk === undefined)
      throw new XPathFault(`the XPath has the axis \`${axis}\`, which there is not: ${Object.keys(axes).join(', ')}`);
    return stepOf(walk, this.#nodeTest(axis === 'attribute'), this.#predicates());
  }

  #nodeTest(isAttribute: boolean): (node: XmlAny) => boolean {
    const name = this.#peek();
    this.#at++;
    const kind = isAttribute ? 'attribute' : 'element';
    if (name === '*') return (node) => node.kind === kind;
    if (this.#peek() === '(') {
      const test = nodeTests[name];
      if (test === undefined) this.#fail('a test of nodes');
      this.#at++;
      this.#expect(')');
      return test as (node: XmlAny) => boolean;
    }
    if (!/^[\p{L}_]/u.test(name)) this.#fail('a name');
    return (node) => node.kind === kind && node.name === name;
  }

  #predicates(): Eval[] {
    const list: Eval[] = [];
    while (this.#take('[')) {
      list.push(this.#or());
      this.#expect(']');
    }
    return list;
  }
}

const allBelow = (nodes: readonly XmlAny[]): readonly XmlAny[] => [
  ...new Set(nodes.flatMap((node) => [node, ...descendants(node)])),
];

/** One step from each node; a predicate that is a number asks for a position. */
function stepOf(
  walk: (node: XmlAny) => readonly XmlAny[],
  test: (node: XmlAny) => boolean,
  predicates: readonly Eval[],
) {
  return (nodes: readonly XmlAny[]): readonly XmlAny[] => [
    ...new Set(
      nodes.flatMap((node) =>
        predicates.reduce<readonly XmlAny[]>((left, predicate) => {
          return left.filter((each, index) => {
            const value = predicate({node: each, position: index + 1, size: left.length});
            return typeof value === 'number' ? value === index + 1 : truthOf(value);
          });
        }, walk(node).filter(test)),
      ),
    ),
  ];
}
