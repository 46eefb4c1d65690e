/** Why a text is no regular expression of Go. */
export class PatternError extends Error {}

export const fail = (message: string): never => {
  throw new PatternError(message);
};
