/** How a database reads what SQL's dialects do not agree on. */
export type SqlDialect = 'standard' | 'mysql' | 'unknown';

/**
 * SQL with every literal replaced by `?`, comments removed and lists of literals folded to one, so that a statement tells
 * what was asked but not of whom. A scanner, not a parser: it must be right for any dialect, and for SQL that is cut off. Where it
 * cannot tell how the database reads on, the rest of the statement is one `?`.
 *
 * @example maskSql("SELECT * FROM users WHERE email = 'a@b.c' AND id IN (1, 2)") // SELECT * FROM users WHERE email = ? AND id IN (?)
 */
export function maskSql(sql: string, dialect: SqlDialect = 'standard'): string {
  return sql
    .replace(tokens[dialect], (_text, ignored?: string, _literal?: string, _tag?: string, name?: string) =>
      ignored === undefined ? (name ?? '?') : ' ',
    )
    .replace(/\(\s*\?(?:\s*,\s*\?)+\s*\)/g, '(?)')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A comment within a comment is nested in PostgreSQL, and not in MySQL: the rest could be either. */
const block = String.raw`\/\*(?:(?!\/\*)[\s\S])*?\*\/`;
const comments: Readonly<Record<SqlDialect, string>> = {
  standard: String.raw`--[^\n]*|${block}`,
  mysql: String.raw`--(?=\s|$)[^\n]*|#[^\n]*|${block}`,
  unknown: String.raw`--(?=\s|$)[^\n]*|${block}`,
};
const ambiguous: Readonly<Record<SqlDialect, string>> = {
  standard: String.raw`\/\*[\s\S]*$`,
  mysql: String.raw`\/\*[\s\S]*$`,
  unknown: String.raw`(?:\/\*|#|--)[\s\S]*$`,
};
/** A backslash before the closing quote escapes it in some databases and settings and not in others. */
const literal = (quote: string): string =>
  String.raw`${quote}(?:[^${quote}\\]|\\\\|\\(?!${quote})|${quote}${quote})*(?:${quote}|$|\\${quote}[\s\S]*$)`;
const escaped = String.raw`[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)`;
const quoted = `(?:[nNbBxX]|[uU]&)?${literal("'")}`;
const dollarQuoted = String.raw`\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\3\$|$)`;
const numeral = String.raw`0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const plainName = String.raw`\`(?:[^\`]|\`\`)*(?:\`|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`;
const doubleQuoted = '"(?:[^"]|"")*(?:"|$)';
const parameter = String.raw`\$\d+|[:@][A-Za-z_]\w*`;

/** Groups: 1 comment, 2 literal, 3 the tag of a dollar-quoted one, 4 a name that stays, 5 number. `E'…'` comes before names. */
function token(dialect: SqlDialect): RegExp {
  const texts = [ambiguous[dialect], escaped, quoted, dollarQuoted];
  const names = [plainName, parameter];
  if (dialect === 'standard') names.push(doubleQuoted);
  else texts.push(literal('"'));
  return new RegExp(`(${comments[dialect]})|(${texts.join('|')})|(${names.join('|')})|(${numeral})`, 'g');
}

const tokens: Readonly<Record<SqlDialect, RegExp>> = {
  standard: token('standard'),
  mysql: token('mysql'),
  unknown: token('unknown'),
};
