/** Durations: nanoseconds in, short text out, and back. */

const MICRO = 1e3;
const MILLI = 1e6;
const SECOND = 1e9;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const units = {
  ns: 1,
  us: MICRO,
  µs: MICRO,
  μs: MICRO,
  ms: MILLI,
  s: SECOND,
  m: MINUTE,
  min: MINUTE,
  h: HOUR,
  d: DAY,
} as const;

/** Writes a number with `digits` decimals, as the reader's language does. */
export type DecimalWriter = (value: number, digits: number) => string;

/** Three significant figures in the largest fitting unit: `850 ns`, `12.3 µs`, `4.56 s`, `2 min 5 s`, `3 d 4 h`. */
export function formatDuration(nanoseconds: number, decimal: DecimalWriter = plain): string {
  if (nanoseconds < 0) return `−${formatDuration(-nanoseconds, decimal)}`;
  if (nanoseconds === 0) return '0 ms';
  if (nanoseconds < MICRO) return `${decimal(nanoseconds, 0)} ns`;
  if (nanoseconds < 999.5 * MICRO) return `${threeFigures(nanoseconds / MICRO, decimal)} µs`;
  if (nanoseconds < 999.5 * MILLI) return `${threeFigures(nanoseconds / MILLI, decimal)} ms`;
  if (nanoseconds < 59.95 * SECOND) return `${threeFigures(nanoseconds / SECOND, decimal)} s`;
  if (nanoseconds < HOUR - SECOND / 2) return pair(nanoseconds, MINUTE, 'min', SECOND, 's', decimal);
  if (nanoseconds < DAY - MINUTE / 2) return pair(nanoseconds, HOUR, 'h', MINUTE, 'min', decimal);
  return pair(nanoseconds, DAY, 'd', HOUR, 'h', decimal);
}

function pair(
  value: number,
  big: number,
  bigName: string,
  small: number,
  smallName: string,
  decimal: DecimalWriter,
): string {
  const smalls = Math.round(value / small);
  const perBig = big / small;
  const rest = smalls % perBig;
  const first = `${decimal((smalls - rest) / perBig, 0)} ${bigName}`;
  return rest === 0 ? first : `${first} ${decimal(rest, 0)} ${smallName}`;
}

function threeFigures(value: number, decimal: DecimalWriter): string {
  return decimal(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

const plain: DecimalWriter = (value, digits) => value.toFixed(digits);

/** Reads `1.5s`, `200 ms`, `2m`, `1h 30m`; a bare number is milliseconds. Nanoseconds, or undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim().replaceAll(',', '.').toLowerCase();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * MILLI;
  if (!/^(\d+(\.\d+)?\s*[a-zµμ]+\s*)+$/.test(trimmed)) return undefined;
  let sum = 0;
  for (const [, value, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµμ]+)/g)) {
    if (!Object.hasOwn(units, unit ?? '')) return undefined;
    sum += Number(value) * units[unit as keyof typeof units];
  }
  return sum;
}

/** The text of a duration that the API and a person both read: `1.5s`, `200ms`; exact. */
export function writeDuration(nanoseconds: number): string {
  const whole = Math.round(nanoseconds);
  for (const [name, size] of [
    ['s', SECOND],
    ['ms', MILLI],
    ['us', MICRO],
  ] as const) {
    if (whole >= size) return `${trimZeros((whole / size).toFixed(9))}${name}`;
  }
  return `${whole}ns`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** About `count` round marks inside [from, to], for an axis of durations, with one text format for all of them. */
export function durationTicks(
  from: number,
  to: number,
  count: number,
  decimal: DecimalWriter = plain,
): readonly {readonly at: number; readonly text: string}[] {
  if (!(to > from)) return [];
  const step = niceStep((to - from) / Math.max(1, count));
  const [size, name] = unitFor(Math.max(Math.abs(from), Math.abs(to)), step);
  const digits = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
  const ticks: {at: number; text: string}[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-12); i++) {
    const at = i * step;
    ticks.push({at, text: at === 0 ? '0' : `${decimal(at / size, digits)} ${name}`});
  }
  return ticks;
}

function unitFor(largest: number, step: number): [number, string] {
  if (largest < MICRO) return [1, 'ns'];
  if (largest < MILLI) return [MICRO, 'µs'];
  if (largest < SECOND || step < MILLI / 10) return [MILLI, 'ms'];
  if (largest < 10 * MINUTE) return [SECOND, 's'];
  if (largest < 10 * HOUR) return [MINUTE, 'min'];
  return [HOUR, 'h'];
}

/** The round step (1, 2 or 5 times a power of ten; whole minutes and hours above a minute) next above `rough`. */
function niceStep(rough: number): number {
  if (rough > 30 * SECOND) {
    const clock = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE);
    return clock.find((step) => step >= rough) ?? Math.ceil(rough / DAY) * DAY;
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = rough / power;
  return Math.max(1, (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10) * power);
}
