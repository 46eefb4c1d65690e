/** Whether labels fit matchers. */
import {compilePattern, type Pattern} from '../regexp/index.ts';
import type {Matcher} from './ast.ts';

/** A pattern that has to fit a whole value, or why there is none. A parenthesis too many may not end the group that it is put into. */
export function wholePattern(text: string): Pattern | string {
  const own = compilePattern(text);
  return typeof own === 'string' ? own : compilePattern(`^(?s:${text})$`);
}

/** A label that is not there is empty. */
export function matches({sign, value, pattern}: Matcher, is: string): boolean {
  switch (sign) {
    case '=':
      return is === value;
    case '!=':
      return is !== value;
    case '=~':
      return pattern?.test(is) === true;
    case '!~':
      return pattern?.test(is) === false;
  }
}
