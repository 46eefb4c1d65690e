/**
 * What a SELECT says of the tables that it reads: bounds on time and traces, by which the store finds the rows without looking at
 * all. These conditions still hold where they stand; here they are only known earlier.
 */
import type {Expression, Select, Source, Statement, TableSource} from './ast.ts';

export interface Reading {
  /** Single keys of attributes that are read, filled while the SELECT is printed; undefined where all are needed. */
  readonly keys:
    | {readonly column: 'attributes' | 'resource_attributes'; readonly key: string; readonly as: string}[]
    | undefined;
  readonly times: readonly {readonly operator: '>' | '<'; readonly bound: Expression}[];
  /** Every row is of one of these. */
  readonly traces: readonly Expression[];
}

const tablesOf = (source: Source | undefined): TableSource[] => {
  switch (source?.kind) {
    case undefined:
      return [];
    case 'join':
      return [...tablesOf(source.left), ...tablesOf(source.right)];
    case 'array-join':
      return tablesOf(source.of);
    default:
      return [source as TableSource];
  }
};

const called = (table: TableSource): string | undefined =>
  table.alias ?? (table.kind === 'table' || table.kind === 'common' ? table.name : undefined);

/** The name of the one table that a SELECT reads: its columns need not be qualified. */
export function soleTable(select: Select): string | undefined {
  const tables = tablesOf(select.from);
  return tables.length === 1 ? called(tables[0] as TableSource) : undefined;
}

/** By the names of the tables. Where the same name stands for two, nothing is known. */
export function readingOf(select: Select): Map<string, Reading> {
  const tables = tablesOf(select.from);
  const sole = soleTable(select);
  const hasStar = select.items.some((item) => item.kind === 'star');
  const keysHidden = hasStar || renames(select, 'attributes') || renames(select, 'resource_attributes');
  const timesHidden = renames(select, 'start_time') || renames(select, 'trace_id') || hasOtherJoin(select.from);
  const readings = new Map<string, Reading>();
  for (const table of tables) {
    const name = called(table);
    if (name === undefined || table.kind !== 'table' || table.name !== 'spans') continue;
    if (tables.filter((one) => called(one) === name).length > 1) continue;
    const conditions = timesHidden ? [] : conjuncts(select.where);
    const isColumn = (e: Expression, column: string): boolean =>
      e.kind === 'column' &&
      ((e.path.length === 1 && e.path[0] === column && sole === name) ||
        (e.path.length === 2 && e.path[0] === name && e.path[1] === column));
    readings.set(name, {
      keys: keysHidden ? undefined : [],
      times: conditions.flatMap((one) => timesOf(one, (e) => isColumn(e, 'start_time'))),
      traces: conditions.flatMap((one) => tracesOf(one, (e) => isColumn(e, 'trace_id'))).slice(0, 1),
    });
  }
  return readings;
}

const conjuncts = (e: Expression | undefined): Expression[] =>
  e === undefined
    ? []
    : e.kind === 'infix' && e.operator === 'AND'
      ? [...conjuncts(e.left), ...conjuncts(e.right)]
      : [e];

function timesOf(e: Expression, isTime: (e: Expression) => boolean): Reading['times'][number][] {
  if (e.kind === 'between') {
    if (e.not || !isTime(e.operand) || !isConstant(e.from) || !isConstant(e.to)) return [];
    return [
      {operator: '>', bound: e.from},
      {operator: '<', bound: e.to},
    ];
  }
  if (e.kind !== 'infix' || !/^[<>]=?$|^=$/.test(e.operator)) return [];
  const flipped = !isTime(e.left);
  const [column, bound] = flipped ? [e.right, e.left] : [e.left, e.right];
  if (!isTime(column) || !isConstant(bound)) return [];
  if (e.operator === '=') {
    return [
      {operator: '>', bound},
      {operator: '<', bound},
    ];
  }
  return [{operator: (e.operator[0] === '>') !== flipped ? '>' : '<', bound}];
}

function tracesOf(e: Expression, isTrace: (e: Expression) => boolean): Expression[] {
  if (e.kind !== 'infix' || e.operator !== '=') return [];
  const [column, value] = isTrace(e.left) ? [e.left, e.right] : [e.right, e.left];
  const isText = value.kind === 'text' || (value.kind === 'parameter' && value.type === 'String');
  return isTrace(column) && isText ? [value] : [];
}

/** The same for every row, and computed before any. */
function isConstant(e: Expression): boolean {
  switch (e.kind) {
    case 'literal':
    case 'text':
    case 'parameter':
      return true;
    case 'cast':
      return isConstant(e.operand);
    case 'interval':
      return isConstant(e.amount);
    case 'infix':
      return /^[-+]$/.test(e.operator) && isConstant(e.left) && isConstant(e.right);
    case 'call':
      return (
        constantTimes.test(e.name) &&
        e.arguments.every(isConstant) &&
        [e.parameters, e.filter, e.over].every((part) => part === undefined)
      );
    default:
      return false;
  }
}
const constantTimes =
  /^(?:now|now64|today|yesterday|toDate(?:Time(?:64)?)?|toStartOf\w+|(?:add|subtract)[A-Z]\w+|toInterval\w+|parseDateTime\w+|fromUnixTimestamp\w*|makeDate\w*|dateTrunc|DATE_TRUNC)$/;

/** Other joins than inner ones answer otherwise where rows of a side are left out before they are joined. */
const hasOtherJoin = (source: Source | undefined): boolean =>
  source?.kind === 'join'
    ? !/^(?:INNER |ALL |CROSS )*JOIN$/.test(source.operator) || hasOtherJoin(source.left) || hasOtherJoin(source.right)
    : source?.kind === 'array-join' && hasOtherJoin(source.of);

/** Whether anything in the SELECT is called so: then the name may not be the table's column. */
function renames(select: Select, name: string): boolean {
  let found = false;
  visit(select, (node) => {
    found ||=
      (node.kind === 'alias' && node.name === name) || (node.kind === 'lambda' && node.parameters.includes(name));
  });
  return found;
}

/** Every word of a statement that may be the name of a column; undefined where it asks for all columns. */
export function namedColumns(statement: Statement): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  let all = false;
  visit(statement, (node) => {
    if (node.kind === 'column') for (const part of node.path) names.add(part);
    if (node.kind === 'join') for (const column of node.using ?? []) names.add(column);
    all ||= node.kind === 'star';
  });
  return all ? undefined : names;
}

/** Calls `see` with every expression and every source in a tree. */
function visit(tree: unknown, see: (node: Expression | Source) => void): void {
  if (typeof tree !== 'object' || tree === null) return;
  if ('kind' in tree) see(tree as Expression | Source);
  for (const value of Object.values(tree)) visit(value, see);
}
