/** What a detector of resources is, and what the machine around it tells. */
import {readFile} from 'node:fs/promises';
import os from 'node:os';
import process from 'node:process';
import type {AnyValue} from '../model/index.ts';

/** Where detectors look; a test gives its own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly os: typeof os;
  readonly process: typeof process;
  /** The text of a file, or undefined where it cannot be read. */
  readonly read: (path: string) => Promise<string | undefined>;
}

export const realSurroundings: Surroundings = {
  env: process.env,
  os,
  process,
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
};

/** Attributes by their name, those that are not enabled among them. */
export type Detected = Readonly<Record<string, AnyValue | undefined>>;

/**
 * Detects until `signal` ends it. Throws a `FinalError` where trying again is useless, another Error where it may help.
 */
export type Detect = (around: Surroundings, signal: AbortSignal) => Promise<Detected>;

export class FinalError extends Error {
  override readonly name = 'FinalError';
}

export const textValue = (value: string | undefined): AnyValue | undefined =>
  value === undefined || value === '' ? undefined : {type: 'string', value};

export const textList = (values: readonly string[]): AnyValue | undefined =>
  values.length === 0 ? undefined : {type: 'array', value: values.map((value) => ({type: 'string', value}))};
