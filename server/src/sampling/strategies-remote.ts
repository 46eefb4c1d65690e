/** Strategies that another server knows: asked for by the name of each service, and remembered for a while. */
import {errorMessage, type Log, RetryableError} from '../base/index.ts';
import {withoutFile} from './strategies-file.ts';
import type {StrategiesSource} from './strategies-source.ts';
import type {Strategy} from './strategy.ts';

export interface RemoteStrategiesOptions {
  /** For whoever shows it: `jaeger-collector:14250`. */
  readonly path: string;
  /** Milliseconds for which an answer is given again; 0: every question is passed on. */
  readonly reloadInterval: number;
  /** Of services that are asked about before the server answered. */
  readonly probability: number;
  readonly ask: (service: string) => Promise<Strategy>;
  readonly now: () => number;
  readonly stop: () => void;
}

/** Of more services than these the answers are not remembered. */
const maxServices = 1000;

export function remoteStrategies(options: RemoteStrategiesOptions, log: Log): StrategiesSource {
  const {path, reloadInterval, probability, ask, now, stop} = options;
  const known = new Map<string, Strategy>();
  const askedAt = new Map<string, number>();
  let problem: string | undefined;
  const {otherwise, warnings} = withoutFile(probability);
  return {
    path,
    strategies: {byService: known, otherwise, warnings},
    get problem() {
      return problem;
    },
    /** The former answer stays where the server does not give one. Rejects where there is none yet. */
    async prepare(service) {
      const last = askedAt.get(service);
      if (last !== undefined && now() - last < reloadInterval) return;
      try {
        const strategy = await ask(service);
        problem = undefined;
        known.delete(service);
        if (known.size >= maxServices) {
          const oldest = known.keys().next().value as string;
          known.delete(oldest);
          askedAt.delete(oldest);
        }
        known.set(service, strategy);
        askedAt.set(service, now());
      } catch (error) {
        if (problem === undefined) log.warn({path}, `the other server tells no strategies: ${errorMessage(error)}`);
        problem = errorMessage(error);
        if (!known.has(service)) throw new RetryableError('strategies', `${path} tells no strategies: ${problem}`);
      }
    },
    async reload() {
      askedAt.clear();
    },
    stop,
  };
}
