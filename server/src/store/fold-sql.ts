/** `fold` of `query/` as SQL. */
import type {FoldSteps} from '../query/index.ts';
import {validSql} from './lossy-text.ts';
import type {Where} from './read-conditions.ts';

/** Of the first `most` characters of a text. */
export function foldSql(where: Where, text: string, steps: FoldSteps, most: number): string {
  return steps.reduce(
    (folded, [pattern, by]) => `replaceRegexpAll(${folded}, ${where.bind(pattern)}, ${where.bind(by)})`,
    `substringUTF8(${validSql(text)}, 1, ${most})`,
  );
}
