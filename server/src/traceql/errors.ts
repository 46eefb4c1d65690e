/** A query that is sound, and that the traces at hand let nobody evaluate. */
export class TraceqlError extends Error {
  override readonly name = 'TraceqlError';
}
