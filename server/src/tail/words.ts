/** Ids as 32-bit words, as keys have them. */

/** Of ids that lie together from the beginning of their memory. */
export const wordsOf = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);

/** Whether the ids that begin at words `a` and `b` are the same. */
export const sameWords = (words: Uint32Array, a: number, b: number): boolean =>
  words[a] === words[b] &&
  words[a + 1] === words[b + 1] &&
  words[a + 2] === words[b + 2] &&
  words[a + 3] === words[b + 3];

/** Reads the id that begins at `at`, wherever that is, into four words of `key` from the second on. */
export function readId(bytes: Uint8Array, at: number, key: Uint32Array): void {
  for (let word = 1, from = at; word <= 4; word++, from += 4) {
    key[word] =
      (bytes[from] as number) |
      ((bytes[from + 1] as number) << 8) |
      ((bytes[from + 2] as number) << 16) |
      ((bytes[from + 3] as number) << 24);
  }
}
