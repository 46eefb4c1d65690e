export type Env = Readonly<Record<string, string | undefined>>;

/** The longest wait that a timer of Node takes, in ms: some 24.8 days. */
export const longestMillis = 2_147_483_647;

/**
 * Reads settings from an environment that may have been made for other programs too. A value that cannot be used is a
 * warning that names its variable, and reads as absent: it never ends the program (OpenTelemetry specification,
 * "Environment Variable Specification").
 */
export type EnvReader = {
  /** Trimmed; empty is absent. */
  text(name: string): string | undefined;
  /** The value that `parse` makes of the text; a Reason that it throws becomes the warning. */
  read<T>(name: string, parse: (text: string) => T): T | undefined;
  warn(name: string, reason: string): void;
  /** Each once, in the order in which they came up. */
  readonly warnings: readonly string[];
};

/** Why a text cannot be used, for a reader: `expected …`. Its message never holds the text, which may be a secret. */
export class Reason extends Error {}

export function createEnvReader(env: Env): EnvReader {
  const warnings = new Set<string>();
  const text = (name: string): string | undefined => (env[name]?.trim() === '' ? undefined : env[name]?.trim());
  const warn = (name: string, reason: string): void => void warnings.add(`${name}: ${reason}`);
  return {
    text,
    warn,
    read(name, parse) {
      const given = text(name);
      if (given === undefined) return undefined;
      try {
        return parse(given);
      } catch (error) {
        if (!(error instanceof Reason)) throw error;
        warn(name, error.message);
        return undefined;
      }
    },
    get warnings() {
      return [...warnings];
    },
  };
}

/** A whole number from `least` on. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new Reason(
      `expected a whole number ${most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`}`,
    );
  };

/** A time in ms. */
export const duration = (least = 0): ((text: string) => number) => wholeNumber(least, longestMillis);

/** A time limit in ms, of which 0 is none. */
export const timeout = (text: string): number => duration()(text) || longestMillis;

export const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T => {
    const found = values.find((value) => value === text.toLowerCase());
    if (found === undefined) throw new Reason(`expected one of ${values.join(', ')}`);
    return found;
  };

/** Only `true` is true, in any case; anything but `false` beside it is a mistake. */
export const flag = (text: string): boolean => oneOf(['true', 'false'])(text) === 'true';

/** An http or https URL, without the slashes at its end. */
export function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new Reason('expected an http or https URL');
}

export const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** `key=value,key=value` with percent-encoded keys and values. */
export function pairs(text: string): Record<string, string> {
  const record: Record<string, string> = {};
  for (const pair of list(text)) {
    const at = pair.indexOf('=');
    const [key, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    if (at === -1 || key === '') throw new Reason('expected key=value,key=value');
    try {
      record[decodeURIComponent(key)] = decodeURIComponent(value);
    } catch {
      throw new Reason(`the value of ${key} is not well percent-encoded; a % itself is %25`);
    }
  }
  return record;
}
