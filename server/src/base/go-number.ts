/** Numbers and spans of time as Go reads and writes them, for what the Collector's components convert. */

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

/** `FormatFloat(value, 'g', -1, 64)`, and `%v`: with an exponent below 1e-4 and from 1e6 on. */
export function goFloatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return plain(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Without an exponent. JavaScript writes one below 1e-6. */
const plain = (value: number): string => {
  const text = String(value);
  if (!text.includes('e')) return text;
  const [digits, power] = text.split('e') as [string, string];
  const sign = digits.startsWith('-') ? '-' : '';
  return `${sign}0.${'0'.repeat(-Number(power) - 1)}${digits.replace(/[-.]/g, '')}`;
};

/** As Go prints a duration: `1h2m3.5s`, `1.5ms`, `0s`. */
export function goDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const total = nanos < 0n ? -nanos : nanos;
  const fraction = (of: bigint, unit: bigint): string => {
    const rest = String(of % unit)
      .padStart(String(unit).length - 1, '0')
      .replace(/0+$/, '');
    return String(of / unit) + (rest === '' ? '' : `.${rest}`);
  };
  if (total < 1_000n) return `${sign}${total}ns`;
  if (total < 1_000_000n) return `${sign}${fraction(total, 1_000n)}µs`;
  if (total < 1_000_000_000n) return `${sign}${fraction(total, 1_000_000n)}ms`;
  const minutes = total / 60_000_000_000n;
  const seconds = `${fraction(total % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}
