/** The tokens of a query by what they are, for an editor that paints them. */
import {aggregates, bareIntrinsics, overTime} from './ast.ts';
import {lex, type Token} from './lex.ts';
import {wordValues} from './parse-field.ts';

export type TokenMark = 'name' | 'intrinsic' | 'function' | 'keyword' | 'string' | 'number' | 'sign';

export interface MarkedToken {
  readonly at: number;
  readonly end: number;
  readonly mark: TokenMark | undefined;
}

const functions: ReadonlySet<string> = new Set([
  ...aggregates,
  ...overTime,
  'topk',
  'bottomk',
  'by',
  'select',
  'coalesce',
]);
const keywords: ReadonlySet<string> = new Set([...wordValues.keys(), 'nil', 'with']);

/** Of any text, however faulty. */
export function markedTokens(text: string): MarkedToken[] {
  const tokens = lex(text, []);
  return tokens.slice(0, -1).map((token, i) => ({at: token.at, end: token.end, mark: markOf(token, tokens[i - 1])}));
}

function markOf({kind, text}: Token, before: Token | undefined): TokenMark | undefined {
  if (kind === 'attribute') return 'name';
  if (kind === 'scope' || before?.kind === 'scope') return 'intrinsic';
  if (kind !== 'word') return kind === 'end' ? undefined : kind;
  if (bareIntrinsics.has(text)) return 'intrinsic';
  return functions.has(text) ? 'function' : keywords.has(text) ? 'keyword' : undefined;
}
