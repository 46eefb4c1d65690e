/**
 * The address that a value from outside is, where a reader may safely follow it: `http` and `https` alone, nothing around it.
 * Undefined for everything else, `javascript:` and relative paths among it.
 */
export function webAddress(text: string): string | undefined {
  if (!/^https?:\/\/[^\s<>"]+$/i.test(text) || text.length > 4_096) return undefined;
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}
