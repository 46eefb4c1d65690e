/** Statements of databases, as far as they tell one from another. */
import {commandFold, fold, mostFolded, statementFold} from '../query/index.ts';
import type {Trace} from './trace.ts';
import {statementKeys} from './work.ts';

/** As it was sent; '' where the span has none. */
export const statementOf = (trace: Trace, span: number): string => trace.attribute(span, ...statementKeys) ?? '';

/** Without literals, so that a loop's statements are one: texts, numbers and lists of placeholders become `?`. */
export const shapeOf = (statement: string): string => fold(statement.slice(0, mostFolded.statement), statementFold);

/** Of a cache's command: keys that differ in an id are the same place. */
export const commandOf = (statement: string): string => fold(statement.slice(0, mostFolded.command), commandFold);

/** Statements that are part of every transaction. */
export const isTransaction = (statement: string): boolean =>
  /^\s*(begin|start transaction|commit|rollback|savepoint|release|set|show)\b/i.test(statement);
