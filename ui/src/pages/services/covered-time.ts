/** The time that the figures of the services are of: what they are divided by to be rates. */
import type {ServicesRedResponse} from '../../api/index.ts';

type Times = Pick<ServicesRedResponse, 'start' | 'end' | 'coveredStart'>;

/** From the first span on; ten seconds at least, lest one request of a second ago be `1.00/s`. */
export const coveredSeconds = (times: Times): number => Math.max(10, secondsBetween(times.coveredStart, times.end));

/** True where so much of the time asked for lies before the first span that a reader must know it. */
export const isShort = (times: Times): boolean =>
  secondsBetween(times.coveredStart, times.end) < 0.9 * secondsBetween(times.start, times.end);

const secondsBetween = (from: string, to: string): number => Number((BigInt(to) - BigInt(from)) / 1_000_000n) / 1000;
