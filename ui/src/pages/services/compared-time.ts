import type {ServicesRedResponse} from '../../api/index.ts';
import type {CompareWith} from '../../urls/index.ts';

const DAY = 86_400_000_000_000n;
const MINUTE = 60_000_000_000n;

/**
 * The time to ask for beside the one that `counted` is of. It is reckoned from the time that was counted, not from the one that
 * was asked for: counting goes by whole minutes, and no minute may be on both sides.
 */
export function comparedTime(
  {start, end}: Pick<ServicesRedResponse, 'start' | 'end'>,
  compare: CompareWith,
): {readonly start: string; readonly end: string; readonly version?: string} {
  if (compare.startsWith('version:')) return {start, end, version: compare.slice('version:'.length)};
  const from = BigInt(start);
  // Whole minutes, so that the same question is asked while the present one goes on.
  const length = ((BigInt(end) - from + MINUTE - 1n) / MINUTE) * MINUTE;
  const shift = compare === 'yesterday' ? DAY : length;
  // The last minute that is asked for is counted whole.
  return {start: String(from - shift), end: String(from - shift + length - 1n)};
}
