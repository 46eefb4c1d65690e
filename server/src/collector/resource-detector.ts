/** What a detector of resources is, and what the machine around it tells. */

import {readFile} from 'node:fs/promises';
import os from 'node:os';
import type {Log} from '../base/index.ts';
import {bool, type ConfigType, type Fields, goRegExp, list, type object, withDefault} from '../config/index.ts';
import type {AnyValue} from '../model/index.ts';
import type {Pattern} from '../regexp/index.ts';

/** Where detectors look; a test gives its own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly os: typeof os;
  readonly process: typeof process;
  /** The text of a file, or undefined where it cannot be read. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** Where a service is that has this address (`http://169.254.169.254`) and no variable for it. */
  readonly locate: (origin: string) => string;
}

export const realSurroundings: Surroundings = {
  env: process.env,
  os,
  process,
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
  locate: (origin) => origin,
};

/** Attributes by their name, those that are not enabled among them. */
export type Detected = Readonly<Record<string, AnyValue | undefined>>;

/** The facts that a detector works with. */
export interface Detection<C = Readonly<Record<string, unknown>>> {
  readonly around: Surroundings;
  /** Ends the attempt: a detector that heeds it says itself what a missing answer means. */
  readonly signal: AbortSignal;
  /** Its settings, those in `fields`. */
  readonly settings: C;
  /** Whether an attribute is wanted: for what costs a question of its own. */
  readonly isEnabled: (attribute: string) => boolean;
  /** `fail_on_missing_metadata`: nothing is left out in silence. */
  readonly mustBeThere: boolean;
  readonly log: Log;
}

export interface Detector<C = never> {
  /** For the reference: `the machine in EC2`. */
  readonly about: string;
  /** Its attributes, and whether they are there where nobody says so. What it gives beside them (tags) always is. */
  readonly attributes: Readonly<Record<string, boolean>>;
  /** Settings beside `resource_attributes`. */
  readonly fields?: Fields;
  /** The section of its settings, where that has another name. */
  readonly section?: string;
  /** Looks at the files that its settings name. Throws FileError. */
  check?(settings: C, around: Surroundings): Promise<void>;
  /**
   * Throws a NotThereError where this is no place of the kind, or its service does not answer: then nothing is detected, or the
   * start fails with `fail_on_missing_metadata`. Throws a FinalError where trying again is useless, another Error where it may help.
   */
  detect(detection: Detection<C>): Promise<Detected>;
}

type SettingsOf<F extends Fields> = ReturnType<ReturnType<typeof object<F>>['read']>;

/** A detector with the settings that its fields say. */
export const detector = <F extends Fields = Fields>(
  given: Omit<Detector<SettingsOf<F>>, 'fields'> & {
    readonly fields?: F;
  },
): Detector => given as unknown as Detector;

export class FinalError extends Error {
  override readonly name = 'FinalError';
}

export const textValue = (value: string | undefined): AnyValue | undefined =>
  value === undefined || value === '' ? undefined : {type: 'string', value};

export const textList = (values: readonly string[]): AnyValue | undefined =>
  values.length === 0 ? undefined : {type: 'array', value: values.map((value) => ({type: 'string', value}))};

/** Texts as attributes; those that are undefined or empty are left out. */
export const texts = (values: Readonly<Record<string, string | undefined>>): Detected =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textValue(value)]));

/** All these attributes are on unless somebody says otherwise. */
export const on = (...names: readonly string[]): Readonly<Record<string, boolean>> =>
  Object.fromEntries(names.map((name) => [name, true]));

/** The same, off. */
export const off = (...names: readonly string[]): Readonly<Record<string, boolean>> =>
  Object.fromEntries(names.map((name) => [name, false]));

/** For the detectors of which the Collector has it. */
export const ownMissing = {
  fail_on_missing_metadata: withDefault(
    bool,
    false,
    'false',
    'The same as that of the processor, for this detector alone; deprecated in the Collector.',
  ),
};

/** Regular expressions of Go. */
export const expressions: ConfigType<readonly Pattern[]> = list(goRegExp);

/** The entries whose key one of the expressions finds, as attributes with this prefix. */
export const matching = (
  prefix: string,
  patterns: readonly Pattern[],
  entries: Iterable<readonly [key: string, value: string | undefined]>,
): Detected =>
  Object.fromEntries(
    [...entries]
      .filter(([key]) => patterns.some((each) => each.test(key)))
      .map(([key, value]) => [`${prefix}${key}`, {type: 'string', value: value ?? ''}]),
  );
