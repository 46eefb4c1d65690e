/** Answers for a model: few lines, nothing that telemetry could say in Weft's place. */

/** A longer answer costs a model more than it tells. */
const maxAnswer = 20_000;
const widestCell = 200;

/** Joins what there is to say; cut off where it would be too long, which the last line says. */
export const lines = (...said: readonly (string | false | undefined)[]): string =>
  bounded(said.filter((line) => typeof line === 'string').join('\n'));

/** At most as long as an answer may be: whole lines, where the first one is not too long by itself. */
export function bounded(text: string): string {
  if (text.length <= maxAnswer) return text;
  const end = text.lastIndexOf('\n', maxAnswer);
  return `${text.slice(0, end > 0 ? end : maxAnswer)}\n… cut off here; ask for less.`;
}

/** On one line, without control characters: names and messages are whatever an application sent. */
export function oneLine(text: string, widest = 2000): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return plain.length > widest ? `${plain.slice(0, widest - 1)}…` : plain;
}

/** A table in Markdown; nothing where there are no rows. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => escaped(oneLine(cell, widestCell))).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)];
}

/** A cell cannot end itself: backslashes before `|` are doubled, so that they do not take its own away. */
const escaped = (cell: string): string => cell.replaceAll(/(\\*)\|/g, '$1$1\\|');

export const rateText = (perSecond: number): string =>
  perSecond === 0 ? '0' : perSecond < 0.01 ? '<0.01' : String(Number(perSecond.toPrecision(3)));

export const shareText = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
