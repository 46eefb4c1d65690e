/** What is wrong with a statement, and where in its text: for whoever wrote it. */
export class SqlFault extends Error {
  override readonly name = 'SqlFault';
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  constructor(message: string, at: {readonly start: number; readonly end: number}) {
    super(message);
    this.start = at.start;
    this.end = at.end;
  }
}
