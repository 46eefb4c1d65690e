/** Whether labels fit matchers. */
import type {Matcher} from './ast.ts';

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
