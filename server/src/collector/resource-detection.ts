/** Runs detectors beside each other, again where one fails, and merges what they find: the first that knows an attribute says it. */
import {setTimeout as sleep} from 'node:timers/promises';
import {errorMessage, type Log} from '../base/index.ts';
import type {AnyValue} from '../model/index.ts';
import {type Detected, FinalError, type Surroundings} from './resource-detector.ts';

export interface RetrySettings {
  readonly enabled: boolean;
  readonly initial_interval: number;
  readonly randomization_factor: number;
  readonly multiplier: number;
  readonly max_interval: number;
  readonly max_elapsed_time: number;
}

export interface NamedDetector {
  readonly name: string;
  /** Detects until `signal` ends it. */
  readonly detect: (around: Surroundings, signal: AbortSignal) => Promise<Detected>;
  readonly isEnabled: (attribute: string) => boolean;
}

export interface DetectionOptions {
  readonly detectors: readonly NamedDetector[];
  readonly around: Surroundings;
  readonly timeout: number;
  readonly retry: RetrySettings;
  readonly log: Log;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** The attributes of all detectors. Rejects with what failed where one did to the end. */
export async function detectResource(options: DetectionOptions): Promise<ReadonlyMap<string, AnyValue>> {
  const results = await Promise.allSettled(options.detectors.map((each) => detectOne(each, options)));
  const failures = results.flatMap((each) => (each.status === 'rejected' ? [errorMessage(each.reason)] : []));
  if (failures.length > 0) throw new Error(`the resource could not be detected: ${failures.join('; ')}`);
  const merged = new Map<string, AnyValue>();
  for (const [index, result] of results.entries()) {
    if (result.status !== 'fulfilled') continue;
    for (const [name, value] of Object.entries(result.value)) {
      if (value === undefined || merged.has(name) || !options.detectors[index]!.isEnabled(name)) continue;
      merged.set(name, value);
    }
  }
  return merged;
}

async function detectOne({name, detect}: NamedDetector, options: DetectionOptions): Promise<Detected> {
  const {retry, timeout, around, log} = options;
  const budget = retry.max_elapsed_time > 0 ? retry.max_elapsed_time : timeout;
  const session = AbortSignal.any([options.signal, ...(budget > 0 ? [AbortSignal.timeout(budget)] : [])]);
  let pause = retry.initial_interval;
  for (;;) {
    try {
      const attempt = timeout > 0 ? AbortSignal.any([session, AbortSignal.timeout(timeout)]) : session;
      return await within(attempt, detect(around, attempt));
    } catch (error) {
      const failure = new Error(`${name}: ${errorMessage(error)}`, {cause: error});
      if (error instanceof FinalError || !retry.enabled || session.aborted) throw failure;
      log.warn({detector: name}, `a resource could not be detected, trying again: ${errorMessage(error)}`);
      const jitter = 1 + retry.randomization_factor * (2 * Math.random() - 1);
      const wait = Math.min(pause * jitter, retry.max_interval);
      await sleep(wait, undefined, {signal: session}).catch(() => Promise.reject(failure));
      pause = Math.min(pause * retry.multiplier, retry.max_interval);
    }
  }
}

/** How long the work may take to say what an end means to it. */
const settleMs = 100;

/** Rejects soon after `signal` ends it, whether or not the work looks at the signal. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const ended = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    timer = setTimeout(() => ended.reject(new Error('it took longer than it may')), settleMs);
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, {once: true});
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(timer);
  }
}
