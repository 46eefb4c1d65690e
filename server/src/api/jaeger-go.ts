/** How Go reads numbers and durations and how it words what is wrong with them: Jaeger's answers quote it. */

/** A failure of a Jaeger parameter, in Jaeger's words. */
export class JaegerParameterError extends Error {
  override readonly name = 'JaegerParameterError';
}

const inParameter = (name: string, message: string): JaegerParameterError =>
  new JaegerParameterError(`unable to parse param '${name}': ${message}`);

/** `strconv.ParseInt(text, 10, bits)`, or what calls it. */
export function goInteger(text: string, bits: 32 | 64 = 64, reader: 'ParseInt' | 'Atoi' = 'ParseInt'): bigint {
  if (!/^[+-]?\d+$/.test(text))
    throw new JaegerParameterError(`strconv.${reader}: parsing ${quote(text)}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(bits, value) !== value) {
    throw new JaegerParameterError(`strconv.${reader}: parsing ${quote(text)}: value out of range`);
  }
  return value;
}

/** `strconv.ParseUint(text, 16, 64)`. */
export function goHex(text: string): string {
  if (!/^[0-9a-fA-F]+$/.test(text)) {
    throw new JaegerParameterError(`strconv.ParseUint: parsing ${quote(text)}: invalid syntax`);
  }
  return text.toLowerCase().padStart(16, '0');
}

/** The texts that Go takes for a boolean. */
export const goBooleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false])),
};

/** `strconv.ParseBool`. */
export function goBoolean(text: string): boolean {
  const value = Object.hasOwn(goBooleans, text) ? goBooleans[text] : undefined;
  if (value === undefined) throw new JaegerParameterError(`strconv.ParseBool: parsing ${quote(text)}: invalid syntax`);
  return value;
}

/** `strconv.ParseFloat(text, 64)`, for plain decimal numbers. */
export function goFloat(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw new JaegerParameterError(`strconv.ParseFloat: parsing ${quote(text)}: invalid syntax`);
  }
  return Number(text);
}

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** `time.ParseDuration`, in nanoseconds. */
export function goDuration(text: string): bigint {
  const invalid = (): never => {
    throw new JaegerParameterError(`time: invalid duration ${quote(text)}`);
  };
  const negative = text.startsWith('-');
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0n;
  if (rest === '') return invalid();
  let total = 0n;
  while (rest !== '') {
    const [number, whole = '', fraction = ''] = /^(\d*)(?:\.(\d*))?/.exec(rest) ?? [''];
    if (whole === '' && fraction === '') return invalid();
    rest = rest.slice(number.length);
    const [name = ''] = /^[^\d.]*/.exec(rest) ?? [];
    if (name === '') throw new JaegerParameterError(`time: missing unit in duration ${quote(text)}`);
    const unit = Object.hasOwn(units, name) ? units[name] : undefined;
    if (unit === undefined)
      throw new JaegerParameterError(`time: unknown unit ${quote(name)} in duration ${quote(text)}`);
    rest = rest.slice(name.length);
    total += BigInt(whole || '0') * unit;
    if (fraction !== '') total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
  }
  if (total > 2n ** 63n - 1n) return invalid();
  return negative ? -total : total;
}

/** A duration as Go prints it: `1.5ms`, `2m0s`, `-30µs`. */
export function formatGoDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return `${sign}${seconds}`;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** A time as Go prints it: `2026-01-02 03:04:05.5 +0000 UTC`. */
export function formatGoTime(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const fraction = (nanos % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}

function decimal(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const fraction = (value % scale).toString().padStart(digits, '0').replace(/0+$/, '');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}

/** `read(text)`, its failure named after the parameter as Jaeger does. */
export function inGo<T>(name: string, text: string, read: (text: string) => T): T {
  try {
    return read(text);
  } catch (error) {
    throw error instanceof JaegerParameterError ? inParameter(name, error.message) : error;
  }
}

const quote = (text: string): string => JSON.stringify(text);
