/** Values and keys in quotes, which are JSON's. */

/** What stands in quotes, read as JSON; any other text as it is. */
export function unquote(text: string): string {
  if (!/^".*"$/s.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}

/** Not closed; with more behind the closing quote; with an escape that JSON does not know; in quotes that are not ours. */
export type QuoteFault = 'open' | 'after' | 'escape' | 'other';

/** Why a value that begins with a quote is not the text between quotes. */
export function quoteFault(value: string): QuoteFault | undefined {
  if (otherQuotes.test(value)) return 'other';
  if (!value.startsWith('"')) return undefined;
  const [whole] = /^"(?:[^"\\]|\\.)*"/s.exec(value) ?? [];
  if (whole === undefined) return 'open';
  if (whole.length < value.length) return 'after';
  return unquote(value) === value ? 'escape' : undefined;
}

const otherQuotes = /^(?:'.*'|‘.*’|“.*”|「.*」|『.*』|«.*»)$/s;
