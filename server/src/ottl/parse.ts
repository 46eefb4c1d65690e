/** Tokens to syntax tree, by recursive descent. Throws SyntaxFault with what was found and what was expected. */

import {TokenCursor} from '../base/index.ts';
import type {Argument, Call, ComparisonOperator, Expression, MapEntry, PathField, StatementNode} from './ast.ts';
import {SyntaxFault} from './faults.ts';
import {keywordHint, unitHint, wordHint} from './hints.ts';
import {lex, type Token} from './lex.ts';

/** How deep expressions may nest, so that no text exhausts the stack. */
const maxDepth = 100;

export function parseStatement(text: string): StatementNode {
  const parser = new Parser(text);
  const editor = parser.editor();
  const where = parser.takeWord('where') ? parser.condition() : undefined;
  parser.end(where === undefined ? '`where` or the end of the statement' : '`and`, `or` or the end of the statement');
  return where === undefined ? {editor} : {editor, where};
}

export function parseCondition(text: string): Expression {
  const parser = new Parser(text);
  const condition = parser.condition();
  parser.end('`and`, `or` or the end of the condition');
  return condition;
}

/** A value by itself, as an argument could be. */
export function parseValue(text: string): Expression {
  const parser = new Parser(text);
  const value = parser.value();
  parser.end('the end of the value');
  return value;
}

class Parser extends TokenCursor<Token> {
  #depth = 0;

  constructor(text: string) {
    super(lex(text), ['symbol']);
  }

  editor(): Call {
    const token = this.peek();
    if (token.kind !== 'identifier') this.unexpected('an editor such as `set(…)`');
    if (/^[A-Z]/.test(token.text)) {
      throw new SyntaxFault(
        token.at,
        `a statement begins with an editor, whose name begins with a lower-case letter; found \`${token.text}\``,
      );
    }
    this.index++;
    if (!this.is('(')) this.unexpected(`\`(\` after the editor \`${token.text}\``);
    const call = this.#call(token);
    if (call.keys.length > 0) {
      throw new SyntaxFault(
        call.keys[0]!.at,
        `only paths and converters may be indexed, not the editor \`${call.name}\``,
      );
    }
    return call;
  }

  /** `or`, the loosest operator. */
  condition(): Expression {
    return this.#nested(() => this.#or(true));
  }

  value(): Expression {
    return this.#nested(() => this.#sum());
  }

  end(expected: string): void {
    if (this.peek().kind !== 'end') this.unexpected(expected);
  }

  takeWord(word: string): boolean {
    const token = this.peek();
    if (token.kind !== 'identifier' || token.text !== word) return false;
    this.index++;
    return true;
  }

  /** `strict`: the first operand must be a boolean even where nothing follows it. */
  #or(strict: boolean): Expression {
    return this.#joined('or', strict, (isStrict) => this.#joined('and', isStrict, (each) => this.#negation(each)));
  }

  #joined(kind: 'and' | 'or', strict: boolean, operand: (strict: boolean) => Expression): Expression {
    const first = operand(strict);
    const operands = [first];
    while (this.peek().kind === 'identifier' && this.peek().text === kind) {
      this.#mustBeBoolean(first);
      this.index++;
      operands.push(operand(true));
    }
    return operands.length === 1 ? first : {kind, at: first.at, operands};
  }

  #negation(strict: boolean): Expression {
    const {at} = this.peek();
    if (this.takeWord('not')) return {kind: 'not', at, value: this.#nested(() => this.#negation(true))};
    const operand = this.#comparison();
    if (strict) this.#mustBeBoolean(operand);
    return operand;
  }

  #mustBeBoolean(operand: Expression): void {
    if (!isBoolean(operand)) this.unexpected('a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`)');
  }

  #comparison(): Expression {
    const left = this.#sum();
    const token = this.peek();
    if (token.kind !== 'symbol' || !/^([=!<>]=|[<>])$/.test(token.text)) return left;
    this.index++;
    return {kind: 'comparison', at: left.at, operator: token.text as ComparisonOperator, left, right: this.#sum()};
  }

  #sum(): Expression {
    let left = this.#product();
    for (let token = this.peek(); this.is('+') || this.is('-'); token = this.peek()) {
      this.index++;
      left = {kind: 'math', at: left.at, operator: token.text as '+' | '-', left, right: this.#product()};
    }
    return left;
  }

  #product(): Expression {
    let left = this.#signed();
    for (let token = this.peek(); this.is('*') || this.is('/'); token = this.peek()) {
      this.index++;
      left = {kind: 'math', at: left.at, operator: token.text as '*' | '/', left, right: this.#signed()};
    }
    return left;
  }

  #signed(): Expression {
    const {at} = this.peek();
    if (this.take('+')) return this.#nested(() => this.#signed());
    if (!this.take('-')) return this.#primary();
    const token = this.peek();
    if (token.kind === 'int') {
      this.index++;
      return {kind: 'int', at, value: int64(token, '-')};
    }
    const value = this.#nested(() => this.#signed());
    return value.kind === 'double' ? {kind: 'double', at, value: -value.value} : {kind: 'negative', at, value};
  }

  #primary(): Expression {
    const token = this.peek();
    switch (token.kind) {
      case 'int':
        this.index++;
        return {kind: 'int', at: token.at, value: int64(token)};
      case 'double':
        this.index++;
        return {kind: 'double', at: token.at, value: Number(token.text)};
      case 'string':
        this.index++;
        return {kind: 'string', at: token.at, value: token.text};
      case 'bytes':
        this.index++;
        return {kind: 'bytes', at: token.at, value: bytesOf(token)};
      case 'identifier':
        return this.#named(token);
      case 'symbol':
        if (token.text === '[') return this.#list();
        if (token.text === '{') return this.#map();
        if (token.text === '(') return this.#isLambda() ? this.#lambda() : this.#parenthesized();
    }
    return this.unexpected('a value');
  }

  #named(token: Token): Expression {
    this.index++;
    const {at, text} = token;
    if (text === 'nil') return {kind: 'nil', at};
    if (text === 'true' || text === 'false') return {kind: 'bool', at, value: text === 'true'};
    if (text === 'not' || text === 'and' || text === 'or' || text === 'where') {
      this.index--;
      return this.unexpected('a value');
    }
    if (this.is('(')) {
      if (/^[A-Z]/.test(text)) return this.#call(token);
      throw new SyntaxFault(at, `converters begin with an upper-case letter; found \`${text}\``);
    }
    if (/^[A-Z]/.test(text)) return {kind: 'name', at, name: text};
    return this.#path(token);
  }

  #path(first: Token): Expression {
    const fields: PathField[] = [{at: first.at, name: first.text, keys: this.#keys()}];
    while (this.take('.')) {
      const token = this.peek();
      if (token.kind !== 'identifier' || !/^[a-z]/.test(token.text)) this.unexpected('the name of a field');
      this.index++;
      fields.push({at: token.at, name: token.text, keys: this.#keys()});
    }
    return {kind: 'path', at: first.at, fields};
  }

  #keys(): readonly Expression[] {
    const keys: Expression[] = [];
    while (this.take('[')) {
      keys.push(this.value());
      this.expect(']');
    }
    return keys;
  }

  #call(name: Token): Call {
    this.expect('(');
    const list = this.#listed(')', () => this.#argument());
    const positional = list.findIndex(
      (argument, index) => argument.name === undefined && list[index - 1]?.name !== undefined,
    );
    if (positional >= 0) {
      throw new SyntaxFault(list[positional]!.at, 'an argument without a name cannot follow one with a name');
    }
    return {kind: 'call', at: name.at, name: name.text, arguments: list, keys: this.#keys()};
  }

  #argument(): Argument {
    const token = this.peek();
    const after = this.tokens[this.index + 1];
    if (token.kind === 'identifier' && after?.kind === 'symbol' && after.text === '=') {
      this.index += 2;
      return {at: token.at, name: token.text, value: this.value()};
    }
    return {at: token.at, value: this.value()};
  }

  #list(): Expression {
    const {at} = this.peek();
    this.expect('[');
    return {kind: 'list', at, items: this.#listed(']', () => this.value())};
  }

  #map(): Expression {
    const {at} = this.peek();
    this.expect('{');
    const entries = this.#listed('}', (): MapEntry => {
      const key = this.peek();
      if (key.kind !== 'string') this.unexpected('a key in double quotes');
      this.index++;
      this.expect(':');
      return {key: key.text, value: this.value()};
    });
    return {kind: 'map', at, entries};
  }

  /** Items with commas between them, up to the closing symbol; a comma may end the list. */
  #listed<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.take(close)) {
      items.push(item());
      if (!this.take(',') && !this.is(close)) this.unexpected(`\`,\` or \`${close}\``);
    }
    return items;
  }

  #parenthesized(): Expression {
    this.expect('(');
    const inside = this.#nested(() => this.#or(false));
    this.expect(')');
    return inside;
  }

  #isLambda(): boolean {
    for (let at = this.index + 1; ; at++) {
      const token = this.tokens[at] as Token;
      if (token.kind === 'symbol' && token.text === ')') {
        const arrow = this.tokens[at + 1] as Token;
        return arrow.kind === 'symbol' && arrow.text === '=>';
      }
      if (token.kind !== 'identifier' && !(token.kind === 'symbol' && token.text === ',')) return false;
    }
  }

  #lambda(): Expression {
    const {at} = this.peek();
    this.expect('(');
    const parameters = this.#listed(')', () => {
      const token = this.peek();
      if (token.kind !== 'identifier') this.unexpected('the name of a parameter');
      this.index++;
      return token.text;
    });
    this.expect('=>');
    return {kind: 'lambda', at, parameters, body: this.#nested(() => this.#or(false))};
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth)
      throw new SyntaxFault(this.peek().at, `expressions nest deeper than ${maxDepth} levels`);
    const result = read();
    this.#depth--;
    return result;
  }

  override unexpected(expected: string): never {
    return super.unexpected(expected, this.#hint(this.peek(), expected));
  }

  #hint(token: Token, expected: string): string {
    const before = this.tokens[this.index - 1];
    if (token.text === '=' && expected.includes('`==`')) return '; equality is `==`';
    // `NOT IsRootSpan()` reads as a name and what follows it.
    if (before?.kind === 'identifier' && keywordHint(before.text) !== '') return keywordHint(before.text);
    if (token.kind !== 'identifier') return '';
    const isUnit =
      before !== undefined && /int|double/.test(before.kind) && before.at + before.text.length === token.at;
    return isUnit ? unitHint(before.text, token.text) : wordHint(token.text);
  }
}

/** Whether a node may stand as a condition: OTTL takes a comparison, a literal or a converter, and no bare path. */
export function isBoolean(node: Expression): boolean {
  return ['comparison', 'and', 'or', 'not', 'bool', 'call'].includes(node.kind);
}

function int64(token: Token, sign = ''): bigint {
  const value = BigInt(token.text) * (sign === '' ? 1n : -1n);
  if (BigInt.asIntN(64, value) !== value)
    throw new SyntaxFault(token.at, `\`${sign}${token.text}\` does not fit in 64 bits`);
  return value;
}

function bytesOf(token: Token): Uint8Array {
  const digits = token.text.slice(2);
  if (digits.length % 2 !== 0)
    throw new SyntaxFault(token.at, `bytes have two digits each; \`${token.text}\` has an odd number`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
