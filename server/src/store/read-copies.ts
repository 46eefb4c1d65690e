/**
 * Copies of a span: a sender that got no answer sends again, and both are stored. Readers of spans leave copies out. Only
 * traces in which an id comes twice are searched for them, for that reads everything.
 */
import {attributesSql} from './attribute-sql.ts';
import {spanColumnsSql} from './read-spans.ts';

/** Of spans that are equal in everything that arrived, one. To follow ORDER BY. */
export const withoutCopies = `LIMIT 1 BY tenant, ${spanColumnsSql.replace('attribute_template, attribute_values', attributesSql)}`;

/** Spans of one SELECT without copies, to be read from instead of `spans`. */
export const spansWithoutCopies = (columns: string, where: string): string =>
  `(SELECT ${columns} FROM spans_11 WHERE ${where} ${withoutCopies})`;
