/** Functions that change labels. */
import {compilePattern, type Match} from '../regexp/index.ts';
import {PromqlError} from './error.ts';
import type {Labels} from './labels.ts';

function checkLabel(name: string, what: string): void {
  if (name === '' || !name.isWellFormed()) throw new PromqlError(`invalid ${what} in ${JSON.stringify(name)}`);
}

/** The value of one label where it fits a pattern, with its groups put into a text, as another label. */
export function labelReplace([to, replacement, from, written]: readonly string[]): (labels: Labels) => Labels {
  const pattern = compilePattern(`^(?s:${written})$`);
  const own = compilePattern(written as string);
  if (typeof pattern === 'string' || typeof own === 'string')
    throw new PromqlError(`invalid regular expression in label_replace(): ${written}`);
  if (to === '' || !(to as string).isWellFormed())
    throw new PromqlError(`invalid destination label name in label_replace(): ${to}`);
  const fill = template(replacement as string);
  return (labels) => {
    const match = pattern.exec(labels.get(from as string));
    return match === undefined ? labels : labels.with([[to as string, fill(match)]]);
  };
}

/** A text with `$1`, `$name`, `${name}` and `$$`, as Go's `Expand` reads it. */
function template(text: string): (match: Match) => string {
  return (match) =>
    text.replace(/\$(?:(\$)|(\w+)|\{(\w+)\})/g, (_all, dollar?: string, bare?: string, braced?: string) => {
      if (dollar !== undefined) return '$';
      const name = (bare ?? braced) as string;
      return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
    });
}

/** The values of some labels, joined, as another label. */
export function labelJoin([to, separator, ...from]: readonly string[]): (labels: Labels) => Labels {
  for (const name of from) checkLabel(name, 'source label name in label_join()');
  if (to === '' || !(to as string).isWellFormed())
    throw new PromqlError(`invalid destination label name in label_join(): ${to}`);
  return (labels) => labels.with([[to as string, from.map((name) => labels.get(name)).join(separator)]]);
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
