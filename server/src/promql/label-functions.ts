/** Functions that change labels. */
import {expand} from '../regexp/index.ts';
import {PromqlError} from './error.ts';
import {isLabelName, type Labels} from './labels.ts';
import {wholePattern} from './matching.ts';

function checkTarget(name: string | undefined, of: string): asserts name is string {
  if (!isLabelName(name ?? '')) throw new PromqlError(`invalid destination label name in ${of}(): ${name}`);
}

/** The value of one label where it fits a pattern, with its groups put into a text, as another label. */
export function labelReplace([to, replacement, from, written]: readonly string[]): (labels: Labels) => Labels {
  const pattern = wholePattern(written as string);
  if (typeof pattern === 'string') throw new PromqlError(`invalid regular expression in label_replace(): ${written}`);
  checkTarget(to, 'label_replace');
  return (labels) => {
    const match = pattern.exec(labels.get(from as string));
    return match === undefined ? labels : labels.with([[to, expand(replacement as string, match)]]);
  };
}

/** The values of some labels, joined, as another label. */
export function labelJoin([to, separator, ...from]: readonly string[]): (labels: Labels) => Labels {
  const wrong = from.find((name) => !isLabelName(name));
  if (wrong !== undefined)
    throw new PromqlError(`invalid source label name in label_join() in ${JSON.stringify(wrong)}`);
  checkTarget(to, 'label_join');
  return (labels) => labels.with([[to, from.map((name) => labels.get(name)).join(separator)]]);
}

/** In the order of people: numbers within a text by their value. */
export function naturalOrder(a: string, b: string): number {
  const parts = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i] as string, right[i] as string];
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y)) {
      const difference = BigInt(x) - BigInt(y);
      if (difference !== 0n) return difference < 0n ? -1 : 1;
    }
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
