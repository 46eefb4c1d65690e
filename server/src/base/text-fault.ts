/** What is wrong with a text of one of the languages of configurations, and where. */

export interface TextFault {
  /** The offset in the text. */
  readonly position: number;
  readonly message: string;
}

/** A text that compiled, or every fault of it. */
export type Compiled<T> =
  | {readonly kind: 'ok'; readonly value: T}
  | {readonly kind: 'faulty'; readonly faults: readonly TextFault[]};

/** Ends the reading of a text at its first syntax error. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

/** A token as a fault names what it found. */
export function foundToken({kind, text}: {readonly kind: string; readonly text: string}): string {
  if (kind === 'end') return 'the end';
  return kind === 'string' ? `the text ${JSON.stringify(text)}` : `\`${text}\``;
}

/** The text's line with the fault, and a mark under its place. */
export function pointAt(text: string, {position, message}: TextFault): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  const end = text.indexOf('\n', position);
  const line = text.slice(start, end === -1 ? text.length : end);
  return `${message}\n  ${line}\n  ${' '.repeat(position - start)}^`;
}
