/**
 * SQL without its values: texts, numbers, booleans, NULL, positional parameters and digits within names become `?`; keywords, names,
 * comments and white space stay. Understands quoting well enough not to be fooled by it; it does not parse.
 */

/** `"…"` is a text in these, and a name elsewhere. */
const doubleQuotedTexts = new Set(['mysql', 'mariadb']);

const token = new RegExp(
  [
    String.raw`--[^\n]*|/\*[^]*?(?:\*/|$)`,
    String.raw`[EeBbXxNn]?'(?:[^'\\]|''|\\[^])*(?:'|$)`,
    '"(?:[^"]|"")*(?:"|$)',
    '`(?:[^`]|``)*(?:`|$)',
    String.raw`\$([A-Za-z_]\w*)?\$[^]*?(?:\$\1\$|$)`,
    String.raw`\$\d+`,
    String.raw`(?:0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w$])`,
    String.raw`[A-Za-z_\u0080-\uffff@#][\w$\u0080-\uffff@#]*`,
    String.raw`\d\w*`,
  ].join('|'),
  'g',
);

export function sanitizeSql(sql: string, system: string): string {
  return sql.replace(token, (found) => {
    const first = found[0] as string;
    if (found.startsWith('--') || found.startsWith('/*')) return found;
    if (first === "'" || /^[EeBbXxNn]'/.test(found)) return '?';
    if (first === '"') return doubleQuotedTexts.has(system) ? '?' : withoutDigits(found);
    if (first === '`') return withoutDigits(found);
    if (first === '$' || first === '.' || /\d/.test(first)) return '?';
    if (/^(?:true|false|null)$/i.test(found)) return '?';
    return withoutDigits(found);
  });
}

const withoutDigits = (name: string): string => name.replace(/\d+/g, '?');
