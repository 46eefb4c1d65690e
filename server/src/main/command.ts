import {nodeUtil} from '../base/index.ts';
import type {HeadStart} from './head-start.ts';

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  /** The part of the usage line before the flags: `set SERVICE`. */
  readonly usage?: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** Returns the exit code. `start` is what was begun for it. */
  run(args: readonly string[], start?: HeadStart): Promise<number>;
}

export interface Flag {
  readonly help: string;
  /** The placeholder of its value in the help; a flag without one is a switch. */
  readonly value?: string;
  readonly default?: string;
  readonly multiple?: true;
}

/** The command line was wrong, not what it asked for. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Values {
  /** The words that are no flags, in order. */
  readonly words: readonly string[];
  /** The last value given, or the default. */
  text(name: string): string | undefined;
  /** Every value of a flag that may be repeated. */
  all(name: string): readonly string[];
  on(name: string): boolean;
}

/** Reads the flags; throws UsageError on any that the command does not have, and on more than `maxWords` words that are none. */
export function readFlags(flags: Readonly<Record<string, Flag>>, args: readonly string[], maxWords = 0): Values {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      {type: flag.value === undefined ? ('boolean' as const) : ('string' as const), multiple: true},
    ]),
  );
  let values: Record<string, unknown[] | undefined>;
  let words: string[];
  try {
    const parsed = nodeUtil.parseArgs({args: [...args], options, strict: true, allowPositionals: maxWords > 0});
    values = parsed.values as typeof values;
    words = parsed.positionals;
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\.? To specify a positional.*$/s, ''));
  }
  if (words.length > maxWords) throw new UsageError(`what is "${words[maxWords]}"? There are too many words`);
  return {
    words,
    text: (name) => (values[name]?.at(-1) as string | undefined) ?? flags[name]?.default,
    all: (name) => (values[name] ?? []) as string[],
    on: (name) => values[name]?.at(-1) === true,
  };
}
