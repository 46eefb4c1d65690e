/** Whether a difference is one of those that were chosen. */
import {chosenDifferences, type Difference} from './differences.ts';

export interface Verdict {
  /** The lines that no chosen difference explains. */
  readonly unknown: readonly string[];
  readonly shown: readonly Difference[];
}

export function judge(name: string, lines: readonly string[]): Verdict {
  const chosen = chosenFor(name);
  const explains = ({shows}: Difference, line: string): boolean => shows?.test(line) ?? false;
  return {
    unknown: lines.filter((line) => !chosen.some((each) => explains(each, line))),
    shown: chosen.filter((each) => lines.some((line) => explains(each, line))),
  };
}

/** The chosen differences that a case of this name may show. */
export const chosenFor = (name: string): readonly Difference[] =>
  chosenDifferences.filter(({cases}) => cases?.test(name) ?? false);
