/**
 * SQL with every literal replaced by `?`, comments removed and lists of literals folded to one, so that a statement tells
 * what was asked but not of whom. A scanner, not a parser: it must be right for any dialect, and for SQL that is cut off.
 *
 * @example maskSql("SELECT * FROM users WHERE email = 'a@b.c' AND id IN (1, 2)") // SELECT * FROM users WHERE email = ? AND id IN (?)
 */
export function maskSql(sql: string): string {
  return sql
    .replace(token, (_text, ignored?: string, _literal?: string, _tag?: string, name?: string) =>
      ignored === undefined ? (name ?? '?') : ' ',
    )
    .replace(/\(\s*\?(?:\s*,\s*\?)+\s*\)/g, '(?)')
    .replace(/\s+/g, ' ')
    .trim();
}

const comment = String.raw`--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;
const escaped = String.raw`[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)`;
const quoted = `(?:[nNbBxX]|[uU]&)?'(?:[^']|'')*(?:'|$)`;
const dollarQuoted = String.raw`\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\3\$|$)`;
const numeral = String.raw`0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const identifier = String.raw`"(?:[^"]|"")*(?:"|$)|\`(?:[^\`]|\`\`)*(?:\`|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`;
const parameter = String.raw`\$\d+|[:@][A-Za-z_]\w*`;

/** Groups: 1 comment, 2 literal, 3 the tag of a dollar-quoted one, 4 a name that stays, 5 number. `E'…'` comes before names. */
const token = new RegExp(
  `(${comment})|(${escaped}|${quoted}|${dollarQuoted})|(${identifier}|${parameter})|(${numeral})`,
  'g',
);
