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

/** The text's line with the fault, of a long one the part around it, and a mark under its place. */
export function pointAt(text: string, {position, message}: TextFault): string {
  const next = text.indexOf('\n', position);
  const [lineStart, lineEnd] = [text.lastIndexOf('\n', position - 1) + 1, next === -1 ? text.length : next];
  const start = lineEnd - lineStart <= longestLine ? lineStart : Math.max(lineStart, position - longestLine / 2);
  const end = Math.min(lineEnd, start + longestLine);
  const [before, after] = [start > lineStart ? '…' : '', end < lineEnd ? '…' : ''];
  return `${message}\n  ${before}${text.slice(start, end)}${after}\n  ${' '.repeat(before.length + position - start)}^`;
}

const longestLine = 400;
