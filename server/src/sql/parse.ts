/** The text of a statement to its tree: SELECT with everything that reads, EXPLAIN of one, SHOW TABLES and DESCRIBE. */
import type {
  Branch,
  CommonTable,
  Expression,
  GroupBy,
  Query,
  Select,
  Source,
  Span,
  Statement,
  TableSource,
} from './ast.ts';
import {Cursor, reserved} from './cursor.ts';
import {SqlFault} from './fault.ts';
import {parseAliased, parseExpression, parseItem, type Surroundings} from './parse-expression.ts';
import {parseOrders, parseWindow} from './parse-window.ts';
import {sqlTables, tableNamed} from './tables.ts';

export interface Parsed {
  readonly statement: Statement;
  /** Type and first place of each `{name:Type}`. */
  readonly parameters: ReadonlyMap<string, {readonly type: string; readonly at: Span}>;
}

export const maxStatementChars = 65_536;

/** Throws `SqlFault`. */
export function parseStatement(text: string): Parsed {
  if (text.length > maxStatementChars) {
    throw new SqlFault(`The statement has more than ${maxStatementChars.toLocaleString('en')} characters.`, {
      start: 0,
      end: 0,
    });
  }
  const parser = new Parser(new Cursor(text));
  return {statement: parser.statement(), parameters: parser.parameters};
}

const tableFunctions: ReadonlyMap<string, string> = new Map([
  ['numbers', 'numbers'],
  ['generateseries', 'generateSeries'],
  ['generate_series', 'generateSeries'],
]);

class Parser implements Surroundings {
  readonly cursor: Cursor;
  readonly parameters = new Map<string, {type: string; at: Span}>();
  /** The common tables that can be seen, the innermost last. */
  #visible: {readonly name: string; readonly id: number}[] = [];
  #ids = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  parameter(name: string, type: string, at: Span): void {
    const known = this.parameters.get(name);
    if (known !== undefined && known.type !== type) {
      throw this.cursor.fault(`The parameter ${name} is ${known.type} elsewhere`, at);
    }
    if (known === undefined) this.parameters.set(name, {type, at});
  }

  statement(): Statement {
    const {cursor} = this;
    const statement = this.#begin();
    if (cursor.isWords('FORMAT'))
      throw cursor.fault('A format is asked for beside the statement (format=csv, --csv), not in it', cursor.token);
    if (cursor.isWords('SETTINGS'))
      throw cursor.fault('A statement brings no settings: its limits are fixed', cursor.token);
    if (cursor.isWords('INTO'))
      throw cursor.fault('A statement writes nowhere: its answer is what comes back', cursor.token);
    while (cursor.takeSymbol(';'));
    if (cursor.token.kind !== 'end') {
      throw cursor.fault(
        cursor.lastEnd > 0 ? 'Expected the end of the statement; only one is taken' : 'Expected a statement',
      );
    }
    return statement;
  }

  #begin(): Statement {
    const {cursor} = this;
    if (cursor.takeWords('SHOW', 'TABLES')) return {kind: 'tables'};
    if (cursor.takeWords('SHOW', 'COLUMNS', 'FROM')) return {kind: 'describe', table: this.#describedTable()};
    if (cursor.takeWords('DESCRIBE') || cursor.takeWords('DESC')) {
      cursor.takeWords('TABLE');
      return {kind: 'describe', table: this.#describedTable()};
    }
    if (cursor.takeWords('EXPLAIN')) {
      const what = cursor.takeWords('PIPELINE') ? 'PIPELINE' : 'SYNTAX';
      cursor.takeWords('SYNTAX');
      if (!this.#startsQuery()) throw cursor.fault('Expected SELECT or WITH after EXPLAIN');
      return {kind: 'explain', what, query: this.query()};
    }
    if (!this.#startsQuery())
      throw cursor.fault('Expected SELECT, WITH, EXPLAIN, DESCRIBE or SHOW TABLES: statements only read');
    return {kind: 'query', query: this.query()};
  }

  #startsQuery(): boolean {
    return this.cursor.isWords('SELECT') || this.cursor.isWords('WITH') || this.cursor.isSymbol('(');
  }

  #describedTable(): string {
    const token = this.cursor.expectName('a table');
    if (tableNamed(token.text) === undefined) this.#noTable(token.text, token);
    return token.text;
  }

  #noTable(name: string, at: Span): never {
    const names = sqlTables.map((table) => table.name).join(', ');
    throw this.cursor.fault(`There is no table ${name}. There are ${names}`, {start: at.start, end: at.end});
  }

  query(): Query {
    return this.cursor.nested(() => {
      const outer = this.#visible;
      this.#visible = [...outer];
      const tables = this.cursor.takeWords('WITH') ? this.#with() : [];
      const first = this.#branch();
      const rest: {operator: string; branch: Branch}[] = [];
      for (let operator = this.#setOperator(); operator !== undefined; operator = this.#setOperator()) {
        rest.push({operator, branch: this.#branch()});
      }
      this.#visible = outer;
      return {with: tables, first, rest};
    });
  }

  common(name: string): number | undefined {
    return this.#visible.findLast((one) => one.name === name)?.id;
  }

  #setOperator(): string | undefined {
    const {cursor} = this;
    const operator = ['UNION', 'INTERSECT', 'EXCEPT'].find((word) => cursor.takeWords(word));
    if (operator === undefined) return undefined;
    if (cursor.takeWords('ALL')) return `${operator} ALL`;
    return cursor.takeWords('DISTINCT') || operator === 'UNION' ? `${operator} DISTINCT` : operator;
  }

  #with(): CommonTable[] {
    const {cursor} = this;
    const recursive = cursor.takeWords('RECURSIVE');
    return cursor.list((): CommonTable => {
      const after = cursor.ahead();
      const named = (cursor.token.kind === 'word' || cursor.token.kind === 'name') && after.text.toUpperCase() === 'AS';
      const opens = cursor.ahead(2);
      if (named && opens.kind === 'symbol' && opens.text === '(') {
        const {text: name} = cursor.expectName('a name');
        cursor.next();
        cursor.expectSymbol('(');
        const id = this.#ids++;
        if (recursive) this.#visible.push({name, id});
        const query = this.query();
        cursor.expectSymbol(')');
        if (!recursive) this.#visible.push({name, id});
        return {kind: 'query', id, name, recursive, query};
      }
      const value = parseAliased(this);
      if (value.kind !== 'alias') throw cursor.fault('Expected AS and a name, or name AS (SELECT …)');
      return {kind: 'value', name: value.name, value: value.operand};
    });
  }

  #branch(): Branch {
    const {cursor} = this;
    if (!cursor.takeSymbol('(')) return this.#select();
    const query = this.query();
    cursor.expectSymbol(')');
    return {kind: 'parenthesised', query};
  }

  #select(): Select {
    const {cursor} = this;
    cursor.expectWord('SELECT');
    const distinct = cursor.takeWords('DISTINCT');
    let distinctOn: Expression[] = [];
    if (distinct && cursor.isWords('ON') && cursor.ahead().text === '(') {
      cursor.next();
      distinctOn = this.#parenthesisedList();
    } else if (!distinct) cursor.takeWords('ALL');
    const items = cursor.list(() => parseItem(this));
    const from = cursor.takeWords('FROM') ? this.#source() : undefined;
    if (cursor.isWords('PREWHERE')) throw cursor.fault('Say WHERE: what is read first is decided here', cursor.token);
    const where = cursor.takeWords('WHERE') ? parseExpression(this) : undefined;
    const groupBy = cursor.takeWords('GROUP', 'BY') ? this.#groupBy() : undefined;
    const having = cursor.takeWords('HAVING') ? parseExpression(this) : undefined;
    const windows = cursor.takeWords('WINDOW')
      ? cursor.list(() => {
          const name = cursor.expectName('a window').text;
          cursor.expectWord('AS');
          return {name, window: parseWindow(this)};
        })
      : [];
    const qualify = cursor.takeWords('QUALIFY') ? parseExpression(this) : undefined;
    const orderBy = cursor.takeWords('ORDER', 'BY') ? (cursor.takeWords('ALL') ? 'all' : parseOrders(this)) : [];
    const {limitBy, limit, offset, ties} = this.#limits();
    return {
      kind: 'select',
      distinct,
      distinctOn,
      items,
      from,
      where,
      groupBy,
      having,
      windows,
      qualify,
      orderBy,
      limitBy,
      limit,
      offset,
      ties,
    };
  }

  #limits(): Pick<Select, 'limitBy' | 'limit' | 'offset' | 'ties'> {
    const {cursor} = this;
    let limitBy: Select['limitBy'];
    let limit: Expression | undefined;
    let offset: Expression | undefined;
    while (limit === undefined && cursor.takeWords('LIMIT')) {
      let amount = parseExpression(this);
      let skipped: Expression | undefined;
      if (cursor.takeSymbol(',')) [skipped, amount] = [amount, parseExpression(this)];
      else if (cursor.takeWords('OFFSET')) skipped = parseExpression(this);
      if (limitBy === undefined && cursor.takeWords('BY')) {
        limitBy = {limit: amount, offset: skipped, by: cursor.list(() => parseExpression(this))};
      } else [limit, offset] = [amount, skipped];
    }
    const ties = cursor.takeWords('WITH', 'TIES');
    if (offset === undefined && cursor.takeWords('OFFSET')) {
      offset = parseExpression(this);
      cursor.takeWords('ROWS');
    }
    return {limitBy, limit, offset, ties};
  }

  #groupBy(): GroupBy {
    const {cursor} = this;
    if (cursor.takeWords('ALL')) return {kind: 'all'};
    if (cursor.takeWords('GROUPING', 'SETS')) {
      cursor.expectSymbol('(');
      const sets = cursor.list(() => this.#parenthesisedList());
      cursor.expectSymbol(')');
      return {kind: 'sets', sets};
    }
    const before = ['ROLLUP', 'CUBE'].find((word) => cursor.isWords(word) && cursor.ahead().text === '(');
    if (before !== undefined) {
      cursor.next();
      return {kind: 'by', items: this.#parenthesisedList(), modifier: before};
    }
    const items = cursor.list(() => parseExpression(this));
    if (cursor.isWords('WITH', 'TOTALS')) {
      throw cursor.fault(
        'WITH TOTALS is not taken: its row comes apart from the others. WITH ROLLUP has one with them',
        cursor.token,
      );
    }
    const modifier = ['ROLLUP', 'CUBE'].find((word) => cursor.takeWords('WITH', word));
    return {kind: 'by', items, modifier};
  }

  #parenthesisedList(): Expression[] {
    const {cursor} = this;
    cursor.expectSymbol('(');
    const items = cursor.isSymbol(')') ? [] : cursor.list(() => parseExpression(this));
    cursor.expectSymbol(')');
    return items;
  }

  #source(): Source {
    const {cursor} = this;
    let left: Source = this.#table();
    for (;;) {
      if (cursor.takeSymbol(',')) {
        cursor.chained();
        left = {kind: 'join', left, operator: 'CROSS JOIN', right: this.#table(), on: undefined, using: undefined};
        continue;
      }
      const leftArray = cursor.isWords('LEFT', 'ARRAY', 'JOIN');
      if (leftArray || cursor.isWords('ARRAY', 'JOIN')) {
        cursor.chained();
        if (leftArray) cursor.next();
        cursor.takeWords('ARRAY', 'JOIN');
        left = {kind: 'array-join', of: left, left: leftArray, arrays: cursor.list(() => parseAliased(this))};
        continue;
      }
      const operator = this.#joinOperator();
      if (operator === undefined) return left;
      cursor.chained();
      const right = this.#table();
      if (operator === 'CROSS JOIN') left = {kind: 'join', left, operator, right, on: undefined, using: undefined};
      else if (cursor.takeWords('USING')) {
        const open = cursor.takeSymbol('(');
        const using = cursor.list(() => cursor.expectName('a column').text);
        if (open) cursor.expectSymbol(')');
        left = {kind: 'join', left, operator, right, on: undefined, using};
      } else {
        cursor.expectWord('ON');
        left = {kind: 'join', left, operator, right, on: parseExpression(this), using: undefined};
      }
    }
  }

  #joinOperator(): string | undefined {
    const {cursor} = this;
    const mark = cursor.mark;
    cursor.takeWords('GLOBAL');
    const words: string[] = [];
    for (;;) {
      const word = ['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'OUTER', 'ANY', 'ALL', 'ASOF', 'SEMI', 'ANTI'].find(
        (one) => cursor.takeWords(one),
      );
      if (word === undefined) break;
      words.push(word);
    }
    if (cursor.takeWords('JOIN')) return [...words, 'JOIN'].join(' ');
    cursor.reset(mark);
    return undefined;
  }

  #table(): TableSource {
    const {cursor} = this;
    const start = cursor.token;
    if (cursor.takeSymbol('(')) {
      if (!this.#startsQuery()) throw cursor.fault('Expected SELECT or WITH');
      const query = this.query();
      cursor.expectSymbol(')');
      return {kind: 'subquery', query, alias: this.#tableAlias(), at: start};
    }
    const {text: name} = cursor.expectName('a table or a query in parentheses');
    const at = {start: start.start, end: start.end};
    if (cursor.isSymbol('.'))
      this.#noTable(`${name}.${cursor.ahead().text}`, {start: start.start, end: cursor.ahead().end});
    if (cursor.isSymbol('(')) {
      const known = tableFunctions.get(name.toLowerCase());
      if (known === undefined)
        throw cursor.fault(`Rows cannot be taken from ${name}(…); only from numbers(…) and generateSeries(…)`, at);
      const args = this.#parenthesisedList();
      return {kind: 'function', name: known, arguments: args, alias: this.#tableAlias(), at};
    }
    const id = this.common(name);
    if (id !== undefined) return {kind: 'common', id, name, alias: this.#tableAlias(), at};
    const table = tableNamed(name);
    if (table === undefined) this.#noTable(name, at);
    return {kind: 'table', name: table.name, alias: this.#tableAlias(), at};
  }

  #tableAlias(): string | undefined {
    const {cursor} = this;
    for (const word of ['FINAL', 'SAMPLE'])
      if (cursor.isWords(word)) throw cursor.fault(`${word} is not taken here`, cursor.token);
    if (cursor.takeWords('AS')) return cursor.expectName('a name after AS').text;
    const {token} = cursor;
    if (token.kind !== 'name' && (token.kind !== 'word' || reserved.has(token.text.toUpperCase()))) return undefined;
    return cursor.next().text;
  }
}
