/** Expressions by precedence, from OR down to a value. */
import type {Expression, InSet, Query, Span} from './ast.ts';
import {type Cursor, isWord, reserved} from './cursor.ts';
import {functionNamed, functionNames} from './functions.ts';
import {likeName} from './like.ts';
import {call, caseExpression, castCall, closed, extractCall, interval, unitOf, units} from './parse-forms.ts';
import {parseType} from './parse-type.ts';
import {windowOver} from './parse-window.ts';

/** What an expression needs of the statement around it. */
export interface Surroundings {
  readonly cursor: Cursor;
  query(): Query;
  /** The number of the common table that is called so; undefined where none can be seen. */
  common(name: string): number | undefined;
  parameter(name: string, type: string, at: Span): void;
}

const comparisons: Readonly<Record<string, string>> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  '<=>': '<=>',
};

export function parseExpression(s: Surroundings): Expression {
  return s.cursor.nested(() => disjunction(s));
}

/** With `AS name` behind it. */
export function parseAliased(s: Surroundings): Expression {
  const {cursor} = s;
  const operand = parseExpression(s);
  if (cursor.takeWords('AS')) return {kind: 'alias', operand, name: cursor.expectName('a name after AS').text};
  const {token} = cursor;
  const named = token.kind === 'name' || (token.kind === 'word' && !reserved.has(token.text.toUpperCase()));
  if (!named) return operand;
  cursor.next();
  return {kind: 'alias', operand, name: token.text};
}

/** Of a SELECT: what has no name and is no column is named as it was written, so that rewriting it does not show. */
export function parseItem(s: Surroundings): Expression {
  if (s.cursor.isSymbol('*')) return star(s, []);
  const {start} = s.cursor.token;
  const item = parseAliased(s);
  if (item.kind === 'alias' || item.kind === 'star' || item.kind === 'column') return item;
  const written = s.cursor.text
    .slice(start, s.cursor.lastEnd)
    .replaceAll(/'(?:[^'\\]|\\.)*'|\s+/gs, (part) => (part.startsWith("'") ? part : ' '));
  // Where two begin alike, they stand at different places.
  const short = written.length > 200 ? `${written.slice(0, 180)}… (${start})` : written;
  return {kind: 'alias', operand: item, name: short};
}

/** `AS` only: between commas within parentheses, an expression may have a name too. */
export function parseArgument(s: Surroundings): Expression {
  const operand = parseExpression(s);
  return s.cursor.takeWords('AS')
    ? {kind: 'alias', operand, name: s.cursor.expectName('a name after AS').text}
    : operand;
}

function infix(
  s: Surroundings,
  operator: string,
  left: Expression,
  right: (s: Surroundings) => Expression,
): Expression {
  s.cursor.chained();
  return {kind: 'infix', operator, left, right: right(s)};
}

function disjunction(s: Surroundings): Expression {
  let left = conjunction(s);
  while (s.cursor.takeWords('OR')) left = infix(s, 'OR', left, conjunction);
  return left;
}

function conjunction(s: Surroundings): Expression {
  let left = negation(s);
  while (s.cursor.takeWords('AND')) left = infix(s, 'AND', left, negation);
  return left;
}

function negation(s: Surroundings): Expression {
  if (!s.cursor.takeWords('NOT')) return comparison(s);
  return {kind: 'prefix', operator: 'NOT', operand: s.cursor.nested(() => negation(s))};
}

function comparison(s: Surroundings): Expression {
  const {cursor} = s;
  let left = concatenation(s);
  for (;;) {
    const operator = cursor.token.kind === 'symbol' ? comparisons[cursor.token.text] : undefined;
    if (operator !== undefined) {
      cursor.next();
      left = infix(s, operator, left, concatenation);
    } else if (cursor.takeWords('IS')) {
      cursor.chained();
      const not = cursor.takeWords('NOT');
      cursor.expectWord('NULL');
      left = {kind: 'suffix', operator: not ? 'IS NOT NULL' : 'IS NULL', operand: left};
    } else {
      const mark = cursor.mark;
      cursor.takeWords('GLOBAL');
      const not = cursor.takeWords('NOT');
      const negated = not ? 'NOT ' : '';
      if (cursor.takeWords('IN')) left = {kind: 'in', not, operand: left, among: inSet(s)};
      else if (cursor.takeWords('LIKE')) left = infix(s, `${negated}LIKE`, left, concatenation);
      else if (cursor.takeWords('ILIKE')) left = infix(s, `${negated}ILIKE`, left, concatenation);
      else if (cursor.isWords('REGEXP') && cursor.ahead().kind === 'string') {
        cursor.chained();
        const {start, end} = cursor.next();
        const matches = call('match', [left, concatenation(s)], {start, end});
        left = not ? {kind: 'prefix', operator: 'NOT', operand: matches} : matches;
      } else if (cursor.takeWords('BETWEEN')) {
        cursor.chained();
        const from = concatenation(s);
        cursor.expectWord('AND');
        left = {kind: 'between', not, operand: left, from, to: concatenation(s)};
      } else {
        cursor.reset(mark);
        return left;
      }
    }
  }
}

/** A name behind IN would be that of a table in ClickHouse: only values, queries and the statement's own common tables are taken. */
function inSet(s: Surroundings): InSet {
  const {cursor} = s;
  const start = cursor.token;
  cursor.chained();
  if (cursor.isSymbol('(')) {
    if (startsQuery(cursor, 1)) {
      cursor.next();
      const query = s.query();
      cursor.expectSymbol(')');
      return {kind: 'query', query};
    }
    cursor.next();
    const items = cursor.isSymbol(')') ? [] : cursor.list(() => parseExpression(s));
    cursor.expectSymbol(')');
    return {kind: 'items', items};
  }
  const value = postfix(s);
  const id = value.kind === 'column' && value.path.length === 1 ? s.common(value.path[0] as string) : undefined;
  if (id !== undefined) return {kind: 'common', id};
  if (value.kind === 'list' || value.kind === 'parameter') return {kind: 'value', value};
  throw cursor.fault('Expected (…), […] or a query in parentheses after IN; has(array, value) looks into an array', {
    start: start.start,
    end: cursor.lastEnd,
  });
}

const startsQuery = (cursor: Cursor, by: number): boolean => {
  let at = by;
  while (cursor.ahead(at).kind === 'symbol' && cursor.ahead(at).text === '(') at++;
  return isWord(cursor.ahead(at), 'SELECT') || isWord(cursor.ahead(at), 'WITH');
};

function concatenation(s: Surroundings): Expression {
  let left = sum(s);
  while (s.cursor.takeSymbol('||')) left = infix(s, '||', left, sum);
  return left;
}

/** Without comparisons. */
export function sum(s: Surroundings): Expression {
  let left = product(s);
  for (;;) {
    if (s.cursor.takeSymbol('+')) left = infix(s, '+', left, product);
    else if (s.cursor.takeSymbol('-')) left = infix(s, '-', left, product);
    else return left;
  }
}

function product(s: Surroundings): Expression {
  const {cursor} = s;
  let left = unary(s);
  for (;;) {
    if (cursor.takeSymbol('*')) left = infix(s, '*', left, unary);
    else if (cursor.takeSymbol('/')) left = infix(s, '/', left, unary);
    else if (cursor.takeSymbol('%') || cursor.takeWords('MOD')) left = infix(s, '%', left, unary);
    else if (cursor.takeWords('DIV')) left = infix(s, 'DIV', left, unary);
    else return left;
  }
}

function unary(s: Surroundings): Expression {
  if (s.cursor.takeSymbol('+')) return s.cursor.nested(() => unary(s));
  if (!s.cursor.takeSymbol('-')) return postfix(s);
  return {kind: 'prefix', operator: '-', operand: s.cursor.nested(() => unary(s))};
}

function postfix(s: Surroundings): Expression {
  const {cursor} = s;
  let value = primary(s);
  for (;;) {
    if (cursor.takeSymbol('[')) {
      cursor.chained();
      const index = parseExpression(s);
      cursor.expectSymbol(']');
      value = {kind: 'element', of: value, index};
    } else if (cursor.takeSymbol('::')) {
      cursor.chained();
      value = {kind: 'cast', operand: value, type: parseType(cursor)};
    } else if (cursor.isSymbol('.') && value.kind !== 'literal') {
      cursor.chained();
      cursor.next();
      const {token} = cursor;
      if (token.kind !== 'word' && token.kind !== 'name' && token.kind !== 'number')
        throw cursor.fault('Expected a name or a number after the dot');
      cursor.next();
      value = {kind: 'field', of: value, name: token.text};
    } else return value;
  }
}

function primary(s: Surroundings): Expression {
  const {cursor} = s;
  const {token} = cursor;
  switch (token.kind) {
    case 'number':
      cursor.next();
      // ClickHouse takes no number that begins with its point.
      return {kind: 'literal', sql: token.text.startsWith('.') ? `0${token.text}` : token.text, at: token};
    case 'string':
      cursor.next();
      return {kind: 'text', text: token.text, at: token};
    case 'name':
      return nameOrCall(s);
    case 'word':
      return wordExpression(s);
    case 'symbol':
      if (token.text === '(') return parenthesised(s);
      if (token.text === '[') return arrayLiteral(s);
      if (token.text === '{') return parameter(s);
      break;
    case 'end':
  }
  throw cursor.fault('Expected a value, a column or a function');
}

function wordExpression(s: Surroundings): Expression {
  const {cursor} = s;
  const {token} = cursor;
  const follows = cursor.ahead();
  const opens = follows.kind === 'symbol' && follows.text === '(';
  switch (token.text.toUpperCase()) {
    case 'NULL':
    case 'TRUE':
    case 'FALSE':
      cursor.next();
      return {kind: 'literal', sql: token.text.toUpperCase(), at: token};
    case 'CASE':
      return caseExpression(s);
    case 'CAST':
      if (opens) return castCall(s);
      break;
    case 'EXISTS':
      if (!opens) break;
      cursor.next();
      cursor.next();
      return {kind: 'query', exists: true, query: closed(s)};
    case 'INTERVAL':
      if (opens || follows.kind === 'symbol' || follows.kind === 'end') break;
      return interval(s);
    case 'DATE':
    case 'TIMESTAMP': {
      if (follows.kind !== 'string') break;
      cursor.next();
      cursor.next();
      const text: Expression = {kind: 'text', text: follows.text, at: follows};
      const isDate = token.text.toUpperCase() === 'DATE';
      return call(
        isDate ? 'toDate' : 'toDateTime64',
        isDate ? [text] : [text, {kind: 'literal', sql: '9', at: token}],
        token,
      );
    }
    case 'EXTRACT':
      if (opens && units.includes(unitOf(cursor.ahead(2).text)) && isWord(cursor.ahead(3), 'FROM'))
        return extractCall(s);
      break;
    case 'ARRAY':
    case 'MOD':
    case 'LEFT':
    case 'RIGHT':
    case 'ANY':
    case 'FORMAT':
      // Functions of these names.
      if (opens) return nameOrCall(s);
  }
  if (reserved.has(token.text.toUpperCase())) throw cursor.fault('Expected a value, a column or a function');
  return nameOrCall(s);
}

function nameOrCall(s: Surroundings): Expression {
  const {cursor} = s;
  const first = cursor.next();
  if (cursor.isSymbol('(')) return functionCall(s, first);
  if (cursor.isSymbol('->')) {
    cursor.next();
    return {kind: 'lambda', parameters: [first.text], body: parseExpression(s)};
  }
  const path = [first.text];
  while (cursor.isSymbol('.')) {
    const after = cursor.ahead();
    if (after.kind === 'symbol' && after.text === '*') {
      cursor.next();
      return star(s, path);
    }
    if (after.kind !== 'word' && after.kind !== 'name') break;
    cursor.next();
    path.push(cursor.next().text);
    if (cursor.isSymbol('('))
      throw cursor.fault('A function has no dot in its name', {start: first.start, end: cursor.lastEnd});
  }
  return {kind: 'column', path, at: {start: first.start, end: cursor.lastEnd}};
}

function star(s: Surroundings, of: readonly string[]): Expression {
  const {cursor} = s;
  cursor.expectSymbol('*');
  let except: string[] = [];
  // EXCEPT SELECT is an operation between queries.
  if (cursor.isWords('EXCEPT') && !isWord(cursor.ahead(), 'SELECT') && !startsQuery(cursor, 1)) {
    cursor.next();
    if (cursor.takeSymbol('(')) {
      except = cursor.list(() => cursor.expectName('a column').text);
      cursor.expectSymbol(')');
    } else except = [cursor.expectName('a column').text];
  }
  return {kind: 'star', of, except};
}

function functionCall(s: Surroundings, name: {readonly text: string} & Span): Expression {
  const {cursor} = s;
  const known = functionNamed(name.text);
  if (known === undefined) {
    const like = likeName(name.text, functionNames);
    throw cursor.fault(
      `The function ${name.text} may not be called here${like === undefined ? '' : `; there is ${like}`}. ` +
        'The reference (docs/reference/sql.md) lists those that may',
      {start: name.start, end: name.end},
    );
  }
  cursor.expectSymbol('(');
  // All rows are counted, whatever their columns.
  if (known === 'count') cursor.takeSymbol('*');
  let {distinct, items} = callArguments(s);
  let parameters: readonly Expression[] | undefined;
  if (cursor.takeSymbol('(')) {
    parameters = items;
    ({distinct, items} = callArguments(s));
  } else if (items.length > 1 && /^(?:quantile|median)(?!.*(?:Weighted|Map|If|ArgMin|ArgMax))/.test(known)) {
    throw cursor.fault(`The level stands in parentheses of its own: ${known}(0.99)(duration_ms)`, {
      start: name.start,
      end: name.end,
    });
  }
  let filter: Expression | undefined;
  if (cursor.isWords('FILTER') && cursor.ahead().text === '(') {
    cursor.next();
    cursor.next();
    cursor.expectWord('WHERE');
    filter = parseExpression(s);
    cursor.expectSymbol(')');
  }
  const over = cursor.takeWords('OVER') ? windowOver(s) : undefined;
  return {
    kind: 'call',
    name: known,
    parameters,
    distinct,
    arguments: items,
    filter,
    over,
    at: {start: name.start, end: name.end},
  };
}

function callArguments(s: Surroundings): {distinct: boolean; items: readonly Expression[]} {
  const {cursor} = s;
  const distinct = cursor.takeWords('DISTINCT');
  if (cursor.takeSymbol(')')) return {distinct, items: []};
  if (cursor.isWords('SELECT') || cursor.isWords('WITH')) {
    return {distinct, items: [{kind: 'query', exists: false, query: closed(s)}]};
  }
  const items = cursor.list(() => parseArgument(s));
  cursor.expectSymbol(')');
  return {distinct, items};
}

function parenthesised(s: Surroundings): Expression {
  const {cursor} = s;
  const lambda = lambdaParameters(cursor);
  if (lambda !== undefined) return {kind: 'lambda', parameters: lambda, body: parseExpression(s)};
  cursor.next();
  if (cursor.isWords('SELECT') || cursor.isWords('WITH')) return {kind: 'query', exists: false, query: closed(s)};
  if (cursor.takeSymbol(')')) return {kind: 'list', type: 'tuple', items: []};
  const items = [parseArgument(s)];
  let isTuple = false;
  while (cursor.takeSymbol(',')) {
    isTuple = true;
    if (cursor.isSymbol(')')) break;
    items.push(parseArgument(s));
  }
  cursor.expectSymbol(')');
  return isTuple ? {kind: 'list', type: 'tuple', items} : (items[0] as Expression);
}

/** `(a, b) ->`, taken where it is next. */
function lambdaParameters(cursor: Cursor): string[] | undefined {
  const mark = cursor.mark;
  cursor.next();
  const names: string[] = [];
  while (cursor.token.kind === 'word' || cursor.token.kind === 'name') {
    names.push(cursor.next().text);
    if (!cursor.takeSymbol(',')) break;
  }
  if (names.length > 0 && cursor.takeSymbol(')') && cursor.takeSymbol('->')) return names;
  cursor.reset(mark);
  return undefined;
}

function arrayLiteral(s: Surroundings): Expression {
  const {cursor} = s;
  cursor.next();
  const items = cursor.isSymbol(']') ? [] : cursor.list(() => parseExpression(s));
  cursor.expectSymbol(']');
  return {kind: 'list', type: 'array', items};
}

/** `{name:Type}`. */
function parameter(s: Surroundings): Expression {
  const {cursor} = s;
  const {start} = cursor.expectSymbol('{');
  const name = cursor.expectName('the name of a parameter').text;
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name))
    throw cursor.fault('Expected letters, digits and _ in the name of a parameter');
  cursor.expectSymbol(':');
  const type = parseType(cursor);
  cursor.expectSymbol('}');
  const at = {start, end: cursor.lastEnd};
  s.parameter(name, type, at);
  return {kind: 'parameter', name, type, at};
}
