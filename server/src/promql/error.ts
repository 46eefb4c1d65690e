/** A question that is sound, and that the series at hand give no answer to. */
export class PromqlError extends Error {
  override readonly name = 'PromqlError';
}

/** What an answer is given with: things that are probably not as they were meant. */
export class Notes {
  readonly warnings = new Set<string>();
  readonly infos = new Set<string>();
}
