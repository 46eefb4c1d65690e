export type {Expression, Query, Select, Source, Statement, TableSource} from './ast.ts';
export {SqlFault} from './fault.ts';
export {functionGroups, functionNames} from './functions.ts';
export {likeName} from './like.ts';
export {type Parsed, parseStatement} from './parse.ts';
export {type Printed, type PrintedReading, type PrintedTables, parameterName, printStatement} from './print.ts';
export {quoteText} from './quote.ts';
export {renderSqlReference} from './reference.ts';
export {type SqlColumn, type SqlTable, type SqlTableName, sqlTables, tableNamed} from './tables.ts';
