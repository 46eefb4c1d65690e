/** What is wrong with a statement, and where; and what goes wrong while one runs. */
export {type Compiled, pointAt, SyntaxFault, type TextFault as OttlFault} from '../base/index.ts';

/** A statement or condition met data that it cannot work on: a type that does not fit, a division by zero. */
export class OttlError extends Error {
  override readonly name = 'OttlError';
}
