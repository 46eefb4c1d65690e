/**
 * A statement as ClickHouse gets it: every name in backticks, every operation in parentheses, every table a query in its place that
 * reads the asking tenant's rows alone. Nothing of the text that was sent is copied.
 */
import type {
  Expression,
  FunctionCall,
  InSet,
  Order,
  Query,
  Select,
  Source,
  Statement,
  TableSource,
  Window,
} from './ast.ts';
import {quoteIdentifier as name, quoteText as text} from './quote.ts';
import {namedColumns, type Reading, readingOf, soleTable} from './reading.ts';
import {type SqlTableName, sqlTables, tableNamed} from './tables.ts';
import {plainTime, timeColumns} from './time-text.ts';

export interface PrintedTables {
  /** A SELECT with the columns of the table, in any order, that reads only what the tenant may see. */
  select(table: SqlTableName, reading: PrintedReading): string;
}

/** `Reading` with its expressions printed. */
export interface PrintedReading {
  readonly keys: NonNullable<Reading['keys']>;
  readonly times: readonly {readonly operator: '>' | '<'; readonly sql: string}[];
  readonly traces: readonly string[];
  /** The columns that the statement may name; undefined where it may be any. */
  readonly columns: ReadonlySet<string> | undefined;
}

/** How a bound parameter of the statement is called in what is printed: those of the tables have other names. */
export const parameterName = (written: string): string => `user_${written}`;

export interface Printed {
  readonly sql: string;
  /** The setting that is to end the answer after so many rows; undefined where the statement does. */
  readonly limit?: number;
}

/** `rows`: the most that are answered. */
export function printStatement(statement: Statement, tables: PrintedTables, rows: number): Printed {
  const printer = new Printer(tables, namedColumns(statement));
  switch (statement.kind) {
    case 'query': {
      const sql = printer.query(statement.query);
      // The setting `limit` knows single SELECTs only; and a query around one would forget its order.
      const single = statement.query.rest.length === 0 && statement.query.first.kind === 'select';
      return single ? {sql, limit: rows} : {sql: `SELECT * FROM (${sql}) LIMIT ${rows}`};
    }
    case 'explain':
      // Not its plan: how many granules were left tells of rows that are others'.
      return {sql: `EXPLAIN ${statement.what} ${printer.query(statement.query)}`};
    case 'tables':
      return rowsOf(
        ['name', 'description'],
        sqlTables.map((table) => [table.name, table.description]),
      );
    case 'describe': {
      const columns = tableNamed(statement.table)?.columns ?? [];
      return rowsOf(
        ['name', 'type', 'description'],
        columns.map((column) => [column.name, column.type, column.description]),
      );
    }
  }
}

const rowsOf = (columns: readonly string[], rows: readonly (readonly string[])[]): Printed => ({
  sql:
    `SELECT ${columns.map((column, i) => `tupleElement(row, ${i + 1}) AS ${name(column)}`).join(', ')} FROM (` +
    `SELECT arrayJoin([${rows.map((row) => `(${row.map(text).join(', ')})`).join(', ')}]) AS row)`,
});

class Printer {
  readonly #tables: PrintedTables;
  /** What is read of the tables of the SELECT that is being printed. */
  #reading = new Map<string, Reading>();
  #sole: string | undefined;

  readonly #columns: ReadonlySet<string> | undefined;

  constructor(tables: PrintedTables, columns: ReadonlySet<string> | undefined) {
    this.#tables = tables;
    this.#columns = columns;
  }

  query(query: Query): string {
    const recursive = query.with.some((one) => one.kind === 'query' && one.recursive);
    const tables = query.with.map((one) =>
      one.kind === 'query'
        ? `${common(one.id)} AS (${this.query(one.query)})`
        : `${this.expression(one.value)} AS ${name(one.name)}`,
    );
    const branch = (one: Query['first']): string =>
      one.kind === 'select' ? this.#select(one) : `(${this.query(one.query)})`;
    const begin = tables.length === 0 ? '' : `WITH ${recursive ? 'RECURSIVE ' : ''}${tables.join(', ')} `;
    return (
      begin + branch(query.first) + query.rest.map(({operator, branch: one}) => ` ${operator} ${branch(one)}`).join('')
    );
  }

  #select(select: Select): string {
    const outer = {reading: this.#reading, sole: this.#sole};
    this.#reading = readingOf(select);
    this.#sole = soleTable(select);
    const list = (items: readonly Expression[]): string => items.map((item) => this.expression(item)).join(', ');
    const clause = (keyword: string, value: Expression | undefined): string =>
      value === undefined ? '' : ` ${keyword} ${this.expression(value)}`;
    const {groupBy, limitBy} = select;
    const on = select.distinctOn.length === 0 ? '' : ` ON (${list(select.distinctOn)})`;
    const head = `SELECT${select.distinct ? ` DISTINCT${on}` : ''} ${list(select.items)}`;
    const windows = select.windows.map((one) => `${name(one.name)} AS ${this.#window(one.window)}`).join(', ');
    const orders =
      select.orderBy === 'all'
        ? ' ORDER BY ALL'
        : select.orderBy.length === 0
          ? ''
          : ` ORDER BY ${this.#orders(select.orderBy)}`;
    const tail = [
      clause('WHERE', select.where),
      groupBy === undefined
        ? ''
        : groupBy.kind === 'all'
          ? ' GROUP BY ALL'
          : groupBy.kind === 'sets'
            ? ` GROUP BY GROUPING SETS (${groupBy.sets.map((set) => `(${list(set)})`).join(', ')})`
            : ` GROUP BY ${list(groupBy.items)}${groupBy.modifier === undefined ? '' : ` WITH ${groupBy.modifier}`}`,
      clause('HAVING', select.having),
      windows === '' ? '' : ` WINDOW ${windows}`,
      clause('QUALIFY', select.qualify),
      orders,
      limitBy === undefined
        ? ''
        : `${clause('LIMIT', limitBy.limit)}${clause('OFFSET', limitBy.offset)} BY ${list(limitBy.by)}`,
      clause('LIMIT', select.limit),
      clause('OFFSET', select.offset),
      select.ties ? ' WITH TIES' : '',
    ].join('');
    // The tables last: by now it is known which keys of their attributes are read.
    const from = select.from === undefined ? '' : ` FROM ${this.#source(select.from)}`;
    ({reading: this.#reading, sole: this.#sole} = outer);
    return head + from + tail;
  }

  #source(source: Source): string {
    switch (source.kind) {
      case 'join': {
        const condition =
          source.using !== undefined
            ? ` USING (${source.using.map(name).join(', ')})`
            : source.on === undefined
              ? ''
              : ` ON ${this.expression(source.on)}`;
        return `${this.#source(source.left)} ${source.operator} ${this.#source(source.right)}${condition}`;
      }
      case 'array-join':
        return `${this.#source(source.of)} ${source.left ? 'LEFT ' : ''}ARRAY JOIN ${source.arrays.map((one) => this.expression(one)).join(', ')}`;
      default:
        return this.#table(source);
    }
  }

  #table(source: TableSource): string {
    const as = (fallback: string | undefined): string =>
      source.alias === undefined && fallback === undefined ? '' : ` AS ${name(source.alias ?? (fallback as string))}`;
    switch (source.kind) {
      case 'table': {
        const reading = this.#reading.get(source.alias ?? source.name);
        const asked: PrintedReading = {
          keys: reading?.keys ?? [],
          times: (reading?.times ?? []).map(({operator, bound}) => ({operator, sql: this.expression(bound)})),
          traces: (reading?.traces ?? []).map((one) => this.expression(one)),
          columns: this.#columns,
        };
        return `(${this.#tables.select(source.name as SqlTableName, asked)})${as(source.name)}`;
      }
      case 'common':
        return `${common(source.id)}${as(source.name)}`;
      case 'subquery':
        return `(${this.query(source.query)})${as(undefined)}`;
      case 'function':
        return `${source.name}(${source.arguments.map((one) => this.expression(one)).join(', ')})${as(undefined)}`;
    }
  }

  expression(e: Expression): string {
    switch (e.kind) {
      case 'literal':
        return e.sql;
      case 'text':
        return text(e.text);
      case 'parameter':
        return `{${parameterName(e.name)}:${e.type}}`;
      case 'column':
        return e.path.map(name).join('.');
      case 'star': {
        const except = e.except.length === 0 ? '' : ` EXCEPT (${e.except.map(name).join(', ')})`;
        return `${[...e.of.map(name), '*'].join('.')}${except}`;
      }
      case 'call':
        return this.#call(e);
      case 'prefix':
        return `(${e.operator} ${this.expression(e.operand)})`;
      case 'infix':
        if (comparison.test(e.operator))
          return `(${this.#compared(e.left, e.right)} ${e.operator} ${this.#compared(e.right, e.left)})`;
        return `(${this.#operands(e, e.operator).join(` ${e.operator} `)})`;
      case 'suffix':
        return `(${this.expression(e.operand)} ${e.operator})`;
      case 'between':
        return `(${this.expression(e.operand)} ${e.not ? 'NOT ' : ''}BETWEEN ${this.#compared(e.from, e.operand)} AND ${this.#compared(e.to, e.operand)})`;
      case 'in':
        return `(${this.#in(this.expression(e.operand), e.not, e.among)})`;
      case 'element':
        return this.#keptKey(e.of, e.index) ?? `${this.expression(e.of)}[${this.expression(e.index)}]`;
      case 'field':
        return `tupleElement(${this.expression(e.of)}, ${/^\d+$/.test(e.name) ? e.name : text(e.name)})`;
      case 'list': {
        const items = e.items.map((item) => this.expression(item)).join(', ');
        return e.type === 'array' ? `[${items}]` : `tuple(${items})`;
      }
      case 'cast':
        return `CAST(${this.expression(e.operand)}, ${text(e.type)})`;
      case 'interval':
        return `toInterval${e.unit[0]}${e.unit.slice(1).toLowerCase()}(${this.expression(e.amount)})`;
      case 'case': {
        const operand = e.operand === undefined ? '' : ` ${this.expression(e.operand)}`;
        const branches = e.branches.map(
          ({when, result}) => ` WHEN ${this.expression(when)} THEN ${this.expression(result)}`,
        );
        const otherwise = e.otherwise === undefined ? '' : ` ELSE ${this.expression(e.otherwise)}`;
        return `(CASE${operand}${branches.join('')}${otherwise} END)`;
      }
      case 'lambda':
        return `(${e.parameters.map(name).join(', ')}) -> ${this.expression(e.body)}`;
      case 'query':
        return `${e.exists ? 'EXISTS ' : ''}(${this.query(e.query)})`;
      case 'alias':
        return `${this.expression(e.operand)} AS ${name(e.name)}`;
    }
  }

  /** Of `a OR b OR c` all: nested, few hundred of them were too deep for ClickHouse. */
  #operands({left, right}: Extract<Expression, {kind: 'infix'}>, operator: string): string[] {
    const flat = /^(?:AND|OR|\|\|)$/.test(operator) && left.kind === 'infix' && left.operator === operator;
    const first = flat ? this.#operands(left, operator) : [this.expression(left)];
    first.push(this.expression(right));
    return first;
  }

  /** ClickHouse compares a time with few spellings of one. */
  #compared(e: Expression, other: Expression): string {
    const isTime = other.kind === 'column' && timeColumns.has(other.path.at(-1) as string);
    const time = isTime && e.kind === 'text' ? plainTime(e.text) : undefined;
    return time === undefined ? this.expression(e) : text(time);
  }

  #call(e: FunctionCall): string {
    const all = (items: readonly Expression[]): string => items.map((item) => this.expression(item)).join(', ');
    const parameters = e.parameters === undefined ? '' : `(${all(e.parameters)})`;
    const filter = e.filter === undefined ? '' : ` FILTER (WHERE ${this.expression(e.filter)})`;
    const over = e.over === undefined ? '' : ` OVER ${this.#window(e.over)}`;
    return `${e.name}${parameters}(${e.distinct ? 'DISTINCT ' : ''}${all(e.arguments)})${filter}${over}`;
  }

  #in(operand: string, not: boolean, among: InSet): string {
    const operator = not ? 'NOT IN' : 'IN';
    if (among.kind === 'common') return `${operand} ${operator} (SELECT * FROM ${common(among.id)})`;
    if (among.kind === 'query') return `${operand} ${operator} (${this.query(among.query)})`;
    if (among.kind === 'value') return `${operand} ${operator} ${this.expression(among.value)}`;
    const [first, ...others] = among.items;
    if (first === undefined) return not ? 'true' : 'false';
    const constant =
      first.kind === 'literal' || first.kind === 'text' || first.kind === 'list' || first.kind === 'parameter';
    // A lone name in parentheses would be that of a table.
    if (others.length === 0 && !constant) return `${operand} ${not ? '!=' : '='} ${this.expression(first)}`;
    return `${operand} ${operator} (${among.items.map((item) => this.expression(item)).join(', ')})`;
  }

  #window(window: Window): string {
    if (window.kind === 'named') return name(window.name);
    const parts = [
      window.partitionBy.length === 0
        ? ''
        : `PARTITION BY ${window.partitionBy.map((one) => this.expression(one)).join(', ')}`,
      window.orderBy.length === 0 ? '' : `ORDER BY ${this.#orders(window.orderBy)}`,
      window.frame ?? '',
    ];
    return `(${parts.filter((part) => part !== '').join(' ')})`;
  }

  #orders(orders: readonly Order[]): string {
    const one = ({by, descending, nulls, fill}: Order): string => {
      const part = (keyword: string, value: Expression | undefined): string =>
        value === undefined ? '' : ` ${keyword} ${this.expression(value)}`;
      const filled =
        fill === undefined
          ? ''
          : ` WITH FILL${part('FROM', fill.from)}${part('TO', fill.to)}${part('STEP', fill.step)}`;
      return `${this.expression(by)}${descending ? ' DESC' : ''}${nulls === undefined ? '' : ` NULLS ${nulls}`}${filled}`;
    };
    return orders.map(one).join(', ');
  }

  /** The value of one key, which the table computes alone, instead of a map of all of them. */
  #keptKey(of: Expression, index: Expression): string | undefined {
    if (of.kind !== 'column' || index.kind !== 'text') return undefined;
    const [table, column] = of.path.length === 2 ? of.path : [this.#sole, of.path[0]];
    if (of.path.length > 2 || (column !== 'attributes' && column !== 'resource_attributes')) return undefined;
    const keys = table === undefined ? undefined : this.#reading.get(table)?.keys;
    if (keys === undefined) return undefined;
    let as = keys.find((one) => one.column === column && one.key === index.text)?.as;
    if (as === undefined) {
      as = `weft_key_${keys.length}`;
      keys.push({column, key: index.text, as});
    }
    return `${name(table as string)}.${name(as)}`;
  }
}

/** Whatever a common table is called, no table of ClickHouse's has this name: one that cannot be seen is an error and no other table. */
const common = (id: number): string => `weft_common_${id}`;

const comparison = /^(?:[<>]=?|!?=)$/;
