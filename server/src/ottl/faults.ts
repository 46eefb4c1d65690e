/** What is wrong with a statement, and where. */

export interface OttlFault {
  /** The offset in the statement. */
  readonly position: number;
  readonly message: string;
}

/** A text that compiled, or every fault of it. */
export type Compiled<T> =
  | {readonly kind: 'ok'; readonly value: T}
  | {readonly kind: 'faulty'; readonly faults: readonly OttlFault[]};

/** Ends the reading of a text at its first syntax error. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

/** A statement or condition met data that it cannot work on: a type that does not fit, a division by zero. */
export class OttlError extends Error {
  override readonly name = 'OttlError';
}

/** The statement on one line, and a mark under the place of a fault. */
export function pointAt(text: string, {position, message}: OttlFault): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  const end = text.indexOf('\n', position);
  const line = text.slice(start, end === -1 ? text.length : end);
  return `${message}\n  ${line}\n  ${' '.repeat(position - start)}^`;
}
