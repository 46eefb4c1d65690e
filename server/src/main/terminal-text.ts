/** Texts for a terminal: nothing in them steers it, and they fit its width. */

/** What spans say may hold anything: nothing of it may steer the terminal. */
export const visible = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '�');

/** Characters of East Asia take two columns. */
const columnsOf = (character: string): number =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(character)
    ? 2
    : 1;

export function fit(text: string, width: number): string {
  let columns = 0;
  let fitting = '';
  for (const character of text) {
    if (columns + columnsOf(character) > width) return `${fitting.slice(0, -1)}…`.padEnd(fitting.length);
    columns += columnsOf(character);
    fitting += character;
  }
  return fitting + ' '.repeat(width - columns);
}

/** Breaks at blanks, and between characters of East Asia. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let columns = 0;
  for (const piece of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+|\s+/g) ?? []) {
    const length = [...piece].reduce((sum, character) => sum + columnsOf(character), 0);
    if (columns + length > width && line !== '') {
      lines.push(line.trimEnd());
      line = '';
      columns = 0;
      if (piece.trim() === '') continue;
    }
    line += piece;
    columns += length;
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}
