/** Numbers of texts as Go's `strconv` reads them, for what the Collector's components convert. */

/** `ParseFloat(text, 64)`: undefined where the text is no number, or one beyond a double. */
export function goFloat(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (named === null) return undefined;
  if (/nan/i.test(named[2] as string)) return named[1] === '' ? Number.NaN : undefined;
  return named[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** `ParseInt(text, 10, 64)`: undefined where the text is no whole number of 64 bits. */
export function goInt(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
