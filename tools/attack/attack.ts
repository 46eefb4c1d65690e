/**
 * An attack: what somebody may send, or what may befall the machine, against a running Weft with an honest sender beside it.
 * `attacks.ts` is the table; `npm run attack` runs it in full, `e2e/attack.test.ts` in short form.
 */
import type {RunningWeft, StartOptions} from '../../e2e/harness.ts';

export interface Attack {
  /** A few words in kebab case. */
  readonly name: string;
  /** One line: input and size. */
  readonly about: string;
  /** How Weft is started for it. */
  readonly start?: Pick<StartOptions, 'args' | 'env' | 'nodeArgs'>;
  /** By how much Weft's own process may grow meanwhile, in MiB, beside what the honest sender makes it hold. */
  readonly maxGrowthMib: number;
  /** Answers that the honest sender may get beside success and "later", as `grpc NGHTTP2_…`: of one that ends Weft. */
  readonly mayAnswer?: RegExp;
  /** Resolves when it is over, with what Weft did wrong. The honest sender goes on meanwhile, and a while longer. */
  run(target: Target): Promise<readonly string[]>;
}

export interface Target {
  /** The Weft that runs now. */
  readonly weft: RunningWeft;
  readonly directory: string;
  /** `full` for the command, `short` in the tests. */
  amount(full: number, short: number): number;
  /** Stops the honest sender and Weft, runs `meanwhile`, and starts both again. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  /** Seconds that the honest sender goes on, undisturbed. */
  calm(seconds: number): Promise<void>;
}

export const attack = (one: Attack): Attack => one;

/** Where one of Weft's servers listens: `otlp_grpc`, `otlp_http`, `http`. */
export function addressOf(target: Target, endpoint: string): {readonly host: string; readonly port: number} {
  const [host, port] = (target.weft.endpoints[endpoint] as string).split(':') as [string, string];
  return {host, port: Number(port)};
}
