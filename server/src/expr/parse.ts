/** Tokens to syntax tree, by the strength of operators. Throws SyntaxFault with what was found and what was expected. */
import {goFloat, SyntaxFault, TokenCursor} from '../base/index.ts';
import {type BinaryOperator, binaryOperators, type Member, type Node} from './ast.ts';
import {predicateFunctions} from './functions-predicate.ts';
import {lex, type Token} from './lex.ts';

/** How deep expressions may nest, so that no text exhausts the stack. */
const maxDepth = 100;

const aliases: Readonly<Record<string, string>> = {'||': 'or', '&&': 'and', '^': '**', '!': 'not'};
const strengths: Readonly<Record<string, number>> = {
  '|': 0,
  or: 10,
  and: 15,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '??': 500,
};
const comparisonStrength = 20;
const unaryStrengths: Readonly<Record<string, number>> = {not: 50, '-': 90, '+': 90};
/** Operators that `not` may stand before: `not in`. */
const negatable = new Set(['in', 'matches', 'contains', 'startsWith', 'endsWith']);
const chained = new Set(['<', '>', '<=', '>=']);

export function parse(text: string): Node {
  const parser = new Parser(text);
  const node = parser.sequence();
  parser.end();
  return node;
}

class Parser extends TokenCursor<Token> {
  #depth = 0;
  /** How many predicates stand around: `#` and `.field` mean something in one only. */
  #predicates = 0;

  constructor(text: string) {
    super(lex(text), ['operator', 'bracket']);
  }

  end(): void {
    if (this.peek().kind !== 'end') this.unexpected('an operator or the end of the expression');
  }

  sequence(): Node {
    const first = this.#expression();
    const items = [first];
    while (this.take(';') && this.peek().kind !== 'end') items.push(this.#expression());
    return items.length === 1 ? first : {kind: 'sequence', at: first.at, items};
  }

  /** As strong as `least` or stronger; 0 takes everything. */
  #expression(least = 0): Node {
    if (++this.#depth > maxDepth)
      throw new SyntaxFault(this.peek().at, `expressions nest deeper than ${maxDepth} levels`);
    const node = this.#operations(least);
    this.#depth--;
    return node;
  }

  #operations(least: number): Node {
    if (least === 0 && this.is('let')) return this.#let();
    if (least === 0 && this.is('if')) return this.#if();
    let left = this.#primary();
    let before = '';
    for (;;) {
      const first = this.peek();
      if (first.kind !== 'operator') break;
      const isNegated = first.text === 'not';
      const token = isNegated ? (this.tokens[this.index + 1] as Token) : first;
      if (isNegated && !(token.kind === 'operator' && negatable.has(token.text))) {
        this.index++;
        this.unexpected('`in`, `matches`, `contains`, `startsWith` or `endsWith` after `not`');
      }
      const operator = aliases[token.text] ?? token.text;
      const strength = strengthOf(operator);
      if (strength === undefined || strength < least) break;
      this.index += isNegated ? 2 : 1;
      if (operator === '|') left = this.#piped(left);
      else {
        if (before === '??' && operator !== '??')
          throw new SyntaxFault(token.at, `\`${token.text}\` and \`??\` do not mix: put one of them in parentheses`);
        if (chained.has(operator)) left = this.#comparisons(left, token);
        else {
          const right = this.#expression(operator === '**' ? strength : strength + 1);
          left = {kind: 'binary', at: token.at, operator: operator as BinaryOperator, left, right};
        }
        if (isNegated) left = {kind: 'unary', at: first.at, operator: 'not', value: left};
      }
      before = operator;
    }
    return least === 0 ? this.#conditional(left) : left;
  }

  /** `1 < x < 3` is `1 < x and x < 3`. */
  #comparisons(first: Node, firstToken: Token): Node {
    let [left, token, all] = [first, firstToken, undefined as Node | undefined];
    for (;;) {
      const right = this.#expression(comparisonStrength + 1);
      const one: Node = {kind: 'binary', at: token.at, operator: token.text as BinaryOperator, left, right};
      all = all === undefined ? one : {kind: 'binary', at: token.at, operator: 'and', left: all, right: one};
      const next = this.peek();
      if (next.kind !== 'operator' || !chained.has(next.text)) return all;
      this.index++;
      [left, token] = [right, next];
    }
  }

  #piped(left: Node): Node {
    const token = this.peek();
    if (token.kind !== 'identifier') this.unexpected('the name of a function after `|`');
    this.index++;
    return this.#postfix(this.#call(token, [left]));
  }

  #let(): Node {
    this.expect('let');
    const {kind, at, text: name} = this.peek();
    if (kind !== 'identifier') this.unexpected('the name of a variable after `let`');
    this.index++;
    this.expect('=');
    const value = this.#expression();
    this.expect(';');
    return {kind: 'let', at, name, value, body: this.sequence()};
  }

  #if(): Node {
    const {at} = this.peek();
    this.expect('if');
    const test = this.#expression();
    const then = this.#block();
    this.expect('else');
    const otherwise = this.is('if') ? this.#expression() : this.#block();
    return {kind: 'conditional', at, test, then, otherwise};
  }

  #block(): Node {
    this.expect('{');
    const body = this.sequence();
    this.expect('}');
    return body;
  }

  #conditional(first: Node): Node {
    let node = first;
    for (let {at} = this.peek(); this.take('?'); at = this.peek().at) {
      if (this.take(':')) {
        node = {kind: 'conditional', at, test: node, otherwise: this.#expression()};
        continue;
      }
      const then = this.#expression();
      this.expect(':');
      node = {kind: 'conditional', at, test: node, then, otherwise: this.#expression()};
    }
    return node;
  }

  #primary(): Node {
    const token = this.peek();
    const operator = aliases[token.text] ?? token.text;
    const strength = token.kind === 'operator' ? unaryStrengths[operator] : undefined;
    if (strength !== undefined) {
      this.index++;
      const value = this.#expression(strength);
      return this.#postfix({kind: 'unary', at: token.at, operator: operator as 'not' | '-' | '+', value});
    }
    if (this.take('(')) {
      const inside = this.sequence();
      this.expect(')');
      return this.#postfix(inside);
    }
    if (this.#predicates > 0 && (this.is('#') || this.is('.'))) return this.#pointer(token);
    if (this.take('::')) {
      const name = this.peek();
      if (name.kind !== 'identifier') this.unexpected('the name of a function after `::`');
      this.index++;
      return this.#postfix(this.#call(name, []));
    }
    return this.#secondary(token);
  }

  #pointer({at}: Token): Node {
    let name = '';
    if (this.take('#')) {
      const token = this.peek();
      if (token.kind === 'identifier' && token.at === at + 1) {
        name = token.text;
        this.index++;
      }
    }
    return this.#postfix({kind: 'pointer', at, name});
  }

  #secondary(token: Token): Node {
    const {at, text} = token;
    switch (token.kind) {
      case 'identifier':
        this.index++;
        if (text === 'nil') return {kind: 'literal', at, value: undefined};
        if (text === 'true' || text === 'false') return {kind: 'literal', at, value: text === 'true'};
        return this.#postfix(this.is('(') ? this.#call(token, []) : {kind: 'name', at, name: text});
      case 'number':
        this.index++;
        return {kind: 'literal', at, value: numberOf(token)};
      case 'string':
        this.index++;
        return this.#postfix({kind: 'literal', at, value: text});
      case 'bracket':
        if (text === '[') return this.#postfix({kind: 'array', at, items: this.#listed('[', ']')});
        if (text === '{') return this.#postfix(this.#map());
    }
    return this.unexpected('a value');
  }

  #call({at, text: name}: Token, before: readonly Node[]): Node {
    const predicate = predicateFunctions.get(name);
    if (predicate === undefined) return {kind: 'call', at, name, arguments: [...before, ...this.#listed('(', ')')]};
    const list = [...before];
    this.expect('(');
    while (!this.is(')') && list.length < predicate.max) {
      if (list.length > before.length) this.expect(',');
      if (this.is(')')) break;
      list.push(list.length === 1 ? this.#predicate() : this.#expression());
    }
    this.take(',');
    if (list.length < predicate.min)
      this.unexpected(list.length === 0 ? `an array for \`${name}\`` : `a predicate for \`${name}\``);
    this.expect(')');
    return {kind: 'call', at, name, arguments: list};
  }

  #predicate(): Node {
    const {at} = this.peek();
    this.#predicates++;
    const body = this.is('{') ? this.#block() : this.#expression();
    this.#predicates--;
    return {kind: 'predicate', at, body};
  }

  /** Values with commas between them; a comma may end the list. */
  #listed(open: string, close: string): Node[] {
    const items: Node[] = [];
    this.expect(open);
    while (!this.take(close)) {
      items.push(this.#expression());
      if (!this.take(',') && !this.is(close)) this.unexpected(`\`,\` or \`${close}\``);
    }
    return items;
  }

  #map(): Node {
    const {at} = this.peek();
    const entries: {key: Node; value: Node}[] = [];
    this.expect('{');
    while (!this.take('}')) {
      const token = this.peek();
      let key: Node = {kind: 'literal', at: token.at, value: token.text};
      if (['number', 'string', 'identifier'].includes(token.kind)) this.index++;
      else if (this.is('(')) key = this.#expression();
      else this.unexpected('a key: a name, a text, a number, or an expression in parentheses');
      this.expect(':');
      entries.push({key, value: this.#expression()});
      if (!this.take(',') && !this.is('}')) this.unexpected('`,` or `}`');
    }
    return {kind: 'map', at, entries};
  }

  #postfix(first: Node): Node {
    let node = first;
    for (;;) {
      const token = this.peek();
      const isOptional = this.is('?.');
      if (isOptional || this.is('.')) {
        this.index++;
        if (!(isOptional && this.is('['))) {
          node = this.#field(node, isOptional);
          continue;
        }
      }
      if (!this.take('[')) return node;
      node = this.#indexed(node, token, isOptional);
    }
  }

  #field(of: Node, isOptional: boolean): Node {
    const {kind, at, text} = this.peek();
    if (kind !== 'identifier' && !(kind === 'operator' && /^[a-z]/i.test(text))) this.unexpected('a name');
    this.index++;
    const value = of.kind === 'chain' ? of.value : of;
    const member: Member = {kind: 'member', at, value, property: {kind: 'literal', at, value: text}, isOptional};
    const node: Node = this.is('(') ? {kind: 'method', at, of: member, arguments: this.#listed('(', ')')} : member;
    return isOptional || of.kind === 'chain' ? {kind: 'chain', at, value: node} : node;
  }

  #indexed(value: Node, {at}: Token, isOptional: boolean): Node {
    const from = this.is(':') ? undefined : this.#expression();
    if (from !== undefined && !this.is(':')) {
      this.expect(']');
      const member: Node = {kind: 'member', at, value, property: from, isOptional};
      return isOptional ? {kind: 'chain', at, value: member} : member;
    }
    this.expect(':');
    const to = this.is(']') ? undefined : this.#expression();
    this.expect(']');
    return {kind: 'slice', at, value, ...(from && {from}), ...(to && {to})};
  }
}

const strengthOf = (operator: string): number | undefined =>
  strengths[operator] ?? ((binaryOperators as readonly string[]).includes(operator) ? comparisonStrength : undefined);

function numberOf({at, text}: Token): bigint | number {
  const digits = text.replaceAll('_', '').toLowerCase();
  if (!digits.startsWith('0x') && /[.e]/.test(digits)) {
    const value = goFloat(digits);
    if (value === undefined) throw new SyntaxFault(at, `\`${text}\` is no number, or one that is too large`);
    return value;
  }
  if (/^0[xob]$/.test(digits)) throw new SyntaxFault(at, `\`${text}\` is no number`);
  const value = BigInt(digits);
  if (BigInt.asIntN(64, value) !== value) throw new SyntaxFault(at, `\`${text}\` does not fit in 64 bits`);
  return value;
}
